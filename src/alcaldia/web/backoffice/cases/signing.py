"""Favourable resolutions that wait for a signature, signed with one touch: the key signs each one's text, not its number."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land.queries import today
from alcaldia.procedures import definitions, engine, permissions
from alcaldia.procedures.actions import reviewing
from alcaldia.procedures.actions.deciding import proposed
from alcaldia.procedures.models import Turn
from alcaldia.procedures.names import agency_name
from alcaldia.procedures.permissions import Lane
from alcaldia.procedures.queries.cases import OUTCOMES
from alcaldia.procedures.queries.inbox import nearest_of, of_lane
from alcaldia.web.backoffice.cases.acts import signature_of
from alcaldia.web.backoffice.cases.case import status_here
from alcaldia.web.backoffice.cases.entry import CHANNEL, attending, office
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.step_up import ask_to_sign, signed_act

SIGN_MANY = "cases.resolve_many"
MOST = 50
LOOKED_AT = 200
"""Turns read to fill the list; the oldest terms come first."""


@require_http_methods(["GET", "HEAD", "POST"])
@attending(permissions.SIGN)
def many(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """Choose, read, one touch; each is resolved in its own transaction."""
    if request.method == "POST" and "credential" in request.POST:
        return _sign(request, town, agencies)
    waiting = _waiting(request, town, agencies)
    if request.method == "POST":
        wanted = request.POST.getlist("folio")
        chosen = [one for one in waiting if one["signed"]["folio"] in wanted][:MOST]
        if chosen:
            act = {"act": SIGN_MANY, "resolutions": [one["signed"] for one in chosen]}
            asked = ask_to_sign(official_of(request), act)
            shown = office(request, town, chosen=chosen, mode="get", **asked)
            return render(request, "backoffice/sign_many.html", shown)
    return render(request, "backoffice/to_sign.html", office(request, town, waiting=waiting, most=MOST))


def _waiting(request: HttpRequest, town: Municipality, agencies: list[str]) -> list[dict[str, Any]]:
    """Those that nobody has to weigh and that this official's post signs: rules, opinions and visit are in favour."""
    lanes = [
        one for one in permissions.lanes_of(official_of(request), town, today(town)) if one[0] in agencies
    ]
    rows = [(turn, _signed(turn)) for turn in nearest_of([_open(town, lane) for lane in lanes], LOOKED_AT)]
    return [_shown(town, turn, signed) for turn, signed in rows if signed is not None]


def _open(town: Municipality, lane: Lane) -> QuerySet[Turn]:
    turns = of_lane(town, lane).filter(kind=Turn.Kind.DECISION, state=Turn.State.OPEN)
    return turns.select_related("case__definition", "case__municipality").prefetch_related(engine.WITH_EVENTS)


def _signed(turn: Turn) -> dict[str, Any] | None:
    """What the key signs of one case."""
    found = proposed(engine.Held(turn.case, engine.state_of(turn.case)))
    if found is None:
        return None
    return {
        "folio": turn.case.folio, "outcome": found.outcome, "reasons": list(found.reasons),
        "conditions": list(found.conditions),
    }  # fmt: skip


def _shown(town: Municipality, turn: Turn, signed: dict[str, Any]) -> dict[str, Any]:
    sheet = definitions.pinned(turn.case.definition).definition.sheet
    return {
        "signed": signed, "due_on": turn.due_on, "agency": agency_name(town, turn.agency), "procedure": sheet.plain_name,
        "outcome": OUTCOMES[signed["outcome"]],
    }  # fmt: skip


def _sign(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    act = signed_act(request, official_of(request), SIGN_MANY)
    done, failed = [], []
    for one in act["resolutions"][:MOST]:
        try:
            _resolve(request, act, town, agencies, one)
            done.append(one["folio"])
        except Refusal as refusal:
            failed.append((one["folio"], refusal.detail))
    shown = office(request, town, done=done, failed=failed, on=today(town))
    return render(request, "backoffice/signed_many.html", shown)


def _resolve(
    request: HttpRequest, act: dict[str, Any], town: Municipality, agencies: list[str], one: dict[str, Any]
) -> None:
    told = status_here(town, one["folio"], agencies)
    now = proposed(engine.Held(told.row, told.state))
    if now is None or (now.outcome, [*now.reasons], [*now.conditions]) != (
        one["outcome"],
        one["reasons"],
        one["conditions"],
    ):
        raise Refusal(
            "changed", "Cambió después de que usted la leyó. Ábrala y resuélvala por separado.", status=409
        )
    reviewing.resolve(
        folio=one["folio"], outcome=one["outcome"], reasons=one["reasons"], conditions=one["conditions"],
        official=official_of(request), channel=CHANNEL, signature=signature_of(request, act),
    )  # fmt: skip
