"""What is public and changes in place: lists of trusted authorities and their revocations. Each change is a whole copy."""

import json
from base64 import b64decode, b64encode
from pathlib import Path

from alcaldia.kernel.errors import Refusal

FOLDERS = ("identity/trust/",)
"""What lies beside it in `identity/` has the city's passwords at identity providers: that goes with the keys."""


def packed(home: Path) -> bytes:
    """Every file of these folders, with what was taken out of them left out; b"" where there is none."""
    paths = [path for folder in FOLDERS for path in sorted((home / folder).rglob("*")) if path.is_file()]
    told = {path.relative_to(home).as_posix(): b64encode(path.read_bytes()).decode() for path in paths}
    return json.dumps(told, indent=0).encode() if told else b""


def unpack(data: bytes, home: Path) -> int:
    """Put the files back; returns how many. Raises Refusal for a name outside of the folders."""
    told: dict[str, str] = json.loads(data)
    for name, text in told.items():
        if ".." in Path(name).parts or not name.startswith(FOLDERS):
            raise Refusal("bad_archive", "El archivo de listas del respaldo no es válido.")
        (home / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / name).write_bytes(b64decode(text))
    return len(told)
