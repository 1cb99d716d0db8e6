"""Waiting lists: a place that is freed goes to who waits longest; an official may close a list for which there will be none."""

from collections.abc import Iterator

from django.db import transaction

from alcaldia.identity.models import Official
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import engine, permissions, reserving
from alcaldia.procedures.actions.deciding import go_on
from alcaldia.procedures.calendars import today
from alcaldia.procedures.models import Case, Place, Quota
from alcaldia.procedures.rules.flow import State

BY, CHANNEL = "clock", "worker"


def offer_all(town: Municipality) -> Iterator[str]:
    """Folios whose turn it is, each looked up once the one before was served; the caller offers each."""
    for quota in Quota.objects.filter(municipality=town, waiting__gt=0).order_by("pk"):
        served = 0
        while (place := _first(quota)) and place.pk != served and reserving.suffices(place):
            served = place.pk
            yield place.case.folio


def _first(quota: Quota) -> Place | None:
    line = Place.objects.filter(quota=quota, state=Place.State.WAITING).order_by("pk")
    return line.select_related("quota", "case__municipality", "case__definition").first()


def offer(folio: str, *, by: str = BY, channel: str = CHANNEL) -> bool:
    """The place is theirs, and the request goes on as its rules said when it was sent. False where its turn is not now."""
    try:
        with transaction.atomic():
            held = engine.hold(folio)
            if held.state.state is not State.WAITING_LIST:
                return False
            held = engine.append(held, "place_given", {}, by=by, channel=channel)
            go_on(held, by=by, channel=channel)
    except Refusal as refusal:
        if refusal.code != "place_gone":
            raise
        return False
    return True


def offer_next(*, town: Municipality, agencies: list[str], official: Official, channel: str) -> int:
    """Give the free places of these agencies' lists now, in order; how many. The clock does it too."""
    return sum(
        offer(folio, by=official.username, channel=channel)
        for folio in offer_all(town)
        if Case.objects.filter(folio=folio, agency__in=agencies).exists()
    )


def close(*, folio: str, reason: str, official: Official, channel: str) -> int:
    """There will be no more places: everybody in the list of this case is told and may ask for another. How many."""
    if not reason.strip() or len(reason) > 400:
        raise Refusal(
            "no_reasons", "Escriba en una frase por qué se cierra la lista; las personas la van a leer."
        )
    first = Place.objects.filter(case__folio=folio, state=Place.State.WAITING).select_related("case").first()
    if first is None:
        raise Refusal("not_waiting", "Esa solicitud ya no está en una lista de espera.", status=409)
    permissions.check(official, first.case.municipality, first.case.agency, today(first.case.municipality))
    line = Place.objects.filter(quota=first.quota_id, state=Place.State.WAITING).order_by("pk")
    return sum(
        _closed(one, reason.strip(), official, channel)
        for one in line.values_list("case__folio", flat=True).distinct()
    )


def _closed(folio: str, reason: str, official: Official, channel: str) -> int:
    with transaction.atomic():
        held = engine.hold(folio)
        if held.state.state is not State.WAITING_LIST:
            return 0
        engine.append(
            held, "lapsed", {"list_closed": True, "note": reason}, by=official.username, channel=channel
        )
    return 1
