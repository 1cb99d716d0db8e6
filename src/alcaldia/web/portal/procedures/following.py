"""Following a case: who has it, since when, until when, what I must do; and what I may still do."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.agenda.models import Appointment
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.folio import read_folio
from alcaldia.payments import queries as payments
from alcaldia.procedures import papers, reserving
from alcaldia.procedures.actions import citizens, paying
from alcaldia.procedures.queries import appointments, cases
from alcaldia.procedures.queries.cases import Status
from alcaldia.procedures.rules.flow import State
from alcaldia.vault import custodian
from alcaldia.vault import queries as vault
from alcaldia.vault.rules.catalogue import in_case
from alcaldia.web.components.access import person_required
from alcaldia.web.components.rate import check_request
from alcaldia.web.portal.procedures.coded import acting, bearer, keep_case_code
from alcaldia.web.portal.procedures.filling import CHANNEL

TONES = {"granted": "good", "conditional": "warn", "denied": "bad"}


@never_cache
@require_safe
def case(request: HttpRequest, folio: str) -> HttpResponse:
    """The page of a case: nothing personal, so its folio is enough to read it."""
    told = cases.status(folio)
    return render(request, "procedures/case.html", _context(request, told))


def _context(request: HttpRequest, told: Status) -> dict[str, Any]:
    mine = _is_mine(request, told)
    return {
        "town": told.row.municipality, "told": told, "row": told.row, "sheet": told.program.definition.sheet,
        "tone": TONES.get(told.state.outcome, "none"), "mine": mine,
        "sent": request.GET.get("enviada") == "1", "code": bearer(request).code,
        "start_again": paying.pays_an_account(told.row), "order_over": told.todo == "pay" and payments.is_over(payments.order(told.row.order)),
        "agendas": appointments.open_agendas(told), "booked": _booked(told) if mine else (),
        "line": reserving.line_of(told.row) if told.state.state is State.WAITING_LIST else None,
    }  # fmt: skip


def _booked(told: Status) -> list[Appointment]:
    """The appointments of the case; a procedure without any is not asked for them."""
    return list(appointments.taken_by(told.row)) if told.program.definition.appointments else []


def _is_mine(request: HttpRequest, told: Status) -> bool:
    try:
        citizens.check_bearer(told.row, bearer(request))
    except Refusal:
        return False
    return True


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Where is my request? Its folio; with its code one may also act on it."""
    if request.method != "POST":
        return render(request, "procedures/find.html", {})
    check_request(request, "code.try")
    folio = read_folio(request.POST.get("folio", ""))
    try:
        row = cases.case_of(folio or "")
    except NotFound as refusal:
        return render(
            request,
            "procedures/find.html",
            {"error": refusal.detail, "folio": request.POST.get("folio", "")},
            status=404,
        )
    response = HttpResponseRedirect(reverse("procedures:case", args=[row.folio]))
    code = request.POST.get("codigo", "").strip()
    if code:
        citizens.check_bearer(row, replace(bearer(request), code=code))
        keep_case_code(response, row.folio, code)
    return response


@require_safe
def pdf(request: HttpRequest, folio: str) -> HttpResponse:
    """The signed paper of the case."""
    row = cases.case_of(folio)
    if not row.document:
        raise NotFound(
            "no_document", "Esta solicitud todavía no tiene documento. En su página verá cuándo esté."
        )
    response = HttpResponse(papers.pdf(row), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{row.document}.pdf"'
    return response


@require_POST
def new_order(request: HttpRequest, folio: str) -> HttpResponse:
    """An order to pay in place of one that expired; whoever has the folio may pay, so they may ask for it."""
    made = paying.ask_again(folio=cases.case_of(folio).folio, by="citizen", channel=CHANNEL)
    return HttpResponseRedirect(reverse("pay", args=[made]))


@require_POST
def draw(request: HttpRequest, folio: str) -> HttpResponse:
    """Prepare a paper whose PDF is not there yet."""
    papers.draw(cases.case_of(folio))
    return HttpResponseRedirect(reverse("procedures:case", args=[folio]))


@require_POST
def withdraw(request: HttpRequest, folio: str) -> HttpResponse:
    citizens.withdraw(folio=folio, bearer=bearer(request), by="citizen", channel=CHANNEL)
    return HttpResponseRedirect(reverse("procedures:case", args=[folio]))


@never_cache
@require_POST
def data(request: HttpRequest, folio: str) -> HttpResponse:
    """What I gave with this request and who looked at it: by the request's code, which opens its vault and no other."""
    told = cases.status(folio)
    citizens.check_bearer(told.row, bearer(request))
    code = bearer(request).code
    if not told.row.person or not code:
        return HttpResponseRedirect(reverse("vault:home"))
    token = custodian.ask("enter_coded", code=code)["token"]
    try:
        held = vault.own(told.row.person, token, ["case"])
        looks = custodian.ask("my_accesses", token=token, limit=50)
    finally:
        custodian.ask("close_session", token=token)
    values = [
        (one.label, one.value if isinstance(one.value, str) else "archivo adjunto")
        for one in held
        if in_case(one.item, folio)
    ]
    seen = [one["event"] for one in looks if one["event"]["kind"] not in {"own"}]
    return render(
        request, "procedures/data.html", {**_context(request, told), "values": values, "seen": seen}
    )


@never_cache
@person_required()
@require_safe
def folder(request: HttpRequest) -> HttpResponse:
    """My folder: what I asked for and how it goes, papers, payments, appointments, what I began, where my data are."""
    person = request.person.public_id  # type: ignore[attr-defined]
    here = acting(request)
    mine, drafts = cases.in_the_name_of(here) if here else (cases.of_account(person), cases.drafts_of(person))
    rows = [{"row": told.row, "label": told.label, "told": told} for told in cases.statuses(mine)]
    begun = [{"draft": one, "name": _name(one.municipality.slug, one.procedure)} for one in drafts]
    context = {
        "rows": rows, "begun": begun, "section": "folder", "papers": [one for one in mine if one.document],
        "orders": payments.orders([one.order for one in mine if one.order]), "booked": appointments.taken(mine),
    }  # fmt: skip
    return render(request, "procedures/folder.html", context)


def _name(slug: str, procedure: str) -> str:
    from alcaldia.procedures import definitions

    try:
        return definitions.program_in(slug, procedure).definition.sheet.plain_name.es
    except NotFound:
        return procedure
