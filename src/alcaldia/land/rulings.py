"""Acts on rulings: issue one, note that a person reviewed one. What was issued never changes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.land import events
from alcaldia.land.models import CapacityReservation, IssuedRuling
from alcaldia.land.queries import today
from alcaldia.land.reading import read_policy
from alcaldia.land.rulebook import municipality_of
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.ledger.models import Entry

PREFIXES = {"land-use": "DUS", "construction": "DCO"}
SETTINGS_THAT_RULE = ("ruling", "extra_cus")


APPROVED = ("permitted", "conditional")


def hold(slug: str) -> None:
    """Make whoever else promises capacity of this municipality wait until the caller's transaction ends."""
    list(Municipality.objects.select_for_update().filter(slug=slug).values_list("pk"))


def issue_ruling(
    document: dict[str, Any], *, municipality: str, by: str, channel: str
) -> tuple[IssuedRuling, Entry]:
    """Give a ruling document its folio and dates, keep it and record the act; in the caller's transaction."""
    town = municipality_of(municipality)
    issued_at = timezone.now()
    valid_until = today(town) + timedelta(days=read_policy(town.settings).validity_days)
    folio = new_folio(PREFIXES[document["kind"]], issued_at.year)
    body = {
        **document,
        "folio": folio,
        "issued_at": issued_at.isoformat(timespec="seconds"),
        "valid_until": valid_until.isoformat(),
        "municipality": {"slug": town.slug, "name": town.name},
    }
    ruling = IssuedRuling.objects.create(
        folio=folio,
        municipality=town,
        kind=document["kind"],
        parcel_id=document["question"]["parcel_id"],
        question=document["question"],
        document=body,
        settings={name: town.settings.get(name, {}) for name in SETTINGS_THAT_RULE},
        trace_sha256=document["trace_sha256"],
        outcome=document["outcome"],
        issued_at=issued_at,
        valid_until=valid_until,
        review_flags=document["review_flags"],
    )
    _reserve(ruling)
    return ruling, record(Act(events.RULING_ISSUED, folio, body, town), by=by, channel=channel)


def _reserve(ruling: IssuedRuling) -> None:
    """Promise what an approved project takes of each network, for as long as the approval is valid."""
    if ruling.outcome not in APPROVED:
        return
    CapacityReservation.objects.bulk_create(
        CapacityReservation(
            municipality=ruling.municipality, network=network, sector=taken["sector"], amount=Decimal(taken["amount"]),
            parcel_id=ruling.parcel_id, folio=ruling.folio, expires_on=ruling.valid_until,
        )
        for network, taken in ruling.question.get("reserves", {}).items()
    )  # fmt: skip
