"""Geometry of one import: repaired or kept out, measured in metres, audited against itself and others."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from alcaldia.kernel.errors import Refusal
from alcaldia.land.importing import reference
from alcaldia.land.importing.table import Table
from alcaldia.land.rules.audit import Finding, finding

MAX_VERTICES = 1_000_000
REPAIR_TOLERANCE = 0.01
SLIVER_M2 = 1.0
POLYGONS = (3, 6)


@dataclass
class Shapes:
    """Per row of the file: WGS84 and metric geometry (None: kept out), area in m² (NaN: none), WGS84 box.

    A figure that could not be mended keeps the box in which it was drawn: rulings there are unknown.
    """

    wgs84: np.ndarray
    metric: np.ndarray
    area: np.ndarray
    box: np.ndarray
    crs: str
    srid: int
    findings: list[Finding] = field(default_factory=list)


def prepare(
    table: Table, srid: int | None, metric_srid: int | None, *, polygons: bool, known: Any = None
) -> Shapes:
    """Shapes of a file in both systems. `srid` overrides what the file declares.

    `metric_srid` None takes the UTM zone of the data; `known` is the WGS84 box of what is
    published. An invalid shape is repaired only where its area changes by less than 1 %;
    otherwise its row stays without geometry, and the finding says so.
    """
    findings: list[Finding] = []
    shapes = _usable(table, polygons, findings)
    crs = reference.source(table.crs, srid, shapes)
    wgs84 = reference.transform(shapes, crs, reference.WGS84)
    if metric_srid is None:
        metric_srid = reference.utm_zone(wgs84)
    reference.check_near(wgs84, metric_srid, known)
    metric = reference.transform(shapes, crs, f"EPSG:{metric_srid}")
    drawn = shapely.bounds(wgs84)
    _repair(wgs84, metric, metric_srid, findings)
    areal = np.isin(shapely.get_type_id(metric), POLYGONS)
    area = np.where(areal, shapely.area(metric), np.nan)
    box = np.where(shapely.is_missing(wgs84)[:, None], drawn, shapely.bounds(wgs84))
    return Shapes(wgs84, metric, area, box, crs, metric_srid, findings)


def _usable(table: Table, polygons: bool, findings: list[Finding]) -> np.ndarray:
    """A two-dimensional copy without what is too large, empty or not a polygon; refuses when nothing is left."""
    shapes = np.array(shapely.force_2d(table.shapes), dtype=object)
    told = np.zeros(len(shapes), dtype=bool)
    told[sorted(table.broken)] = True
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    _clear(shapes, empty & ~told, "empty_geometry", findings)
    large = shapely.get_num_coordinates(shapes) > MAX_VERTICES
    _clear(shapes, large, "too_many_vertices", findings, limit=MAX_VERTICES)
    if polygons:
        other = ~shapely.is_missing(shapes) & ~np.isin(shapely.get_type_id(shapes), POLYGONS)
        _clear(shapes, other, "wrong_geometry", findings)
    if shapely.is_missing(shapes).all():
        why = " ".join(each.sentence for each in (*table.findings, *findings) if each.count)
        raise Refusal("no_geometry", f"Ninguna fila trae una figura utilizable. {why}".strip())
    return shapes


def _clear(shapes: np.ndarray, mask: np.ndarray, code: str, findings: list[Finding], **facts: object) -> None:
    rows = np.flatnonzero(mask)
    if len(rows):
        shapes[rows] = None
        findings.append(finding(code, [{"row": int(i)} for i in rows[:10]], len(rows), **facts))


def _repair(wgs84: np.ndarray, metric: np.ndarray, srid: int, findings: list[Finding]) -> None:
    reachable: Any = np.isfinite(shapely.bounds(metric)).all(axis=1)
    bad = np.flatnonzero(~shapely.is_missing(metric) & ~(reachable & shapely.is_valid(metric)))
    repaired, lost = [], []
    for i in bad:
        mended = _mended(metric[i]) if reachable[i] else None
        if mended is None:
            lost.append({"row": int(i), "reason": shapely.is_valid_reason(metric[i])[:80]})
            metric[i] = wgs84[i] = None
            continue
        repaired.append({"row": int(i), "reason": shapely.is_valid_reason(metric[i])[:80]})
        metric[i] = mended
        wgs84[i] = reference.transform(np.array([mended], dtype=object), f"EPSG:{srid}", reference.WGS84)[0]
    findings.extend([finding("repaired_geometry", repaired)] if repaired else [])
    findings.extend([finding("invalid_geometry", lost)] if lost else [])


# Crossed lines first (they keep every vertex); then rings by orientation, which mends the small
# loop of a drawn boundary that crosses itself without giving the loop to the polygon.
REPAIRS = ({"method": "linework"}, {"method": "structure", "keep_collapsed": False})


def _mended(shape: Any) -> Any | None:
    """A valid polygon of (almost) the same area, or None when no method of repair gives one."""
    before = abs(shapely.area(shape))
    for how in REPAIRS if before else ():
        mended = shapely.make_valid(shape, **how)
        parts = [part for part in shapely.get_parts(mended) if shapely.get_type_id(part) in POLYGONS]
        after = shapely.union_all(parts) if parts else None
        if after is not None and abs(shapely.area(after) - before) / before < REPAIR_TOLERANCE:
            return after
    return None


def overlaps(shapes: Shapes, names: list[str]) -> Finding | None:
    """Pairs of polygons that share more than 1 m², the largest first."""
    left, right = shapely.STRtree(shapes.metric).query(shapes.metric, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    shared = _areas(shapes.metric[left], shapes.metric[right])
    keep = np.flatnonzero(shared > SLIVER_M2)
    worst = keep[np.argsort(-shared[keep], kind="stable")][:10]
    samples = [
        {
            "row": int(left[i]), "other_row": int(right[i]),
            "keys": f"{names[left[i]]} / {names[right[i]]}", "area_m2": round(float(shared[i]), 2),
        }
        for i in worst
    ]  # fmt: skip
    return finding("overlap", samples, len(keep), area=f"{shared[keep].sum():,.0f}") if len(keep) else None


def uncovered(parcels: np.ndarray, zones: np.ndarray) -> Finding | None:
    """Parcels of which more than 1 m² lies in no zone. Both in the same metric system."""
    tree = shapely.STRtree(zones)
    inside = np.zeros(len(parcels), dtype=bool)
    inside[tree.query(parcels, predicate="within")[0]] = True
    rows = np.flatnonzero(~inside & ~shapely.is_missing(parcels))
    pairs = tree.query(parcels[rows], predicate="intersects")
    left_over = shapely.area(parcels[rows])
    order = np.argsort(pairs[0], kind="stable")
    parcel_of, zone_of = pairs[0][order], pairs[1][order]
    starts: Any = np.flatnonzero(np.r_[True, parcel_of[1:] != parcel_of[:-1]]) if len(parcel_of) else []
    for start, end in zip(
        starts, np.r_[starts[1:], len(parcel_of)].astype(int) if len(parcel_of) else [], strict=True
    ):
        parcel = parcels[rows[parcel_of[start]]]
        left_over[parcel_of[start]] = shapely.area(
            shapely.difference(parcel, shapely.union_all(zones[zone_of[start:end]]))
        )
    gaps = np.flatnonzero(left_over > SLIVER_M2)
    worst = gaps[np.argsort(-left_over[gaps], kind="stable")][:10]
    samples = [{"row": int(rows[i]), "area_m2": round(float(left_over[i]), 2)} for i in worst]
    return (
        finding("uncovered", samples, len(gaps), area=f"{left_over[gaps].sum():,.0f}") if len(gaps) else None
    )


def _areas(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Areas of intersections; polygons that merely touch along an edge share none, and are the most."""
    if not len(a):
        return np.zeros(0)
    shared = np.zeros(len(a))
    deep = np.flatnonzero(~shapely.touches(a, b))
    shared[deep] = shapely.area(shapely.intersection(a[deep], b[deep]))
    return shared
