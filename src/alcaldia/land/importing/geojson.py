"""GeoJSON (RFC 7946 and its elder with a `crs` member), also one feature per line."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from alcaldia.kernel.errors import Refusal
from alcaldia.land.importing.table import Table
from alcaldia.land.rules.audit import finding

WGS84 = "EPSG:4326"


def read(path: Path) -> Table:
    """All features of the file. A feature whose geometry cannot be read stays as a row without one."""
    document = _document(path)
    features = _features(document, path.name)
    crs = _crs(document)
    columns: dict[str, None] = {}
    rows: list[dict[str, Any]] = []
    shapes: list[str | None] = []
    for number, feature in enumerate(features):
        if not isinstance(feature, dict):
            raise Refusal(
                "bad_geojson", f"El elemento {number} de {path.name} no es un Feature. Expórtelo de nuevo."
            )
        properties = feature.get("properties")
        row = {str(k): _flat(v) for k, v in properties.items()} if isinstance(properties, dict) else {}
        columns.update(dict.fromkeys(row))
        rows.append(row)
        geometry = feature.pop("geometry", None)
        shapes.append(orjson.dumps(geometry).decode() if isinstance(geometry, dict) else None)
    del document, features
    array = shapely.from_geojson(np.array(shapes, dtype=object), on_invalid="ignore")
    array = np.atleast_1d(array)
    bad = [{"row": i} for i, (was, now) in enumerate(zip(shapes, array, strict=True)) if was and now is None]
    found = [finding("unreadable_geometry", bad)] if bad else []
    return Table(tuple(columns), rows, array, crs, "utf-8", found, {sample["row"] for sample in bad})


def _document(path: Path) -> Any:
    data = path.read_bytes()
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        by_line = _by_line(data)
        if by_line is not None:
            return by_line
        where = f"línea {error.lineno}, columna {error.colno}"
        raise Refusal(
            "bad_geojson",
            f"{path.name} no es JSON válido ({where}). Expórtelo de nuevo; quizá llegó cortado.",
        ) from error


def _by_line(data: bytes) -> dict[str, Any] | None:
    """GeoJSON text sequences: one feature per line, perhaps with a record separator."""
    lines = [line.strip(b" \t\r\x1e") for line in data.split(b"\n") if line.strip()]
    if len(lines) < 2 or not all(line[:1] == b"{" and line[-1:] == b"}" for line in lines):
        return None
    try:
        return {"type": "FeatureCollection", "features": [orjson.loads(line) for line in lines]}
    except orjson.JSONDecodeError:
        return None


def _features(document: Any, name: str) -> list[Any]:
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        return list(document["features"])
    if kind == "Feature":
        return [document]
    raise Refusal(
        "bad_geojson", f"{name} no es un FeatureCollection de GeoJSON. Expórtelo como GeoJSON desde su SIG."
    )


def _crs(document: dict[str, Any]) -> str:
    member = document.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) and name else WGS84


def _flat(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value
