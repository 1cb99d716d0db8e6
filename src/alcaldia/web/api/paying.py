"""Paying for other systems: an order, the ways to pay it, an attempt and what became of it; and the paper. The portal's acts."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from alcaldia.kernel.errors import NotFound
from alcaldia.payments import actions, queries
from alcaldia.payments.models import PaymentAttempt, PaymentOrder
from alcaldia.procedures import papers
from alcaldia.procedures.actions import paying
from alcaldia.procedures.queries import cases
from alcaldia.web.api.cases import ERRORS, of_town
from alcaldia.web.api.schemas import CLOSED, NO_NUL, Problem
from alcaldia.web.api.views import CHANNEL, answer
from alcaldia.web.components.rate import check_request

router = Router(tags=["Pagos"])
ERRORS = {**ERRORS, 429: Problem}
BY = "public"
PDF = {"type": "string", "format": "binary"}


class OrderLineOut(Schema):
    concept: str
    amount: str
    legal_basis: str


class WayOut(Schema):
    """`provider` and `method` go into an attempt as they are."""

    provider: str
    method: str


class OrderOut(Schema):
    """Amounts are text so that no cent is lost; `ways` is empty where it cannot be paid any more."""

    folio: str
    subject: str
    state: str
    total: str
    currency: str
    lines: list[OrderLineOut]
    expires_at: str
    receipt: str | None = None
    ways: list[WayOut]


class AttemptIn(Schema):
    model_config = CLOSED
    provider: str = Field(..., max_length=40, pattern=NO_NUL)
    method: str = Field(..., max_length=40, pattern=NO_NUL)


class AttemptOut(Schema):
    """`url`: where the person pays; `shown`: label → reference, to show or read aloud; `barcode`: digits of the voucher."""

    number: int
    state: str
    provider: str
    method: str
    kind: str
    url: str
    shown: dict[str, str]
    barcode: str
    expires_at: str


@router.get(
    "/municipalities/{slug}/orders/{folio}",
    summary="Una orden de pago: qué se debe, con qué fundamento, hasta cuándo y cómo se paga.",
    response={200: OrderOut, **ERRORS},
)
def order(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    return answer(_told(_order(slug, folio)))


@router.post(
    "/municipalities/{slug}/orders/{folio}/attempts",
    summary="Empieza a pagar; repetirlo da las mismas instrucciones, nunca otro cobro.",
    response={201: AttemptOut, **ERRORS},
)
def start(request: HttpRequest, slug: str, folio: str, payload: AttemptIn) -> HttpResponse:
    made = actions.start_attempt(
        order=_order(slug, folio), provider=payload.provider, method=payload.method, by=BY, channel=CHANNEL
    )
    return answer(_attempt(made), 201)


@router.get(
    "/municipalities/{slug}/orders/{folio}/attempts/{number}",
    summary="Un intento de pago, como se sabe ahora.",
    response={200: AttemptOut, **ERRORS},
)
def attempt(request: HttpRequest, slug: str, folio: str, number: int) -> HttpResponse:
    return answer(_attempt(queries.attempt_of(_order(slug, folio), number)))


@router.post(
    "/municipalities/{slug}/orders/{folio}/attempts/{number}/check",
    summary="Pregunta a quien cobra qué pasó; sólo eso o su aviso confirman un pago.",
    response={200: AttemptOut, **ERRORS},
)
def check(request: HttpRequest, slug: str, folio: str, number: int) -> HttpResponse:
    check_request(request, "check")
    order = _order(slug, folio)
    actions.refresh(queries.attempt_of(order, number))
    return answer(_attempt(queries.attempt_of(order, number)))


@router.post(
    "/municipalities/{slug}/cases/{folio}/order",
    summary="Pide otra orden de pago en lugar de una que venció.",
    response={201: OrderOut, **ERRORS},
)
def ask_again(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    made = paying.ask_again(folio=of_town(slug, folio), by=BY, channel=CHANNEL)
    return answer(_told(queries.order(made)), 201)


@router.get(
    "/municipalities/{slug}/cases/{folio}/document.pdf",
    summary="El documento sellado de una solicitud (application/pdf).",
    response={200: None, **ERRORS},
    openapi_extra={
        "responses": {200: {"description": "PDF", "content": {"application/pdf": {"schema": PDF}}}}
    },
)
def document(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    row = cases.case_of(of_town(slug, folio))
    if not row.document:
        raise NotFound("no_document", "Esta solicitud todavía no tiene documento.")
    response = HttpResponse(papers.pdf(row), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{row.document}.pdf"'
    return response


def _order(slug: str, folio: str) -> PaymentOrder:
    found = queries.order(folio)
    if found.municipality.slug != slug:
        raise NotFound("order_unknown", "No hay una orden de pago con ese folio en este municipio. Revíselo.")
    return found


def _told(one: PaymentOrder) -> dict[str, Any]:
    payable = one.state == "issued" and not queries.is_over(one)
    ways = queries.ways_to_pay(one) if payable else []
    return {
        "folio": one.folio, "subject": one.subject, "state": one.state, "total": f"{one.total:f}", "currency": one.currency,
        "lines": [
            {"concept": line["concept"], "amount": str(line["amount"]), "legal_basis": line.get("legal_basis", "")}
            for line in one.lines
        ],
        "expires_at": one.expires_at.isoformat(), "receipt": one.receipt,
        "ways": [{"provider": provider.name, "method": method} for provider, method in ways],
    }  # fmt: skip


def _attempt(one: PaymentAttempt) -> dict[str, Any]:
    told = one.instructions or {}
    return {
        "number": one.number, "state": one.state, "provider": one.provider, "method": one.method, "kind": told.get("kind", ""),
        "url": told.get("url", ""), "shown": told.get("shown", {}),
        "barcode": told.get("barcode", ""), "expires_at": told.get("expires_at", ""),
    }  # fmt: skip
