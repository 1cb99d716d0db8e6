"""The pages of an order. A GET shows; only a POST asks a provider, and only its answer or its word confirms."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.documents import actions as documents
from alcaldia.documents import queries as issued
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.folio import read_folio
from alcaldia.ledger import queries as ledger
from alcaldia.payments import actions, queries
from alcaldia.payments.models import PaymentAttempt, PaymentOrder
from alcaldia.procedures.queries import charged
from alcaldia.web.components.wording import SPANISH
from alcaldia.web.portal.paying import words
from alcaldia.web.portal.paying.barcode import bars

CHANNEL, PAYER = "portal", "citizen"
AGAIN = "5"
"""Seconds after which a page that waits for a payment shows itself again, without any script."""


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Type a folio; the order's page answers."""
    typed = request.GET.get("folio", "").strip()
    if not typed:
        return render(request, "paying/find.html", {})
    try:
        folio = queries.order(typed).folio
    except NotFound as unknown:
        return render(
            request, "paying/find.html", {"typed": typed[:60], "problem": unknown.detail}, status=404
        )
    return HttpResponseRedirect(reverse("pay", args=[folio]))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, folio: str) -> HttpResponse:
    """What is owed, line by line; a POST chooses how to pay."""
    owed = queries.order(folio)
    if request.method != "POST":
        return render(request, "paying/order.html", _shown(owed, queries.attempts_of(owed)))
    provider, _, method = request.POST.get("con", "").partition(":")
    attempt = actions.start_attempt(order=owed, provider=provider, method=method, by=PAYER, channel=CHANNEL)
    return HttpResponseRedirect(reverse("pay-attempt", args=[owed.folio, attempt.number]))


def _shown(owed: PaymentOrder, tries: list[PaymentAttempt]) -> dict[str, Any]:
    late = timezone.now() > owed.expires_at
    payable = owed.state == "issued" and not late
    ways = queries.ways_to_pay(owed) if payable else []
    return {
        "order": owed,
        "lines": owed.lines if get_language() == SPANISH else charged.worded(owed),
        "town": owed.municipality,
        "badge": words.badge(owed, late=late),
        "payable": payable,
        "ways": [
            {"value": f"{one.name}:{method}", "name": words.WAYS[method][0], "about": words.WAYS[method][1],
             "by": one.label, "is_demo": one.is_demo}
            for one, method in ways
        ],
        "open": [one for one in tries if one.state == "waiting"] if payable else [],
        "receipt": owed.state == "paid",
    }  # fmt: skip


@never_cache
@require_safe
def attempt(request: HttpRequest, folio: str, number: int) -> HttpResponse:
    """How to pay; where a provider's browser return lands, which confirms nothing: it shows what we know."""
    owed = queries.order(folio)
    tries = queries.attempts_of(owed)
    one = queries.numbered(tries, number)
    told = one.instructions
    drawn, width = bars(told["barcode"]) if told.get("barcode") else ([], 0)
    context = {
        **_shown(owed, tries), "attempt": one, "told": told, "bars": drawn, "width": width, "word": words.attempt_word(one),
        "way": words.WAYS.get(one.method, ("", ""))[0], "waits": _waits(one, owed),
        "until": datetime.fromisoformat(told["expires_at"]) if told.get("expires_at") else None,
        "is_demo": _is_demo(one),
    }  # fmt: skip
    response = render(request, "paying/attempt.html", context)
    if context["waits"] and one.method == "card" and timezone.now() - one.created_at < actions.GRACE / 144:
        response["Refresh"] = AGAIN
    return response


def _waits(one: PaymentAttempt, owed: PaymentOrder) -> bool:
    return owed.state == "issued" and one.state in {"started", "waiting"}


def _is_demo(one: PaymentAttempt) -> bool:
    try:
        return queries.provider(one.provider).is_demo
    except NotFound:
        return False


@require_POST
def check(request: HttpRequest, folio: str, number: int) -> HttpResponse:
    """Ask the provider now: for whom the message was lost, or who cannot wait."""
    owed = queries.order(folio)
    found = actions.refresh(queries.attempt_of(owed, number))
    there = (
        reverse("pay", args=[owed.folio])
        if found.state == "paid"
        else reverse("pay-attempt", args=[owed.folio, number])
    )
    return HttpResponseRedirect(there)


@require_POST
def receipt(request: HttpRequest, folio: str) -> HttpResponse:
    """Draw and seal the receipt unless it is there; then the file."""
    owed = _paid(folio)
    documents.issue(
        entry=ledger.entry(str(owed.receipt)),
        template="receipt",
        sketch_svg=None,
        municipality=owed.municipality,
    )
    return HttpResponseRedirect(reverse("pay-receipt-pdf", args=[owed.folio]))


@require_safe
def receipt_pdf(request: HttpRequest, folio: str) -> HttpResponse:
    """The sealed receipt."""
    owed = _paid(folio)
    response = HttpResponse(issued.pdf(str(owed.receipt)), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{owed.receipt}.pdf"'
    return response


def _paid(folio: str) -> PaymentOrder:
    owed = queries.order(read_folio(folio) or folio)
    if not owed.receipt:
        raise Refusal(
            "not_paid",
            "Esta orden todavía no está pagada: el recibo sale al confirmarse el pago.",
            status=409,
        )
    return owed
