"""Files made once: the first wins, everyone reads the same whole bytes."""

import os
from concurrent.futures import ThreadPoolExecutor
from secrets import token_bytes

import pytest

from alcaldia.kernel.keyfiles import made_once, write_whole


def test_all_who_start_together_agree_on_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda _: made_once(tmp_path / "k" / "key", lambda: token_bytes(32)), range(40))
        )
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "k").iterdir()] == ["key"]
    assert (tmp_path / "k" / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_what_takes_a_files_place_has_its_own_mode_and_leaves_no_draft(tmp_path, mode):
    path, before = tmp_path / "keys" / "x", os.umask(0o077)
    try:
        write_whole(path, b"one", mode=mode)
        write_whole(path, b"two", mode=mode)
    finally:
        os.umask(before)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", mode)
    assert list(path.parent.iterdir()) == [path]
