"""CSV, TSV and XLSX, with or without geometry (WKT, or longitude and latitude columns)."""

import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from alcaldia.kernel.csv_cells import csv_plain
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import fold
from alcaldia.land.importing.table import Table, text
from alcaldia.land.rules.audit import Finding, finding

WKT_NAMES = (
    "wkt",
    "wkt geom",
    "geom wkt",
    "geom",
    "geometry",
    "the geom",
    "geometria",
    "geometria wkt",
    "shape",
)
X_NAMES = ("lon", "lng", "long", "longitud", "longitude", "x", "coord x", "este", "utm x")
Y_NAMES = ("lat", "latitud", "latitude", "y", "coord y", "norte", "utm y")
MAX_ROWS = 5_000_000
MAX_COLUMNS = 5_000
_WKT = re.compile(
    r"(?:SRID=\d+;)?\s*(?:MULTI)?(?:POLYGON|POINT|LINESTRING)\s*(?:Z|M|ZM)?\s*\(", re.IGNORECASE
)
_SRID = re.compile(r"SRID=(\d{4,6});", re.IGNORECASE)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){9,}")


def read_csv(path: Path) -> Table:
    """The rows of a delimited file; encoding and delimiter are detected."""
    content, encoding = _decode(path)
    csv.field_size_limit(256 * 2**20)
    delimiter = _delimiter(content)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    try:
        lines = [[csv_plain(cell.strip()) for cell in line] for line in reader]
    except csv.Error as error:
        raise Refusal(
            "bad_csv", f"No se puede leer el renglón {reader.line_num} de {path.name}. Revise sus comillas."
        ) from error
    return _table(lines, path.name, encoding)


def read_xlsx(path: Path) -> Table:
    """The first sheet of a workbook, values only (formulas are not computed)."""
    import warnings

    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            lines = [[_cell(v) for v in row] for row in book.worksheets[0].iter_rows(values_only=True)]
            book.close()
    except Exception as error:
        raise Refusal(
            "bad_xlsx",
            f"{path.name} no se puede leer como libro de Excel. Guárdelo de nuevo como .xlsx o CSV.",
        ) from error
    return _table(lines, path.name, "xlsx")


def _cell(value: object) -> Any:
    return (
        value.strip() if isinstance(value, str) else value if isinstance(value, int | float) else text(value)
    )


def _decode(path: Path) -> tuple[str, str]:
    data = path.read_bytes()
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", errors="replace"), "utf-16"
    if b"\0" in data[:65536]:
        raise Refusal("bad_csv", f"{path.name} no es un archivo de texto. Expórtelo como CSV.")
    for encoding in ("utf-8-sig", "cp1252", "latin-1"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes anything")


def _delimiter(content: str) -> str:
    """The sign that splits the first lines most evenly; quotes are respected."""
    head = content[:200_000].splitlines(keepends=True)[:30]

    def score(sign: str) -> tuple[int, int]:
        widths = Counter(len(line) for line in csv.reader(head, delimiter=sign))
        width, times = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]))
        return (times if width > 1 else 0, width)

    return max((",", ";", "\t", "|"), key=score)


def _table(lines: list[list[Any]], name: str, encoding: str) -> Table:
    start = _header_at(lines)
    if start is None or len(lines) - start < 2:
        raise Refusal("empty_file", f"{name} no trae renglones. Debe tener un encabezado y datos.")
    if len(lines) > MAX_ROWS:
        raise Refusal("too_large", f"{name} trae más de {MAX_ROWS} renglones. Divídalo.", status=413)
    if len(lines[start]) > MAX_COLUMNS:
        raise Refusal(
            "too_many_columns", f"{name} trae más de {MAX_COLUMNS} columnas. Deje las que hacen falta."
        )
    header, copies = _header(lines[start])
    rows: list[dict[str, Any]] = []
    ragged: list[dict[str, Any]] = []
    for line in lines[start + 1 :]:
        if not any(text(cell) for cell in line):
            continue
        if (
            len(line) > len(header)
            and any(text(cell) for cell in line[len(header) :])
            or len(line) < len(header)
        ):
            ragged.append({"row": len(rows)})
        rows.append(dict(zip(header, [*line, *[""] * (len(header) - len(line))], strict=False)))
    found: list[Finding] = [finding("ragged_rows", ragged)] if ragged else []
    return _with_geometry(Table(header, rows, encoding=encoding, findings=found, copies=copies))


