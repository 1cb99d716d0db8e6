"""What a network has left, promised to somebody who is not asking for a construction ruling: counted together with those."""

from datetime import date
from decimal import Decimal

from django.utils import timezone

from alcaldia.land import consulting, facts
from alcaldia.land.models import CapacityReservation
from alcaldia.land.parcels import by_key
from alcaldia.land.queries import today
from alcaldia.land.rulebook import published
from alcaldia.land.rulings import hold


def promise(
    slug: str, parcel: str, network: str, amount: Decimal, folio: str, until: date, *, forced: bool = False
) -> bool:
    """Promise it in the caller's transaction, others waiting meanwhile; False where it is not left.

    Where nobody knows what is left there is nothing to count: who grants it answers for it.
    """
    hold(slug)
    book = published(slug)
    record = by_key(book, parcel)
    _, free = consulting.free_capacity(book, record, network)
    if not forced and free is not None and free < amount:
        return False
    known = facts.for_parcel(book, record, "", today(book.municipality))
    sector = next((one.sector for one in known.capacity if one.network == network), None)
    if sector is not None:
        CapacityReservation.objects.create(
            municipality=book.municipality, network=network, sector=sector, amount=amount,
            parcel_id=record.public_id, folio=folio, expires_on=until,
        )  # fmt: skip
    return True


def release(folio: str) -> None:
    """What was promised under this folio is free again; saying it twice changes nothing."""
    rows = CapacityReservation.objects.filter(folio=folio, released_at=None)
    rows.update(released_at=timezone.now())


def extend(folio: str, until: date) -> None:
    """The paper says until when."""
    CapacityReservation.objects.filter(folio=folio, released_at=None).update(expires_on=until)
