"""What every reader gives: columns, rows as text, geometries as they came."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from alcaldia.land.rules.audit import Finding

Progress = Callable[[float, str], None]
"""Told a fraction 0–1 and what is being done, in Spanish."""


def silent(fraction: float, doing: str) -> None:
    """The progress of nobody watching."""
    del fraction, doing


@dataclass
class Table:
    """Rows of one file, in file order; row i of the file is `rows[i]` and `shapes[i]`.

    `shapes` is an object array of shapely geometries (None: the row has none), or None where the
    file has no geometry at all. `crs` is what the file declares, as pyproj text; "" when silent.
    `broken` are rows whose geometry could not be read, already told in `findings`.
    `copies` are the later columns with the header of an earlier one, by the earlier one's name.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    shapes: np.ndarray | None = None
    crs: str = ""
    encoding: str = ""
    findings: list[Finding] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    copies: dict[str, list[str]] = field(default_factory=dict)


def text(value: object) -> str:
    """A cell as people would write it: no trailing .0 of a float, no None."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()
