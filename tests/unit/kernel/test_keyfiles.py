"""Files made once: the first wins, everyone reads the same whole bytes."""

from concurrent.futures import ThreadPoolExecutor
from secrets import token_bytes

from alcaldia.kernel.keyfiles import made_once


def test_all_who_start_together_agree_on_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda _: made_once(tmp_path / "k" / "key", lambda: token_bytes(32)), range(40))
        )
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "k").iterdir()] == ["key"]
    assert (tmp_path / "k" / "key").stat().st_mode & 0o777 == 0o600
