"""What is decided about a paper that exists: annulled, kept, its appeal resolved. Each is read once more and signed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import appealing, permissions
from alcaldia.procedures.actions import reviewing
from alcaldia.web.backoffice.cases.acts import signature_of
from alcaldia.web.backoffice.cases.case import context, status_here
from alcaldia.web.backoffice.cases.entry import CHANNEL, attending, office
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.step_up import ask_to_sign, signed_act


@dataclass(frozen=True)
class Decision:
    """One kind: what is signed of the form, its title for the eye, what it does, and who may not (said before signing)."""

    act: str
    wanted: Callable[[Mapping[str, str]], dict[str, Any]]
    title: Callable[[dict[str, Any]], str]
    carry_out: Callable[..., Any]
    check: Callable[..., None] = lambda row, official: None


ANNUL = Decision(
    "cases.annul", lambda form: {"reason": form.get("nota", "").strip()}, lambda act: "Se anula el documento",
    reviewing.annul,
)  # fmt: skip
UPHOLD = Decision(
    "cases.uphold", lambda form: {"note": form.get("nota", "").strip()}, lambda act: "Se mantiene el documento",
    lambda *, note, **given: reviewing.uphold(reason=note, **given),
)  # fmt: skip
APPEAL = Decision(
    "cases.resolve_appeal",
    lambda form: {"annul": form.get("resultado") == "anular", "reason": form.get("nota", "").strip()},
    lambda act: "Se anula lo resuelto" if act["annul"] else "Se confirma lo resuelto", reviewing.resolve_appeal,
    appealing.check_other,
)  # fmt: skip


def _view(kind: Decision) -> Callable[..., HttpResponse]:
    @require_POST
    @attending(permissions.SIGN)
    def view(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
        told, official = status_here(town, folio, agencies), official_of(request)
        try:
            if "credential" in request.POST:
                return _carry_out(request, kind, town, folio)
            kind.check(told.row, official)
            wanted = kind.wanted(request.POST)
            reviewing.check_note(str(wanted.get("reason", wanted.get("note"))))
        except Refusal as refusal:
            shown = context(request, told, agencies)
            shown = office(request, town, **shown, refused=refusal.detail, typed=request.POST)
            return render(request, "backoffice/case.html", shown, status=refusal.status)
        asked = ask_to_sign(official, {"act": kind.act, "folio": folio, **wanted})
        texts = {"outcome": "denied", "reasons": [wanted.get("reason", wanted.get("note"))]}
        shown = office(request, town, told=told, row=told.row, wanted=texts, outcome=kind.title(wanted), mode="get",
                       action=request.path, **asked)  # fmt: skip
        return render(request, "backoffice/case_sign.html", shown)

    return view


def _carry_out(request: HttpRequest, kind: Decision, town: Municipality, folio: str) -> HttpResponse:
    act = signed_act(request, official_of(request), kind.act)
    if act["folio"] != folio:
        raise Refusal("other_request", "Lo que se firmó es de otra solicitud.", status=409)
    wanted = {name: act[name] for name in kind.wanted({})}
    kind.carry_out(folio=folio, official=official_of(request), channel=CHANNEL, signature=signature_of(request, act), **wanted)  # fmt: skip
    return HttpResponseRedirect(reverse("backoffice:case", args=[town.slug, folio]) + "?hecho=1")


annulment, upholding, appeal = _view(ANNUL), _view(UPHOLD), _view(APPEAL)
