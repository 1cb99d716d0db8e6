"""What procedures consult about a parcel: themes that touch it, how far the nearest of a layer is, free capacity.

None is unknown (no such layer published, or one that could not be read): never "no".
"""

from collections.abc import Iterable
from decimal import Decimal

import numpy as np
import shapely

from alcaldia.land import facts, geostore, overlay
from alcaldia.land.parcels import ParcelRecord, round2
from alcaldia.land.plan import Rulebook, Source
from alcaldia.land.queries import capacity_promised, today
from alcaldia.land.shapes import cache
from alcaldia.land.sheet import layer_hits

REACH_M = 2_000.0
"""How far the nearest is looked for; farther is said to be as far as this."""


def touches(book: Rulebook, record: ParcelRecord, theme: str, *, besides: Iterable[str] = ()) -> bool | None:
    """Whether any layer of the theme touches the parcel; None where the theme has no layer or one is broken."""
    versions = [one for one, source in book.layers.items() if _of(source, theme, besides)]
    if not versions or any(book.layers[one].label in book.unhealthy for one in versions):
        return None
    lying = facts.lying_on(book, record, layers=versions)
    left_out = set(besides)
    return any(hit.theme == theme and hit.layer not in left_out for hit in layer_hits(book, record, lying))


def _of(source: Source, theme: str, besides: Iterable[str]) -> bool:
    return source.dataset.theme == theme and source.dataset.name not in set(besides)


def nearest_m(book: Rulebook, record: ParcelRecord, layer: str) -> Decimal | None:
    """Metres to the nearest feature of a layer by its name, at most `REACH_M`; None without such a layer."""
    version = next((one for one, source in book.layers.items() if source.dataset.name == layer), None)
    if version is None or record.box is None or record.shape is None:
        return None
    pad = REACH_M / facts.METRES_PER_DEGREE
    minx, miny, maxx, maxy = record.box
    box = (minx - pad, miny - pad, maxx + pad, maxy + pad)
    ids = [row[0] for row in geostore.candidates("land_feature", box, geostore.INDEXED, {version})]
    shapes = cache.get(ids)
    if not any(one is not None for one in shapes):
        return Decimal(int(REACH_M))
    return min(
        round2(float(np.nanmin(shapely.distance(overlay.as_array(shapes), record.shape)))),
        Decimal(int(REACH_M)),
    )


def free_capacity(book: Rulebook, record: ParcelRecord, network: str) -> tuple[bool, Decimal | None]:
    """Whether the network reaches the parcel, and what is left of its sector in the network's unit (None unknown)."""
    on = today(book.municipality)
    known = facts.for_parcel(book, record, "", on)
    found = next((one for one in known.capacity if one.network == network), None)
    if found is None:
        return False, None
    if found.capacity is None or found.used is None:
        return True, None
    promised = Decimal(capacity_promised(book, record, known, on).get(network, "0"))
    return True, found.capacity - found.used - promised


def addresses_on(book: Rulebook, street: str) -> list[tuple[str, str, str]]:
    """Key, street and number of the parcels on a street by its folded name, those of one street together."""
    from alcaldia.kernel.text import fold
    from alcaldia.land.models import Parcel

    rows = Parcel.objects.filter(version_id=book.parcels.version_id, search=fold(street))
    return [(row.key, row.street, row.number) for row in rows.only("key", "street", "number")]
