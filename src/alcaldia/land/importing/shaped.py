"""Rows with geometry: parcels, zones, neighbourhoods, buildings, layers."""

import base64
import hashlib
import hmac
import re
from collections import Counter
from decimal import Decimal
from typing import Any

import numpy as np
import shapely
from django.conf import settings

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import fold
from alcaldia.land.importing import columns, current, geometry, norms
from alcaldia.land.importing.context import Context
from alcaldia.land.importing.geometry import Shapes
from alcaldia.land.importing.table import text
from alcaldia.land.models import Feature, Parcel
from alcaldia.land.rules.audit import finding

POLYGON_KINDS = {"parcels", "zones", "neighbourhoods", "buildings"}
AREA_TOLERANCE = 0.02
_DOOR = re.compile(
    r"^(?!(?:calle|avenida|av|avda|pasaje|ruta|km)\.?\s+\d+$)(.*[^\W\d].*?)[\s,#]+(\d{1,6}[A-Za-z]?)$",
    re.IGNORECASE,
)


def parcels(context: Context) -> list[Parcel]:
    """One Parcel per row of the file, audited against itself and the published zones."""
    shapes = _shapes(context)
    keys = _keys(context)
    declared = context.decimals("documented_area_m2", ceiling=Decimal(10**12), zero=False)
    _areas(context, shapes, declared, keys)
    _against_others(context, shapes, keys, others="zones")
    context.progress(0.85, "Preparando las filas")
    fields = _parcel_fields(context, keys, declared)
    used = set(context.mapping.values())
    ids = _public_ids(context.municipality.slug, keys, shapes)
    extra = [_attributes(row, used) for row in context.table.rows]
    return [
        Parcel(
            public_id=ids[i],
            attributes=extra[i],
            **{name: cells[i] for name, cells in fields.items()},
            **placed,
        )
        for i, placed in enumerate(_placed(shapes))
    ]


def features(context: Context) -> list[Feature]:
    """One Feature per row; zones bring their norms along where the file has them."""
    shapes = _shapes(context)
    if context.kind == "zones" and "code" not in context.mapping and "name" in context.mapping:
        # A KML has names only: in a layer of zones that name is what plan and matrix call them.
        context.mapping["code"] = context.mapping["name"]
        context.note(finding("code_from_name", [], len(context.table.rows), column=context.mapping["name"]))
    codes, names = context.texts("code", 120), context.texts("name", 300)
    labels = [code or name for code, name in zip(codes, names, strict=True)]
    if context.kind in {"zones", "neighbourhoods"}:
        context.progress(0.5, "Buscando encimes y huecos")
        context.note(geometry.overlaps(shapes, labels))
    if context.kind == "zones":
        _zones(context, shapes, codes, labels)
    used = {context.mapping[name] for name in ("code", "name") if name in context.mapping}
    figures = {
        name: context.decimals(name)
        for name in ("built_m2", "levels", "year_built")
        if name in context.mapping
    }
    rows = []
    for i, placed in enumerate(_placed(shapes)):
        attributes = _attributes(context.table.rows[i], used)
        attributes |= {name: float(v) for name, cells in figures.items() if (v := cells[i]) is not None}
        rows.append(Feature(code=codes[i], name=names[i], attributes=attributes, **placed))
    return rows


def _zones(context: Context, shapes: Shapes, codes: list[str], labels: list[str]) -> None:
    blank = [{"row": i, "name": labels[i]} for i, code in enumerate(codes) if not code]
    context.note(finding("zone_without_code", blank, column=context.mapping.get("code", "codigo")))
    _areas(
        context, shapes, context.decimals("documented_area_m2", ceiling=Decimal(10**12), zero=False), labels
    )
    context.progress(0.7, "Comparando con los predios")
    parcels_now = (
        current.metric_shapes(context.municipality, "parcels") if not _srid_changes(context) else None
    )
    if parcels_now is not None:
        context.note(geometry.uncovered(parcels_now, shapes.metric))
    cells = current.cell_zones(context.municipality)
    if cells is not None:
        lost = sorted(set(codes) - {""} - cells)
        context.note(finding("zones_without_cells", [{"zone": code} for code in lost]))
    if columns.norm_columns(context.table.columns):
        context.extra.extend(norms.of_zones(context))


def _shapes(context: Context) -> Shapes:
    table = context.table
    if table.shapes is None:
        raise Refusal(
            "no_geometry",
            "El archivo no trae figuras ni columnas de coordenadas. Use GeoJSON, Shapefile o un CSV con columna WKT o lon y lat.",
        )
    context.progress(0.3, "Midiendo las figuras")
    fixed = not context.municipality.settings.get("srid_from_data")
    prepared = geometry.prepare(
        table, context.srid, context.municipality.srid if fixed else None,
        polygons=context.kind in POLYGON_KINDS, known=current.box(context.municipality),
    )  # fmt: skip
    context.findings.extend(prepared.findings)
    context.crs, context.metric_srid = prepared.crs, prepared.srid
    return prepared


def _srid_changes(context: Context) -> bool:
    return context.metric_srid != context.municipality.srid


