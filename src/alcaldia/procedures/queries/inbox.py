"""What an agency has on its desk: lists and counts that cost the same whatever the size of the city."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures.models import Turn
from alcaldia.procedures.permissions import Lane, whole

PAGE = 50
MOST_COUNTED = 1_000
"""Beyond this a count is said as "more than": counting a hundred thousand open turns would cost more than the list."""
TABS = {
    "new": "Nuevas",
    "mine": "A mi nombre",
    "due": "Por atender",
    "overdue": "Vencidas",
    "citizen": "Esperan a la persona",
    "waiting": "Aún no tocan",
    "done": "Atendidas",
}


NOBODY = "-"
"""No user name: whose own turns are asked for without one has none."""


@dataclass(frozen=True)
class Inbox:
    """One page of a tab; `after` continues it, "" at the end; `counts` by tab, at most MOST_COUNTED + 1."""

    turns: tuple[Turn, ...]
    counts: dict[str, int]
    after: str


def inbox(
    town: Municipality, lanes: Collection[Lane], tab: str, on: date, *, mine: str = "", after: str = ""
) -> Inbox:
    """The turns of these lanes in a tab, the nearest deadline first; `mine` is the user name whose own are listed.

    Each lane is one walk along its index; what is one's own is so few that it is asked by agency.
    """
    listed = partial(_tab, town=town, on=on, mine=mine)
    named = whole(dict.fromkeys(agency for agency, _ in lanes))
    walks = {
        name: [rows for lane in (named if name == "mine" else lanes) for rows in listed(name, lane=lane)]
        for name in TABS
    }
    later = _later(after) if after else Q()
    found = nearest_of([rows.filter(later) for rows in walks[tab]], PAGE + 1)
    more = found[PAGE - 1] if len(found) > PAGE else None
    counts = {
        name: sum(rows[: MOST_COUNTED + 1].count() for rows in walks[name]) for name in TABS if name != "done"
    }
    return Inbox(tuple(found[:PAGE]), counts, f"{more.due_on}_{more.pk}" if more else "")


def nearest_of(walks: Collection[QuerySet[Turn]], limit: int) -> list[Turn]:
    """The first so many of these together by deadline, those without one last, with their cases."""
    by_deadline = (F("due_on").asc(nulls_last=True), "id")
    found = [turn for rows in walks for turn in rows.select_related("case").order_by(*by_deadline)[:limit]]
    if len(walks) > 1:
        found.sort(key=lambda turn: (turn.due_on is None, turn.due_on or date.max, turn.pk))
    return found[:limit]


def of_lane(town: Municipality, lane: Lane) -> QuerySet[Turn]:
    """Every turn of a lane."""
    agency, signer = lane
    rows = Turn.objects.filter(municipality=town, agency=agency)
    return rows if signer is None else rows.filter(signer=signer)


def _later(after: str) -> Q:
    """What stands behind a row of the list; those without a deadline stand last. Raises Refusal for an odd mark."""
    due, _, pk = after.partition("_")
    try:
        day, number = (None if due == "None" else date.fromisoformat(due)), int(pk)
    except ValueError:
        raise Refusal(
            "bad_page", "Esa página de la lista no existe. Vuelva a la primera.", status=400
        ) from None
    undated = Q(due_on__isnull=True)
    if day is None:
        return undated & Q(id__gt=number)
    return Q(due_on__gt=day) | Q(due_on=day, id__gt=number) | undated


def _tab(tab: str, *, town: Municipality, lane: Lane, on: date, mine: str) -> tuple[QuerySet[Turn], ...]:
    """New is what nobody has taken yet. What has no last day, or an unknown one, is due: a walk of its own along the index."""
    rows = of_lane(town, lane)
    if tab == "new":
        return (rows.filter(state=Turn.State.OPEN, holder=""),)
    if tab == "mine":
        # SQLite takes the index of open turns that somebody has only where the question says that somebody has them.
        return (rows.filter(state=Turn.State.OPEN, holder=mine or NOBODY).exclude(holder=""),)
    if tab == "overdue":
        return (rows.filter(state=Turn.State.OPEN, due_on__lt=on),)
    if tab == "due":
        opened = rows.filter(state=Turn.State.OPEN)
        return opened.filter(due_on__gte=on), opened.filter(due_on__isnull=True)
    state = {"citizen": Turn.State.CITIZEN, "waiting": Turn.State.WAITING, "done": Turn.State.DONE}[tab]
    return (rows.filter(state=state),)


def nearest(town: Municipality, agencies: list[str], limit: int = 20) -> list[Turn]:
    """Open turns of these agencies that fall due first, overdue ones before all."""
    rows = Turn.objects.filter(
        municipality=town, agency__in=agencies, state=Turn.State.OPEN, due_on__isnull=False
    )
    return list(rows.select_related("case").order_by("due_on", "id")[:limit])


def workload(town: Municipality, agency: str, on: date) -> list[dict[str, Any]]:
    """For the head of an agency: open turns by who has them, how many are overdue, and the nearest deadline."""
    rows = Turn.objects.filter(municipality=town, agency=agency, state=Turn.State.OPEN)
    found: list[Any] = list(
        rows.values("holder")
        .annotate(open=Count("id"), overdue=Count("id", filter=Q(due_on__lt=on)), next_due=Min("due_on"))
        .order_by("-overdue", "-open")
    )
    return found
