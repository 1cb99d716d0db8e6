"""Reading payments: orders, what a person may pay with, what waits for the treasury."""

from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.folio import read_folio
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared
from alcaldia.kernel.text import sentence
from alcaldia.payments import permissions
from alcaldia.payments.models import (
    CashierShift,
    CashReceipt,
    Credit,
    InboxItem,
    PaidOut,
    PaymentAttempt,
    PaymentEvent,
    PaymentOrder,
    PayoutName,
)
from alcaldia.payments.ports import Provider, plugged
from alcaldia.payments.rules import money, states

CASH = "cash"
"""Name of the provider that is no provider: notes and coins at a counter."""


_ORDER = Prepared(lambda folio: PaymentOrder.objects.select_related("municipality").filter(folio=folio), str)
_ATTEMPTS = Prepared(lambda order: PaymentAttempt.objects.filter(order_id=order).order_by("number"), int)


def order(folio: str) -> PaymentOrder:
    """The order of a folio as a person types it. Raises NotFound."""
    found = _ORDER.first(read_folio(folio) or "")
    if found is None:
        raise NotFound(
            "order_unknown",
            sentence(
                "No hay una orden de pago con el folio %(folio)s. Revise que esté completo.", folio=folio[:40]
            ),
        )
    return found


def is_over(one: PaymentOrder) -> bool:
    """Whether an order can be paid no more although nobody did; news of a timely payment may still be on its way."""
    if one.state in (states.EXPIRED, states.CANCELLED):
        return True
    return one.state == states.ISSUED and timezone.now() > one.expires_at


def orders(folios: list[str]) -> list[PaymentOrder]:
    """The orders of these folios, the newest first."""
    rows = PaymentOrder.objects.filter(folio__in=folios) if folios else PaymentOrder.objects.none()
    return list(rows.select_related("municipality").order_by("-issued_at"))


def order_for(town: Municipality, words: str) -> PaymentOrder:
    """For a counter: the order of a folio, or the newest unpaid one of a subject. Raises NotFound."""
    orders = PaymentOrder.objects.select_related("municipality").filter(municipality=town)
    typed = words.strip()
    found = orders.filter(Q(folio=read_folio(typed) or "") | Q(subject=typed) | Q(subject=f"case:{typed}"))
    one = (
        found.order_by("-state", "-issued_at").filter(receipt=None).first()
        or found.order_by("-issued_at").first()
    )
    if one is None:
        raise NotFound("order_unknown", "No hay una orden de pago con ese folio en este municipio. Revíselo.")
    return one


def provider(name: str) -> Provider:
    """A provider that is plugged in. Raises NotFound."""
    found = plugged.providers.get(name)
    if found is None:
        raise NotFound("provider_unknown", "Esa forma de pago no está disponible. Elija otra.")
    return found


def providers_of(town: Municipality) -> list[Provider]:
    """Those that the municipality chose in `[payments] providers`; where it chose none, all that are plugged in."""
    chosen = (town.settings.get("payments") or {}).get("providers")
    names = list(plugged.providers) if chosen is None else chosen
    return [plugged.providers[name] for name in names if name in plugged.providers]


def currency_of(town: Municipality) -> str:
    """The currency that the municipality charges in: that of its newest order, pesos where it has none."""
    newest = PaymentOrder.objects.filter(municipality=town).order_by("-pk").values_list("currency", flat=True)
    return newest.first() or "MXN"


def payouts_called(providers: list[str]) -> dict[str, list[tuple[str, str]]]:
    """What a bank's statement may say → provider and payout of the transfers that it may mean."""
    found: dict[str, list[tuple[str, str]]] = {}
    told = PaidOut.objects.filter(movement__provider__in=providers)
    for provider, payout in told.values_list("movement__provider", "payout").distinct():
        found.setdefault(payout, []).append((provider, payout))
    for other in PayoutName.objects.filter(provider__in=providers):
        found.setdefault(other.name, []).append((other.provider, other.payout))
    return found


def payout_called(provider: str, words: str) -> str:
    """The payout of that name, or the only one that the bank shows so; else what was written."""
    own = PaidOut.objects.filter(movement__provider=provider, payout=words)
    others = PayoutName.objects.filter(provider=provider, name=words).values_list("payout", flat=True)[:2]
    return words if own.exists() or len(others) != 1 else others[0]


def ways_to_pay(asked: PaymentOrder) -> list[tuple[Provider, str]]:
    """Provider and method of each way in which this order can be paid."""
    return [
        (one, method)
        for one in providers_of(asked.municipality)
        for method in one.capabilities().methods
        if asked.total <= one.capabilities().largest.get(method, asked.total)
    ]