TITLE_LINES = 10


def _header_at(lines: list[list[Any]]) -> int | None:
    """Where the header is: the first line with anything, or below the titles (one cell each) that stand over a table."""
    filled = [sum(1 for cell in line if text(cell)) for line in lines[:TITLE_LINES]]
    wide = next((i for i, cells in enumerate(filled) if cells > 1), None)
    return (
        wide if wide is not None else next((i for i, line in enumerate(lines) if any(map(text, line))), None)
    )


def _header(line: list[Any]) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """A name for each column, and which of them have the header of an earlier one."""
    names: dict[str, None] = {}
    first: dict[str, str] = {}
    copies: dict[str, list[str]] = {}
    for position, cell in enumerate(line):
        name = said = text(cell) or f"columna_{position + 1}"
        if name in names:
            name = f"{name}_{position + 1}"
        names[name] = None
        earlier = first.setdefault(fold(said), name)
        if earlier != name:
            copies.setdefault(earlier, []).append(name)
    return tuple(names), copies


def _with_geometry(table: Table) -> Table:
    folded = {fold(name): name for name in table.columns}
    wkt = next((folded[n] for n in WKT_NAMES if n in folded), None) or _column_of_wkt(table)
    if wkt is not None:
        return _drop(table, _from_wkt([text(row[wkt]) for row in table.rows], table), (wkt,))
    x, y = (next((folded[n] for n in names if n in folded), None) for names in (X_NAMES, Y_NAMES))
    if x is None or y is None:
        return table
    return _drop(table, _from_xy([(text(row[x]), text(row[y])) for row in table.rows], table), (x, y))


def _drop(table: Table, shapes: np.ndarray, used: tuple[str, ...]) -> Table:
    for row in table.rows:
        for name in used:
            row.pop(name, None)
    table.columns = tuple(name for name in table.columns if name not in used)
    table.shapes = shapes
    return table


def _column_of_wkt(table: Table) -> str | None:
    """The column whose first cell that is not blank starts as WKT does, whatever it is called."""
    firsts = {
        name: next((cell for row in table.rows if (cell := text(row.get(name)))), "")
        for name in table.columns
    }
    return next((name for name, cell in firsts.items() if _WKT.match(cell)), None)


def _from_wkt(cells: list[str], table: Table) -> np.ndarray:
    """Shapes from WKT, PostGIS's extended WKT (its SRID is what the file declares) or hexadecimal WKB."""
    parts = [_SRID.match(cell) for cell in cells]
    declared = {part[1] for part in parts if part}
    if len(declared) > 1:
        raise Refusal("mixed_srid", "El archivo mezcla figuras de varios SRID. Envíe uno por archivo.")
    if declared and all(part or not cell for part, cell in zip(parts, cells, strict=True)):
        table.crs = f"EPSG:{declared.pop()}"
    plain = [cell[part.end() :] if part else cell for part, cell in zip(parts, cells, strict=True)]
    given = np.array([p or None for p in plain], dtype=object)
    hexadecimal = all(_HEX.fullmatch(p) for p in plain if p)
    with np.errstate(all="ignore"):
        shapes = np.atleast_1d(
            (shapely.from_wkb if hexadecimal else shapely.from_wkt)(given, on_invalid="ignore")
        )
    bad = [{"row": i} for i, cell in enumerate(plain) if cell and shapes[i] is None]
    _tell_broken(table, bad)
    return shapes


def _from_xy(cells: list[tuple[str, str]], table: Table) -> np.ndarray:
    shapes = np.full(len(cells), None, dtype=object)
    bad = []
    for i, (x, y) in enumerate(cells):
        if not x and not y:
            continue
        try:
            shapes[i] = shapely.Point(float(x.replace(",", ".")), float(y.replace(",", ".")))
        except ValueError:
            bad.append({"row": i, "x": x[:40], "y": y[:40]})
    _tell_broken(table, bad)
    return shapes


def _tell_broken(table: Table, bad: list[dict[str, Any]]) -> None:
    if bad:
        table.findings.append(finding("unreadable_geometry", bad))
        table.broken.update(sample["row"] for sample in bad)
