"""Delegation: who is away leaves what their posts allow to somebody of the municipality, for some days."""

from datetime import date, timedelta

from django.db import transaction

from alcaldia.identity.models import Official
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.procedures import events
from alcaldia.procedures.calendars import today
from alcaldia.procedures.models import Absence


@transaction.atomic
def leave(
    *, official: Official, delegate: Official, town: Municipality, agencies: list[str], since: date, until: date,
    by: Official, channel: str,
) -> Absence:  # fmt: skip
    """From `since` to `until`, both included, and only what their posts in these agencies allow. Raises Refusal where the absent has no post in these agencies."""
    if not official.posts.filter(municipality=town, agency__in=agencies).exists():
        raise Refusal(
            "not_your_agency", f"«{official.username}» no tiene un puesto en su dependencia.", status=403
        )
    made = Absence.objects.create(
        official=official,
        delegate=delegate,
        municipality=town,
        since=since,
        until=until,
        agencies=sorted(set(agencies)),
    )
    _note(events.ABSENCE_BEGUN, made, by=by, channel=channel)
    return made


@transaction.atomic
def back(*, pk: int, town: Municipality, agencies: list[str], by: Official, channel: str) -> None:
    """The absence's last day was yesterday, or it never began."""
    found = Absence.objects.filter(pk=pk, municipality=town, official__posts__agency__in=agencies).first()
    if found is None:
        raise NotFound("unknown_absence", "Esa ausencia ya no está.")
    _note(events.ABSENCE_ENDED, found, by=by, channel=channel)
    yesterday = today(town) - timedelta(days=1)
    if found.since > yesterday:
        found.delete()
    else:
        found.until = yesterday
        found.save(update_fields=["until"])


def _note(kind: str, absence: Absence, *, by: Official, channel: str) -> None:
    body = {
        "official": absence.official.username, "delegate": absence.delegate.username, "since": absence.since,
        "until": absence.until, "agencies": absence.agencies,
    }  # fmt: skip
    folio = new_folio("AUS", absence.since.year)
    record(Act(kind, folio, body, absence.municipality), by=by.username, channel=channel)
