"""The provider's own books: read day by day, kept once, and compared with our events and the bank."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.payments import queries
from alcaldia.payments.models import BankDeposit, Credit, Movement, PaidOut, PayoutName
from alcaldia.payments.ports import SettledRow
from alcaldia.payments.rules.matching import Deposited, Difference, Ours, Reported, match


def settle(*, provider: str, on: date) -> int:
    """Read what the provider settled on that day, and what went to the bank on it. How many rows were new.

    Rows known already stay as they are, but for this: one that had not gone to the bank learns its transfer.
    Raises Refusal where it does not answer, or where a row's net is not gross less fee and tax.
    """
    rows = queries.provider(provider).read_settlement(on)
    wrong = next((row for row in rows if row.net != row.gross - row.fee - row.tax), None)
    if wrong is not None:
        raise Refusal(
            "bad_settlement", f"El renglón {wrong.row} del proveedor no cuadra. Pídale una aclaración."
        )
    with transaction.atomic():
        known = _pks(provider, rows)
        fresh = [_movement(provider, row) for row in rows if row.row not in known]
        Movement.objects.bulk_create(fresh, ignore_conflicts=True)
        _paid_out(provider, [row for row in rows if row.payout])
    return len(fresh)


def _pks(provider: str, rows: Iterable[SettledRow]) -> dict[str, int]:
    names = [row.row for row in rows]
    return dict(Movement.objects.filter(provider=provider, row__in=names).values_list("row", "pk"))


def _movement(provider: str, row: SettledRow) -> Movement:
    figures = {"gross": row.gross, "fee": row.fee, "tax": row.tax, "net": row.net}
    return Movement(
        provider=provider, row=row.row, charge=row.charge, kind=row.kind, settled_on=row.settled_on, **figures
    )


def _paid_out(provider: str, rows: list[SettledRow]) -> None:
    """What is told of transfers; of a movement whose transfer is known nothing changes."""
    pks, now = _pks(provider, rows), timezone.now()
    told = [PaidOut(movement_id=pks[row.row], payout=row.payout, told_at=now) for row in rows]
    PaidOut.objects.bulk_create(told, ignore_conflicts=True)
    names = {(row.payout, row.traced) for row in rows if row.traced and row.traced != row.payout}
    PayoutName.objects.bulk_create(
        [PayoutName(provider=provider, payout=payout, name=name) for payout, name in sorted(names)],
        ignore_conflicts=True,
    )


def record_deposit(
    *, municipality: Municipality, provider: str, payout: str, amount: Decimal, on: date
) -> BankDeposit:
    """A line of the bank statement; the same payout again corrects nothing. Raises Refusal for another amount.

    `payout` is the transfer's own name, or another one by which the bank shows it.
    """
    if amount <= 0 or not payout.strip():
        raise Refusal("bad_deposit", "Escriba la referencia del depósito y una cantidad mayor que cero.")
    # A bank may date by a zone of its own, a few hours before the town's midnight.
    if on > timezone.localdate() + timedelta(days=1):
        raise Refusal("deposit_to_come", "Ese depósito lleva un día que aún no llega. Revise la fecha.")
    found, _ = BankDeposit.objects.get_or_create(
        municipality=municipality, provider=provider, payout=queries.payout_called(provider, payout.strip()),
        defaults={"amount": amount, "deposited_on": on},
    )  # fmt: skip
    if found.amount != amount:
        raise Refusal("deposit_known", f"Ese depósito ya está capturado por {found.amount:,.2f}.", status=409)
    return found


def three_way(municipality: Municipality, provider: str, *, since: date, until: date) -> list[Difference]:
    """What does not agree among the provider's report, our events and the bank, both days included.

    Whatever begins within the span is followed beyond its edges: a charge of one evening is settled the next day, and a
    payout gathers several days. Charges of other towns that share the provider are theirs; one that nobody knows is shown.
    """
    credits = Credit.objects.filter(provider=provider)
    theirs = credits.exclude(order__municipality=municipality).filter(order__isnull=False).values("charge")
    shared = Movement.objects.filter(provider=provider, charge__in=theirs).exclude(paid_out=None)
    # Fees and adjustments name no charge: in a transfer that holds another town's they are not ours to miss.
    reported = (
        Movement.objects.filter(provider=provider)
        .exclude(charge__in=theirs)
        .exclude(charge="", paid_out__payout__in=shared.values("paid_out__payout"))
        .select_related("paid_out")
    )
    ours = credits.filter(order__municipality=municipality)
    moved = reported.filter(settled_on__range=(since, until))
    told = ours.filter(occurred_at__date__gte=since, occurred_at__date__lt=until + timedelta(days=1))
    named = Q(charge__in=moved.exclude(charge="").values("charge")) | Q(charge__in=told.values("charge"))
    received = BankDeposit.objects.filter(municipality=municipality, provider=provider)
    within = received.filter(deposited_on__range=(since, until)).values("payout")
    sent = moved.exclude(paid_out=None).values("paid_out__payout")
    names = PayoutName.objects.filter(provider=provider)
    meant = names.filter(name__in=within).values("payout")
    paid = Q(paid_out__payout__in=sent) | Q(paid_out__payout__in=within) | Q(paid_out__payout__in=meant)
    shown = names.filter(Q(payout__in=sent) | Q(name__in=within))
    deposits = received.filter(Q(payout__in=sent) | Q(payout__in=within) | Q(payout__in=shown.values("name")))
    return match(
        _rows(reported.filter(named)),
        [Ours(charge, amount) for charge, amount in ours.filter(named).values_list("charge", "amount")],
        _rows(reported.filter(paid)),
        _deposited(deposits, shown),
    )


def _deposited(deposits: QuerySet[BankDeposit], names: QuerySet[PayoutName]) -> list[Deposited]:
    """Deposits by the transfer's own name, also those that were written down before the provider told what the bank calls it."""
    called: dict[str, set[str]] = {}
    for one in names:
        called.setdefault(one.name, set()).add(one.payout)
    own = {name: payouts.pop() for name, payouts in called.items() if len(payouts) == 1}
    return [Deposited(own.get(one.payout, one.payout), one.amount) for one in deposits]


def _rows(moved: QuerySet[Movement]) -> list[Reported]:
    return [Reported(one.charge, one.kind, one.gross, one.net, one.payout) for one in moved]
