"""What an official does with a case, each by POST. Errors come back on the page of the case with what was typed."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land.queries import today
from alcaldia.procedures import engine, permissions
from alcaldia.procedures.actions import reviewing
from alcaldia.procedures.actions.deciding import rules_of
from alcaldia.procedures.models import Case, Turn
from alcaldia.procedures.names import OUTCOMES, agency_name
from alcaldia.procedures.queries.offered import namer
from alcaldia.web.backoffice.cases.case import context, status_here
from alcaldia.web.backoffice.cases.entry import CHANNEL, attending, office
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.step_up import ask_to_sign, signed_act

SIGN_ONE, SIGN_MANY = "cases.resolve", "cases.resolve_many"
MOST_SIGNED = 50
ByForm = Callable[[HttpRequest, str], Any]


def _act(act: ByForm) -> Callable[..., HttpResponse]:
    """A POST on a case that does one thing and comes back; a refusal stands on the same page."""

    @require_POST
    @attending()
    def view(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
        told = status_here(town, folio, agencies)
        try:
            act(request, folio)
        except Refusal as refusal:
            shown = office(
                request, town, **context(request, told, agencies), refused=refusal.detail, typed=request.POST
            )
            return render(request, "backoffice/case.html", shown, status=refusal.status)
        return HttpResponseRedirect(reverse("backoffice:case", args=[town.slug, folio]) + "?hecho=1")

    return view


@_act
def opinion(request: HttpRequest, folio: str) -> None:
    given = request.POST
    reviewing.give_opinion(
        folio=folio, agency=given.get("dependencia", ""), opinion=given.get("opinion", ""), note=given.get("nota", ""),
        conditions=given.get("condiciones", "").splitlines(), official=official_of(request), channel=CHANNEL,
    )  # fmt: skip


@_act
def correction(request: HttpRequest, folio: str) -> None:
    fields = {name: request.POST.get(f"porque.{name}", "") for name in request.POST.getlist("dato")}
    reviewing.ask_correction(
        folio=folio,
        agency=request.POST.get("dependencia", ""),
        fields=fields,
        official=official_of(request),
        channel=CHANNEL,
    )


@_act
def resolution(request: HttpRequest, folio: str) -> None:
    """A resolution that needs no signature of a person."""
    reviewing.resolve(folio=folio, official=official_of(request), channel=CHANNEL, **_resolution(request))


@_act
def annulment(request: HttpRequest, folio: str) -> None:
    reviewing.annul(
        folio=folio, reason=request.POST.get("nota", ""), official=official_of(request), channel=CHANNEL
    )


@_act
def upholding(request: HttpRequest, folio: str) -> None:
    reviewing.uphold(
        folio=folio, reason=request.POST.get("nota", ""), official=official_of(request), channel=CHANNEL
    )


@_act
def appeal(request: HttpRequest, folio: str) -> None:
    reviewing.resolve_appeal(
        folio=folio, annul=request.POST.get("resultado") == "anular", reason=request.POST.get("nota", ""),
        official=official_of(request), channel=CHANNEL,
    )  # fmt: skip


def _resolution(request: HttpRequest) -> dict[str, Any]:
    given = request.POST
    return {
        "outcome": given.get("resultado", ""), "reasons": given.get("motivos", "").splitlines(),
        "conditions": given.get("condiciones", "").splitlines(),
    }  # fmt: skip


@require_POST
@attending(permissions.SIGN)
def to_sign(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """The resolution in words, to be signed by the official's key: its challenge is the hash of exactly this."""
    told = status_here(town, folio, agencies)
    wanted = _resolution(request)
    if not any(one.strip() for one in wanted["reasons"]) or wanted["outcome"] not in OUTCOMES:
        shown = office(request, town, **context(request, told, agencies), typed=request.POST,
                       refused="Elija cómo se resuelve y escriba los motivos.")  # fmt: skip
        return render(request, "backoffice/case.html", shown, status=422)
    asked = ask_to_sign(official_of(request), {"act": SIGN_ONE, "folio": folio, **wanted})
    shown = office(request, town, told=told, row=told.row, wanted=wanted, outcome=OUTCOMES[wanted["outcome"]], mode="get",
                   action=reverse("backoffice:case_sign", args=[town.slug, folio]), **asked)  # fmt: skip
    return render(request, "backoffice/case_sign.html", shown)


