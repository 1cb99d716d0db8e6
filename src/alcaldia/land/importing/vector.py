"""Shapefile, GeoPackage, KML and DXF through the GDAL inside pyogrio, loaded only here."""

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from alcaldia.kernel.errors import Refusal
from alcaldia.land.importing.table import Table
from alcaldia.land.rules.audit import finding


def read(path: Path, layer: str = "") -> Table:
    """The rows of one layer of the file; of several, the one called `layer`."""
    import warnings

    import pyogrio

    try:
        with warnings.catch_warnings():
            # GDAL warns in English, on the terminal of whoever imports; what matters is in our audit.
            warnings.simplefilter("ignore")
            return _read(path, layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RuntimeError) as error:
        raise Refusal(
            "bad_vector", f"No se puede leer {path.name}. Expórtelo de nuevo desde su SIG."
        ) from error


def _read(path: Path, layer: str) -> Table:
    import pyogrio

    names = [str(row[0]) for row in pyogrio.list_layers(path)]
    chosen = _choose(names, layer, path.name)
    meta, _, wkb, columns = pyogrio.raw.read(path, layer=chosen, encoding=_encoding(path))
    fields = tuple(str(name) for name in meta["fields"])
    rows = (
        [dict(zip(fields, map(_plain, values), strict=True)) for values in zip(*columns, strict=True)]
        if fields
        else []
    )
    shapes = None if wkb is None else shapely.from_wkb(wkb, on_invalid="ignore")
    if not rows and shapes is not None:
        rows = [{} for _ in shapes]
    crs = str(meta.get("crs") or "")
    table = Table(fields, rows, shapes, crs, str(meta.get("encoding") or ""))
    if wkb is not None and shapes is not None:
        bad = [
            {"row": i}
            for i, (w, s) in enumerate(zip(wkb, shapes, strict=True))
            if w is not None and s is None
        ]
        table.findings.extend([finding("unreadable_geometry", bad)] if bad else [])
        table.broken.update(sample["row"] for sample in bad)
    return _closed(table) if path.suffix.lower() == ".dxf" else table


def _choose(names: list[str], layer: str, file_name: str) -> str:
    if layer in names:
        return layer
    if len(names) == 1:
        return names[0]
    shown = ", ".join(names[:8])
    raise Refusal(
        "many_layers",
        f"{file_name} trae varias capas ({shown}). Envíelas aparte o, en la consola, indique una con --layer.",
    )


def _encoding(path: Path) -> str | None:
    """A .dbf without .cpg says nothing: UTF-8 where every byte agrees, else Windows-1252."""
    table = path.with_suffix(".dbf")
    if path.suffix.lower() != ".shp" or path.with_suffix(".cpg").exists() or not table.exists():
        return None
    try:
        table.read_bytes()[32:].decode("utf-8")
    except UnicodeDecodeError:
        return "CP1252"
    return "UTF-8"


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and value != value else value


def _closed(table: Table) -> Table:
    """CAD drawings: closed polylines are polygons; open ones are left out, and said so."""
    if table.shapes is None:
        return table
    open_lines = []
    for i, shape in enumerate(table.shapes):
        if isinstance(shape, shapely.LineString):
            ring = shape.is_closed and shapely.get_num_coordinates(shape) >= 4
            table.shapes[i] = shapely.Polygon(shape) if ring else None
            open_lines += [] if ring else [{"row": i}]
    if open_lines:
        table.findings.append(finding("open_lines", open_lines))
        table.broken.update(sample["row"] for sample in open_lines)
    return table
