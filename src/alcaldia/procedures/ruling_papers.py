"""The PDF of an issued ruling: after its act, and later where the disk or the drawing failed at that moment."""

from alcaldia.documents import actions as documents
from alcaldia.documents.models import Document
from alcaldia.kernel.errors import NotFound
from alcaldia.land.models import IssuedRuling
from alcaldia.land.sketch import sketch_of
from alcaldia.ledger import queries as ledger
from alcaldia.ledger.models import Entry

TEMPLATE = "ruling"
RECENT = 1000
"""How many of the last rulings are looked at for one without paper: time does not grow with the past."""


def draw(ruling: IssuedRuling, entry: Entry) -> bool:
    """Draw, seal and keep it; what fails is left to `draw_missing`."""
    return documents.try_to_issue(
        entry=entry, template=TEMPLATE, sketch_svg=_sketch(ruling), municipality=ruling.municipality
    )


def pdf(ruling: IssuedRuling) -> bytes:
    """The signed file; one that is not kept yet is drawn for this reader alone."""
    return documents.pdf(ledger.entry(ruling.folio), TEMPLATE, _sketch(ruling), ruling.municipality)


def draw_missing() -> int:
    """Draw what the last rulings still lack; returns how many. The clock's."""
    recent = set(IssuedRuling.objects.order_by("-pk").values_list("folio", flat=True)[:RECENT])
    missing = recent.difference(Document.objects.filter(folio__in=recent).values_list("folio", flat=True))
    rulings = IssuedRuling.objects.select_related("municipality").filter(folio__in=missing)
    return sum(draw(ruling, ledger.entry(ruling.folio)) for ruling in rulings)


def _sketch(ruling: IssuedRuling) -> str | None:
    """None for a parcel that a later cadastre no longer has."""
    try:
        return sketch_of(ruling.municipality.slug, ruling.parcel_id)
    except NotFound:
        return None
