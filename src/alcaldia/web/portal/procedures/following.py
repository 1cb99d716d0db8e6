"""Following a case: who has it, since when, until when, what I must do; and what I may still do."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.agenda.models import Appointment
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.folio import read_folio
from alcaldia.kernel.text import named
from alcaldia.payments import queries as payments
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import accounts, opened, papers, personal_paper, renewing, reserving
from alcaldia.procedures.actions import citizens, paying
from alcaldia.procedures.calendars import today
from alcaldia.procedures.models import Case
from alcaldia.procedures.names import agency_name
from alcaldia.procedures.protected import VISIT, field_of
from alcaldia.procedures.queries import appointments, cases
from alcaldia.procedures.queries.cases import Status
from alcaldia.procedures.queries.offered import name_of
from alcaldia.procedures.rules.flow import State
from alcaldia.vault import custodian, purposes
from alcaldia.vault import queries as vault
from alcaldia.vault.rules import access, offices
from alcaldia.vault.rules.catalogue import SEAL, in_case
from alcaldia.web.components.access import person_required
from alcaldia.web.components.rate import check_request
from alcaldia.web.portal.paying.words import badge
from alcaldia.web.portal.procedures.coded import acting, bearer, keep_case_code, keep_draft_code
from alcaldia.web.portal.procedures.filling import CHANNEL, next_page
from alcaldia.web.portal.procedures.finding import offers
from alcaldia.web.portal.procedures.permits import called

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
        "start_again": accounts.pays_an_account(told.row), "order_over": told.todo == "pay" and payments.is_over(payments.order(told.row.order)),
        "offers": offers(told.row.municipality, told.offers), "agendas": appointments.open_agendas(told), "booked": _booked(told) if mine else (),
        "line": reserving.line_of(told.row) if told.state.state is State.WAITING_LIST else None,
        **_renewal(told.row, renewing.under_way([told.row])),
        "own_paper": mine and bool(personal_paper.offered(told.row, told.program, bearer(request))),
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
    """Where is my request? Its folio; with its code one may also act on it. The code alone goes on with what is not sent yet."""
    if request.method != "POST":
        return render(request, "procedures/find.html", {})
    check_request(request, "code.try")
    folio = read_folio(request.POST.get("folio", ""))
    if not request.POST.get("folio", "").strip() and request.POST.get("codigo", "").strip():
        return _by_code(request, request.POST["codigo"].strip())
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


def _by_code(request: HttpRequest, code: str) -> HttpResponse:
    """The draft of this code, at its first step that is not done, or the request that it became."""
    draft = opened.named_by(code)
    if draft is None:
        wrong = gettext(
            "Ningún trámite empezado tiene ese código. Revíselo, o escriba el folio si ya lo envió."
        )
        return render(request, "procedures/find.html", {"code_error": wrong}, status=404)
    if draft.folio:
        response = HttpResponseRedirect(reverse("procedures:case", args=[draft.folio]))
        keep_case_code(response, draft.folio, code)
        return response
    response = HttpResponseRedirect(next_page(opened.by_code(draft.public_id, code)))
    keep_draft_code(response, draft.public_id, code)
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
        looks = custodian.ask("my_accesses", token=token, limit=50)
        held = vault.own(told.row.person, token, ["case"])
    finally:
        custodian.ask("close_session", token=token)
    values = [
        (_called(told, one.field), one.value if isinstance(one.value, str) else "archivo adjunto")
        for one in held
        if in_case(one.item, folio) and not one.field.startswith(SEAL)
    ]
    told_of = (*access.BY_OTHERS, access.OWN)
    seen = [_look(told, one["event"]) for one in looks if one["event"]["kind"] in told_of]
    return render(
        request, "procedures/data.html", {**_context(request, told), "values": values, "seen": seen}
    )


def _called(told: Status, field: str) -> str:
    """What the vault holds of this case, as its procedure asks for it."""
    return "Fotos de la visita" if field == field_of(VISIT) else called(told.program.definition.data, field)


def _look(told: Status, event: dict[str, Any]) -> dict[str, Any]:
    """Who looked at what, why and when, in words."""
    return {
        "word": access.LABELS[event["kind"]], "who": event["official"] or "El sistema", "office": agency_name(told.row.municipality, offices.split(event["office"])[1]), "purpose": purposes.name(event["purpose"]),
        "at": datetime.fromisoformat(event["at"]), "own": event["kind"] == access.OWN,
        "fields": [_called(told, one) for one in event["fields"]],
    }  # fmt: skip


@never_cache
@person_required()
@require_safe
def folder(request: HttpRequest) -> HttpResponse:
    """My folder: what I asked for and how it goes, papers, payments, appointments, what I began, where my data are."""
    person = request.person.public_id  # type: ignore[attr-defined]
    here = acting(request)
    mine, drafts = cases.in_the_name_of(here) if here else (cases.of_account(person), cases.drafts_of(person))
    asked = renewing.under_way(mine)
    rows: list[dict[str, Any]] = [
        {
            "row": told.row,
            "label": told.label,
            "told": told,
            "paper": _paper(told),
            **_renewal(told.row, asked),
        }
        for told in cases.statuses(mine)
    ]
    begun = [{"draft": one, "name": name_of(one.municipality.slug, one.procedure)} for one in drafts]
    context = {
        "rows": rows, "begun": begun, "section": "folder", "papers": [one for one in rows if one["row"].document],
        "orders": _orders(mine), "booked": appointments.taken(mine),
    }  # fmt: skip
    return render(request, "procedures/folder.html", context)


def _orders(mine: list[Case]) -> list[tuple[PaymentOrder, dict[str, object]]]:
    """Each payment order with its state in words."""
    now = timezone.now()
    found = payments.orders([one.order for one in mine if one.order])
    return [(one, badge(one, late=now > one.expires_at)) for one in found]


def _renewal(row: Case, asked: dict[str, Case]) -> dict[str, Any]:
    """Until when its paper is valid and, in its last days, how it is renewed or the request that does so."""
    day, found = today(row.municipality), renewing.offer(row)
    until = row.valid_until if row.state == State.ISSUED else None
    return {
        "until": until, "ended": until is not None and until < day, "renewal": asked.get(row.document) if row.document else None,
        "renews": found is not None and found.since <= day <= found.until,
    }  # fmt: skip


def _paper(told: Status) -> str:
    paper = told.program.definition.document
    return named(paper.title) if paper else ""
