"""What an official does with a case, each by POST. Errors come back on the page of the case with what was typed."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import engine, permissions, settling
from alcaldia.procedures.actions import reviewing
from alcaldia.procedures.actions.deciding import conditions_of
from alcaldia.procedures.models import Case
from alcaldia.procedures.names import OUTCOMES
from alcaldia.web.backoffice.cases.case import context, status_here
from alcaldia.web.backoffice.cases.entry import CHANNEL, attending, office
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.step_up import ask_to_sign, signed_act

SIGN_ONE = "cases.resolve"
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
def take(request: HttpRequest, folio: str) -> None:
    """Put one's name on it; instead of a colleague's where that was said."""
    given = request.POST
    reviewing.take(
        folio=folio, agency=given.get("dependencia", ""), official=official_of(request),
        instead_of=given.get("en_lugar_de", ""),
    )  # fmt: skip


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


def _resolution(request: HttpRequest) -> dict[str, Any]:
    given = request.POST
    return {
        "outcome": given.get("resultado", ""), "reasons": reviewing.lines(given.get("motivos", "").splitlines()),
        "conditions": reviewing.lines(given.get("condiciones", "").splitlines()), "fee": given.get("costo", ""),
        "basis": given.get("fundamento", ""),
    }  # fmt: skip


@require_POST
@attending(permissions.SIGN)
def to_sign(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """The resolution in words, to be signed by the official's key: its challenge is the hash of exactly this."""
    told = status_here(town, folio, agencies)
    reviewing.check_signer(told.row, official_of(request))
    wanted = _resolution(request)
    # Those of the reviewers too: what is signed is all of what is issued.
    wanted["conditions"] = list(
        dict.fromkeys([*conditions_of(engine.Held(told.row, told.state)), *wanted["conditions"]])
    )
    if not wanted["reasons"] or wanted["outcome"] not in OUTCOMES:
        shown = office(request, town, **context(request, told, agencies), typed=request.POST,
                       refused="Elija cómo se resuelve y escriba los motivos.")  # fmt: skip
        return render(request, "backoffice/case.html", shown, status=422)
    try:
        settled = settling.settled(
            told.rules, told.state, outcome=wanted["outcome"], fee=wanted["fee"], basis=wanted["basis"]
        )
    except Refusal as refusal:
        shown = office(
            request, town, **context(request, told, agencies), typed=request.POST, refused=refusal.detail
        )
        return render(request, "backoffice/case.html", shown, status=refusal.status)
    said = {name: wanted[name] for name in ("outcome", "reasons", "conditions")}
    said |= {name: str(value) for name, value in settled.items()}
    asked = ask_to_sign(official_of(request), {"act": SIGN_ONE, "folio": folio, **said})
    shown = office(request, town, told=told, row=told.row, wanted=wanted, settled=settled, outcome=OUTCOMES[wanted["outcome"]], mode="get",
                   action=reverse("backoffice:case_sign", args=[town.slug, folio]), **asked)  # fmt: skip
    return render(request, "backoffice/case_sign.html", shown)


@require_POST
@attending(permissions.SIGN)
def sign(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """The signed resolution."""
    act = signed_act(request, official_of(request), SIGN_ONE)
    if act["folio"] != folio:
        raise Refusal("other_request", "Lo que se firmó es de otra solicitud.", status=409)
    what = [act["outcome"], act["reasons"], act["conditions"]]
    _resolve(request, act, folio, what, fee=act.get("fee", ""), basis=act.get("fee_basis", ""))
    return HttpResponseRedirect(reverse("backoffice:case", args=[town.slug, folio]) + "?hecho=1")


def _resolve(
    request: HttpRequest, act: dict[str, Any], folio: str, what: list[Any], *, fee: str = "", basis: str = ""
) -> Case:
    """`what` was signed: outcome, reasons, conditions; and the amount, where the rules could not compute it."""
    outcome, reasons, conditions = what
    return reviewing.resolve(
        folio=folio, outcome=outcome, reasons=reasons, conditions=conditions, official=official_of(request),
        channel=CHANNEL, signature=signature_of(request, act), fee=fee, basis=basis,
    )  # fmt: skip


def signature_of(request: HttpRequest, act: dict[str, Any]) -> dict[str, Any]:
    """What the case keeps of a signed act."""
    official = official_of(request)
    return {"post": official.name or official.username, "at": act["at"], "nonce": act["nonce"]}
