"""The inbox: what is new, due, overdue, waiting; find by folio."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from alcaldia.kernel.folio import read_folio
from alcaldia.kernel.models import Municipality
from alcaldia.land.queries import today
from alcaldia.procedures import permissions
from alcaldia.procedures.models import Turn
from alcaldia.procedures.names import agency_name, post_name
from alcaldia.procedures.permissions import Lane
from alcaldia.procedures.queries import inbox as desk
from alcaldia.procedures.queries.cases import case_of
from alcaldia.procedures.queries.offered import namer
from alcaldia.procedures.queries.waiting import any_line
from alcaldia.web.backoffice.cases.entry import attending, office
from alcaldia.web.components.sessions import official_of

WHOLE = "dependencia"
"""Asks for all of the agency; otherwise what one's own post may act on."""


@require_http_methods(["GET", "HEAD", "POST"])
@attending()
def inbox(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """One page of a tab, the nearest deadline first. A folio typed goes straight to its case."""
    if request.method == "POST":
        row = case_of(read_folio(request.POST.get("folio", "")) or "")
        return HttpResponseRedirect(reverse("backoffice:case", args=[town.slug, row.folio]))
    tab = request.GET.get("lista", "due")
    tab = tab if tab in desk.TABS else "due"
    chosen = request.GET.get("dependencia", "")
    of = [chosen] if chosen in agencies else agencies
    official, on = official_of(request), today(town)
    lanes = [one for one in permissions.lanes_of(official, town, on) if one[0] in of]
    all_of_it = request.GET.get("de") == WHOLE
    found = desk.inbox(
        town, permissions.whole(of) if all_of_it else lanes, tab, on, mine=official.username,
        after=request.GET.get("desde", ""),
    )  # fmt: skip
    names = namer(town.slug)
    rows = [_row(turn, names, town, lanes) for turn in found.turns]
    tabs = [(key, label, found.counts.get(key)) for key, label in desk.TABS.items()]
    context = office(request, town, rows=rows, tabs=tabs, tab=tab, after=found.after, most=desk.MOST_COUNTED,
                     agencies=[(one, agency_name(town, one)) for one in agencies], chosen=chosen,
                     whole=WHOLE if all_of_it else "", others=set(lanes) != set(permissions.whole(of)),
                     waits=any_line(town, agencies))  # fmt: skip
    return render(request, "backoffice/inbox.html", context)


def _row(
    turn: Turn, names: Callable[[str], str], town: Municipality, lanes: Sequence[Lane]
) -> dict[str, Any]:
    on = today(town)
    late = turn.due_on is not None and turn.due_on < on
    return {
        "turn": turn, "case": turn.case, "agency": agency_name(town, turn.agency), "late": late,
        "new": turn.state == Turn.State.OPEN and not turn.holder, "name": names(turn.procedure),
        "signs": post_name(turn.signer) if turn.signer else "", "theirs": permissions.within(lanes, turn.agency, turn.signer),
    }  # fmt: skip
