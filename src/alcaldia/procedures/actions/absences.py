"""Delegation: who is away leaves what their posts allow to somebody of the municipality, for some days."""

from datetime import date, timedelta

from django.db import transaction

from alcaldia.identity.models import Official
from alcaldia.identity.queries import current_posts
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
    if not any(post.municipality_id == town.pk for post in current_posts(delegate, today(town))):
        raise Refusal(
            "not_of_the_town",
            f"«{delegate.username}» no tiene hoy un puesto en este municipio. Elija a alguien que lo tenga.",
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
    found = next((one for one in of_agencies(town, agencies) if one.pk == pk), None)
    if found is None:
        raise NotFound("unknown_absence", "Esa ausencia ya no está.")
    _note(events.ABSENCE_ENDED, found, by=by, channel=channel)
    yesterday = today(town) - timedelta(days=1)
    if found.since > yesterday:
        found.delete()
    else:
        found.until = yesterday
        found.save(update_fields=["until"])


def of_agencies(town: Municipality, agencies: list[str]) -> list[Absence]:
    """Those of today and of later days in which something of these agencies was left in charge."""
    going_on = Absence.objects.filter(
        municipality=town, until__gte=today(town), official__posts__agency__in=agencies
    )
    return [
        one
        for one in going_on.select_related("official", "delegate").distinct()
        if not one.agencies or set(one.agencies) & set(agencies)
    ]


def _note(kind: str, absence: Absence, *, by: Official, channel: str) -> None:
    body = {
        "official": absence.official.username, "delegate": absence.delegate.username, "since": absence.since,
        "until": absence.until, "agencies": absence.agencies,
    }  # fmt: skip
    folio = new_folio("AUS", absence.since.year)
    record(Act(kind, folio, body, absence.municipality), by=by.username, channel=channel)