@require_POST
@attending(permissions.SIGN)
def sign(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """The signed resolution."""
    act = signed_act(request, official_of(request), SIGN_ONE)
    if act["folio"] != folio:
        raise Refusal("other_request", "Lo que se firmó es de otra solicitud.", status=409)
    _resolve(request, act, folio, [act["outcome"], act["reasons"], act["conditions"]])
    return HttpResponseRedirect(reverse("backoffice:case", args=[town.slug, folio]) + "?hecho=1")


def _resolve(request: HttpRequest, act: dict[str, Any], folio: str, what: list[Any]) -> Case:
    official = official_of(request)
    outcome, reasons, conditions = what
    signature = {"post": official.name or official.username, "at": act["at"], "nonce": act["nonce"]}
    return reviewing.resolve(
        folio=folio,
        outcome=outcome,
        reasons=reasons,
        conditions=conditions,
        official=official,
        channel=CHANNEL,
        signature=signature,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@attending(permissions.SIGN)
def many(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """Favourable resolutions that wait for a signature: choose, one touch, each in its own transaction."""
    waiting = _waiting(town, agencies)
    if request.method == "POST" and "credential" in request.POST:
        return _sign_many(request, town, agencies)
    if request.method == "POST":
        chosen = [one for one in waiting if one["folio"] in request.POST.getlist("folio")][:MOST_SIGNED]
        if chosen:
            act = {"act": SIGN_MANY, "folios": [one["folio"] for one in chosen]}
            asked = ask_to_sign(official_of(request), act)
            return render(
                request,
                "backoffice/sign_many.html",
                office(request, town, chosen=chosen, mode="get", **asked),
            )
    return render(
        request, "backoffice/to_sign.html", office(request, town, waiting=waiting, most=MOST_SIGNED)
    )


def _waiting(town: Municipality, agencies: list[str]) -> list[dict[str, Any]]:
    turns = Turn.objects.filter(
        municipality=town, agency__in=agencies, kind=Turn.Kind.DECISION, state=Turn.State.OPEN
    )
    found, names = [], namer(town.slug)
    for turn in turns.select_related("case__definition", "case__municipality").order_by("due_on", "pk")[:200]:
        held = engine.Held(turn.case, engine.state_of(turn.case))
        from alcaldia.procedures.rules.flow import joined

        favourable = not held.state.reviews or joined(held.state) == "favourable"
        if favourable and not rules_of(held).get("needs_person"):
            found.append(
                {
                    "folio": turn.case.folio,
                    "due_on": turn.due_on,
                    "agency": agency_name(turn.agency),
                    "name": names(turn.procedure),
                }
            )
    return found


def _sign_many(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    act = signed_act(request, official_of(request), SIGN_MANY)
    done, failed = [], []
    for folio in act["folios"][:MOST_SIGNED]:
        try:
            told = status_here(town, folio, agencies)
            rules = told.row.events.get(kind="submitted").facts.get("rules", {})
            outcome = "conditional" if rules.get("conditions") else "granted"
            reasons = [
                *rules.get("reasons", ()),
                "Las dependencias que revisaron dieron su opinión favorable.",
            ]
            _resolve(request, act, folio, [outcome, reasons, rules.get("conditions", [])])
            done.append(folio)
        except Refusal as refusal:
            failed.append((folio, refusal.detail))
    return render(
        request,
        "backoffice/signed_many.html",
        office(request, town, done=done, failed=failed, on=today(town)),
    )
