"""C2SP tlog-tiles: how a log is laid out as static files.

A tile holds up to 256 consecutive hashes of tree level 8·L; an entry bundle holds the same
256 entries, each with a big-endian 16-bit length before it.
"""

import re
from collections.abc import Iterable

WIDTH = 256
ENTRIES = "entries"
_PATH = re.compile(r"(?P<groups>(?:x\d{3}/)*\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?")


def path(level: int | str, index: int, width: int = WIDTH) -> str:
    """The file of a tile, such as ``tile/0/x001/x234/067.p/5``; `level` may be ``"entries"``."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def read_path(text: str) -> tuple[int, int] | None:
    """Index and width of ``x001/x234/067.p/5``; None where it is not exactly what `path` writes."""
    match = _PATH.fullmatch(text)
    if not match:
        return None
    index = int(match["groups"].replace("/", "").replace("x", ""))
    width = int(match["width"] or WIDTH)
    written = path("0", index, width).removeprefix("tile/0/")
    return (index, width) if written == text and width <= WIDTH else None


def bundle(entries: Iterable[bytes]) -> bytes:
    """The bytes of an entry bundle. ValueError where an entry is longer than 65,535 bytes."""
    parts = []
    for entry in entries:
        if len(entry) > 0xFFFF:
            raise ValueError("an entry has at most 65535 bytes")
        parts.append(len(entry).to_bytes(2, "big") + entry)
    return b"".join(parts)


def read_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. ValueError where it is cut short."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if len(entry) != length or at + 2 > len(data):
            raise ValueError("the bundle is cut short")
        entries.append(entry)
        at += 2 + length
    return entries