def attempts_of(asked: PaymentOrder) -> list[PaymentAttempt]:
    """Every attempt of an order, the first one first."""
    found = _ATTEMPTS(asked.pk)
    for one in found:
        one.order = asked
    return found


def attempt_of(asked: PaymentOrder, number: int) -> PaymentAttempt:
    """One attempt of an order. Raises NotFound."""
    return numbered(attempts_of(asked), number)


def numbered(tries: list[PaymentAttempt], number: int) -> PaymentAttempt:
    """The attempt of that number among those of an order. Raises NotFound."""
    found = next((one for one in tries if one.number == number), None)
    if found is None:
        raise NotFound(
            "attempt_unknown", "Ese intento de pago no existe. Vuelva a la orden y elija cómo pagar."
        )
    return found


def last_attempt(asked: PaymentOrder) -> PaymentAttempt | None:
    return next(reversed(attempts_of(asked)), None)


def paying_credit(asked: PaymentOrder) -> Credit | None:
    """The money that paid the order."""
    return asked.credits.filter(pays=True).first()


def inbox(town: Municipality, *, resolved: bool = False) -> QuerySet[InboxItem]:
    """What waits for the treasury of a town, and what belongs to no town yet."""
    rows = InboxItem.objects.select_related("order", "credit", "event")
    return rows.filter(Q(municipality=town) | Q(municipality=None), resolved_at__isnull=not resolved)


def item(town: Municipality, pk: int) -> InboxItem:
    """One item of the inbox. Raises NotFound."""
    found = (
        InboxItem.objects.select_related("order", "credit")
        .filter(Q(municipality=town) | Q(municipality=None), pk=pk)
        .first()
    )
    if found is None:
        raise NotFound("item_unknown", "Ese renglón de la conciliación no existe en este municipio.")
    return found


def open_shift(town: Municipality, cashier: str) -> CashierShift | None:
    """The cashier's open till in a town."""
    return CashierShift.objects.filter(municipality=town, cashier=cashier, closed_at=None).first()


def tills_left(town: Municipality, by: str, on: date) -> list[CashierShift]:
    """Open tills of others, which they cannot close any more and this official may."""
    opened = CashierShift.objects.filter(municipality=town, closed_at=None).exclude(cashier=by)
    return [one for one in opened.select_related("municipality") if permissions.can_close(one, by, on)]


def till_left(town: Municipality, folio: str, by: str, on: date) -> CashierShift:
    """One of `tills_left`. Raises NotFound."""
    found = next((one for one in tills_left(town, by, on) if one.folio == folio), None)
    if found is None:
        raise NotFound(
            "unknown_till", "Esa caja ya se cerró, o la cierra quien la abrió. Vuelva a la conciliación."
        )
    return found


def expected_in(shift: CashierShift) -> Decimal:
    """What must be in the till: what it began with and what stayed of each payment."""
    taken = CashReceipt.objects.filter(shift=shift).aggregate(sum=Sum("credit__amount"))["sum"] or 0
    expected: Decimal = shift.float_amount + Decimal(taken)
    return expected.quantize(Decimal("0.01"))


def unsigned(since: datetime) -> int:
    """On how many days messages with a wrong signature came since then: a wrong secret, or somebody trying."""
    names = PaymentEvent.objects.filter(signature_ok=False, received_at__gte=since).order_by()
    return len({name.rpartition(":")[2] for name in names.values_list("event_id", flat=True)})


def money_in() -> dict[str, Decimal]:
    """All money that came, by what became of it: {"in", "applied", "held", "returned"}; the last three are the first."""
    totals = {"in": Decimal(0), money.APPLIED: Decimal(0), money.HELD: Decimal(0), money.RETURNED: Decimal(0)}
    rows = Credit.objects.values("use").annotate(came=Sum("amount"), back=Sum("returned")).order_by()
    for row in rows:
        came, back = (Decimal(row[name]).quantize(Decimal("0.01")) for name in ("came", "back"))
        totals["in"] += came
        totals[money.RETURNED] += back
        if row["use"] != money.RETURNED:
            totals[row["use"]] += came - back
    return totals


def require_open(shift: CashierShift | None) -> CashierShift:
    """Raises Refusal where there is no open till."""
    if shift is None:
        raise Refusal(
            "no_open_shift", "Su caja no está abierta. Ábrala con el fondo que tiene y vuelva a cobrar."
        )
    return shift
