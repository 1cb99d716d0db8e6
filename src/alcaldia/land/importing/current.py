"""What is published today, as far as an audit compares with it."""

from typing import Any

import numpy as np
import shapely

from alcaldia.kernel.models import Municipality
from alcaldia.land.models import Dataset, Feature, NormRow, Parcel, UseCellRow, Version


def version(municipality: Municipality, kind: str, name: str = "") -> Version | None:
    """The published version of a dataset, or None."""
    dataset = (
        Dataset.objects.filter(municipality=municipality, kind=kind, name=name)
        .select_related("current")
        .first()
    )
    return dataset.current if dataset else None


def metric_shapes(municipality: Municipality, kind: str) -> np.ndarray | None:
    """Metric geometries of the published parcels or zones by source row, None for rows without one.

    None instead of an array when nothing is published.
    """
    found = version(municipality, kind)
    if found is None:
        return None
    model: type[Any] = Parcel if kind == "parcels" else Feature
    rows = model.objects.filter(version=found).order_by("source_row").values_list("metric", flat=True)
    stored: Any = [None if wkb is None else bytes(wkb) for wkb in rows]
    return np.asarray(shapely.from_wkb(np.array(stored, dtype=object)), dtype=object)


def zone_codes(municipality: Municipality) -> set[str] | None:
    """Codes of the published zones, or None when no zones are published."""
    found = version(municipality, "zones")
    return (
        None
        if found is None
        else set(Feature.objects.filter(version=found).values_list("code", flat=True)) - {""}
    )


def cell_zones(municipality: Municipality) -> set[str] | None:
    """Zones of the published use matrix, or None."""
    found = version(municipality, "use-matrix")
    return (
        None
        if found is None
        else set(UseCellRow.objects.filter(version=found).values_list("zone_code", flat=True).distinct())
    )


def norm_zones(municipality: Municipality) -> set[str] | None:
    """Zones with at least one norm published, or None."""
    found = version(municipality, "norms")
    return (
        None
        if found is None
        else set(NormRow.objects.filter(version=found).values_list("zone_code", flat=True).distinct())
    )


def box(municipality: Municipality) -> tuple[float, float, float, float] | None:
    """The WGS84 box of what is published (parcels, else zones): where this municipality is."""
    for kind, model in (("parcels", Parcel), ("zones", Feature)):
        found = version(municipality, kind)
        if found is not None:
            rows = model.objects.filter(version=found, minx__isnull=False).values_list(
                "minx", "miny", "maxx", "maxy"
            )
            bounds = np.array(list(rows), dtype=float)
            if len(bounds):
                low, high = bounds.min(axis=0), bounds.max(axis=0)
                return float(low[0]), float(low[1]), float(high[2]), float(high[3])
    return None
