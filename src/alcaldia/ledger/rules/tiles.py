"""C2SP tlog-tiles: how a log is laid out as static files.

A tile holds up to 256 consecutive hashes of tree level 8·L; an entry bundle holds the same
256 entries, each with a big-endian 16-bit length before it.
"""

import re
from collections.abc import Iterable, Iterator

from alcaldia.ledger.rules import merkle

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


def subtrees(level: int | str, index: int, width: int, size: int) -> list[merkle.Subtree] | None:
    """The subtrees whose hashes a tile holds (entries: leaves); None beyond a log of `size` entries."""
    first, height = index * WIDTH, 0 if level == ENTRIES else 8 * int(level)
    if not 0 < width <= WIDTH or first + width > size >> height:
        return None
    return [(height, place) for place in range(first, first + width)]


def tile_of(subtree: merkle.Subtree, size: int) -> tuple[int, int, int]:
    """Level, index and width of the tile from which a log of `size` entries lets this subtree be computed."""
    level, place = subtree[0] // 8, subtree[1] << subtree[0] % 8
    index = place // WIDTH
    return level, index, min(WIDTH, (size >> 8 * level) - index * WIDTH)


def hash_in(tile: bytes, subtree: merkle.Subtree) -> bytes:
    """The hash of a subtree, from the tile that `tile_of` names. ValueError where the tile is too short."""
    count = 1 << subtree[0] % 8
    start = (subtree[1] << subtree[0] % 8) % WIDTH
    row = [tile[32 * at : 32 * at + 32] for at in range(start, start + count)]
    if len(row[-1]) != 32:
        raise ValueError("the tile is cut short")
    while len(row) > 1:
        row = [merkle.node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def files_of(size: int, old: int = 0) -> Iterator[tuple[int | str, int, int]]:
    """Every tile and bundle (level, index, width) that a log of `size` has and one of `old` had not."""
    levels: list[int | str] = [ENTRIES, *range(max(1, -(-size.bit_length() // 8)))]
    for level in levels:
        height = 0 if level == ENTRIES else 8 * int(level)
        count, before = size >> height, old >> height
        for index in range(before // WIDTH, -(-count // WIDTH)) if count > before else ():
            yield level, index, min(WIDTH, count - index * WIDTH)


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