def _keys(context: Context) -> list[str]:
    column = context.mapping.get("key", "clave")
    keys = ["" if not key.strip("0 ") else key for key in context.texts("key", 80)]
    blank = [{"row": i} for i, key in enumerate(keys) if not key]
    context.note(finding("blank_key", blank, column=column))
    times = Counter(key for key in keys if key)
    twice = [{"row": i, "key": key} for i, key in enumerate(keys) if times[key] > 1]
    context.note(finding("duplicate_key", twice, column=column))
    return keys


def _areas(context: Context, shapes: Shapes, declared: list[Decimal | None], labels: list[str]) -> None:
    samples = []
    for i, (said, measured) in enumerate(zip(declared, shapes.area, strict=True)):
        if (
            said is not None
            and not np.isnan(measured)
            and abs(float(said) - measured) > AREA_TOLERANCE * float(said)
        ):
            sample = {
                "row": i,
                "key": labels[i],
                "declared_m2": float(said),
                "computed_m2": round(float(measured), 1),
            }
            samples.append(sample)
    context.note(finding("area_mismatch", samples))


def _against_others(context: Context, shapes: Shapes, keys: list[str], others: str) -> None:
    context.progress(0.45, "Buscando encimes")
    context.note(geometry.overlaps(shapes, keys))
    context.progress(0.7, "Comparando con las zonas")
    zones = current.metric_shapes(context.municipality, others) if not _srid_changes(context) else None
    if zones is not None:
        context.note(geometry.uncovered(shapes.metric, zones))


def _parcel_fields(context: Context, keys: list[str], declared: list[Decimal | None]) -> dict[str, list[Any]]:
    street, number = context.texts("street", 200), context.texts("number", 40)
    neighbourhood = context.texts("neighbourhood", 160)
    if "number" not in context.mapping:
        street, number = _split_addresses(street)
    search = [fold(name)[:400] for name in street]
    return {
        "key": keys, "documented_area_m2": _rounded(declared), "street": street, "number": number,
        "neighbourhood": neighbourhood, "search": search, "postcode": context.texts("postcode", 12),
        "current_use": context.texts("current_use", 120), "street_class": context.texts("street_class", 20),
        "front_m": _rounded(context.decimals("front_m", ceiling=Decimal(10**6), zero=False)),
        "footprint_m2": _rounded(context.decimals("footprint_m2")),
        "built_m2": _rounded(context.decimals("built_m2")),
        "levels": context.integers("levels", 300), "year_built": context.integers("year_built", 2200),
        "land_value_m2": _rounded(context.decimals("land_value_m2")),
    }  # fmt: skip


def _split_addresses(addresses: list[str]) -> tuple[list[str], list[str]]:
    """«OSTOICH ANTONIO 1390» is a street and a door; «CALLE 3546» is a street whose name is a number."""
    parts = [_DOOR.match(address) for address in addresses]
    streets = [part.group(1) if part else address for part, address in zip(parts, addresses, strict=True)]
    return streets, [part.group(2) if part else "" for part in parts]


def _rounded(values: list[Decimal | None]) -> list[Decimal | None]:
    cent = Decimal("0.01")
    return [None if value is None else value.quantize(cent) for value in values]


def _attributes(row: dict[str, Any], used: set[str]) -> dict[str, Any]:
    """What the file says beside the fields, blanks left out; text stays text."""
    return {name: text(value) for name, value in row.items() if name not in used and text(value) != ""}


def _box(bounds: Any) -> tuple[float | None, ...]:
    return tuple(float(v) for v in bounds) if np.isfinite(bounds).all() else (None,) * 4


def _placed(shapes: Shapes) -> list[dict[str, Any]]:
    """Geometry columns of each row, ready to store."""
    geom, metric = shapely.to_wkb(shapes.wgs84), shapely.to_wkb(shapes.metric)
    out = []
    for i, wkb in enumerate(geom):
        minx, miny, maxx, maxy = _box(shapes.box[i])
        area = None if np.isnan(shapes.area[i]) else float(shapes.area[i])
        out.append(
            {
                "source_row": i,
                "geom": wkb,
                "metric": metric[i],
                "area_m2": area,
                "minx": minx,
                "miny": miny,
                "maxx": maxx,
                "maxy": maxy,
            }
        )
    return out


def _public_ids(municipality: str, keys: list[str], shapes: Shapes) -> list[str]:
    """Sixteen letters per parcel: from its key where that is unique, else from its key and place.

    An HMAC, so that the confidential account cannot be recovered by trying accounts.
    """
    times = Counter(keys)
    drawn = shapes.wgs84.copy()
    drawn[shapely.is_missing(drawn)] = shapely.Point(0, 0)
    centres = shapely.get_coordinates(shapely.point_on_surface(drawn))
    seen: Counter[str] = Counter()
    out = []
    for i, key in enumerate(keys):
        name = key if key and times[key] == 1 else f"{key}|{centres[i][0]:.6f},{centres[i][1]:.6f}"
        seen[name] += 1
        out.append(_opaque(f"{municipality}|{name}" + (f"|{seen[name]}" if seen[name] > 1 else "")))
    return out


def _opaque(name: str) -> str:
    mac = hmac.new(settings.PUBLIC_ID_KEY.encode(), name.encode(), hashlib.sha256).digest()
    return base64.b32encode(mac[:10]).decode().lower()
