"""A base copy of PostgreSQL is files and folders below its own; anything else is refused before a byte is written."""

import io
import tarfile
from pathlib import Path

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.project.backup.postgres import unpack


def packed(*members: tuple[str, bytes]) -> tarfile.TarFile:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in members:
            one = tarfile.TarInfo(name)
            one.type, one.size, one.linkname = kind, 2 if kind == tarfile.REGTYPE else 0, "/etc/passwd"
            archive.addfile(one, io.BytesIO(b"ok") if one.size else None)
    return tarfile.open(fileobj=io.BytesIO(out.getvalue()))


def test_files_and_folders_come_out(tmp_path: Path) -> None:
    unpack(packed(("base", tarfile.DIRTYPE), ("base/1", tarfile.REGTYPE)), tmp_path)
    assert (tmp_path / "base" / "1").read_bytes() == b"ok"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("../out", tarfile.REGTYPE), ("/tmp/out", tarfile.REGTYPE), ("link", tarfile.SYMTYPE), ("dev", tarfile.CHRTYPE)],
)  # fmt: skip
def test_what_climbs_out_links_or_is_a_device_is_refused(tmp_path: Path, name: str, kind: bytes) -> None:
    with pytest.raises(Refusal, match="No se restauró"):
        unpack(packed(("fine", tarfile.REGTYPE), (name, kind)), tmp_path / "in")
    assert list(tmp_path.iterdir()) == []
