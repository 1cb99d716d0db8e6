"""The provider's own books: read day by day, kept once, and compared with our events and the bank."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.payments import queries
from alcaldia.payments.models import BankDeposit, Credit, Movement
from alcaldia.payments.rules.matching import Deposited, Difference, Ours, Reported, match


def settle(*, provider: str, on: date) -> int:
    """Read what the provider settled on that day; rows known already change nothing. How many were new.

    Raises Refusal where it does not answer, or where a row's net is not gross less fee and tax.
    """
    rows = queries.provider(provider).read_settlement(on)
    wrong = next((row for row in rows if row.net != row.gross - row.fee - row.tax), None)
    if wrong is not None:
        raise Refusal(
            "bad_settlement", f"El renglón {wrong.row} del proveedor no cuadra. Pídale una aclaración."
        )
    with transaction.atomic():
        known = set(
            Movement.objects.filter(provider=provider, row__in=[r.row for r in rows]).values_list(
                "row", flat=True
            )
        )
        fresh = [Movement(provider=provider, **row.__dict__) for row in rows if row.row not in known]
        Movement.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def record_deposit(
    *, municipality: Municipality, provider: str, payout: str, amount: Decimal, on: date
) -> BankDeposit:
    """A line of the bank statement; the same payout again corrects nothing. Raises Refusal for another amount."""
    if amount <= 0 or not payout.strip():
        raise Refusal("bad_deposit", "Escriba la referencia del depósito y una cantidad mayor que cero.")
    # A bank may date by a zone of its own, a few hours before the town's midnight.
    if on > timezone.localdate() + timedelta(days=1):
        raise Refusal("deposit_to_come", "Ese depósito lleva un día que aún no llega. Revise la fecha.")
    found, _ = BankDeposit.objects.get_or_create(
        municipality=municipality, provider=provider, payout=payout.strip(),
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
    reported = Movement.objects.filter(provider=provider).exclude(
        charge__in=credits.exclude(order__municipality=municipality)
        .filter(order__isnull=False)
        .values("charge")
    )
    ours = credits.filter(order__municipality=municipality)
    moved = reported.filter(settled_on__range=(since, until))
    told = ours.filter(occurred_at__date__gte=since, occurred_at__date__lt=until + timedelta(days=1))
    charges = Q(charge__in=moved.values("charge")) | Q(charge__in=told.values("charge"))
    received = BankDeposit.objects.filter(municipality=municipality, provider=provider)
    within = received.filter(deposited_on__range=(since, until))
    # Providers that name no payout have all of their rows under "".
    payouts = Q(payout__in=moved.exclude(payout="").values("payout")) | Q(payout__in=within.values("payout"))
    return match(
        _rows(reported.filter(charges)),
        [Ours(charge, amount) for charge, amount in ours.filter(charges).values_list("charge", "amount")],
        _rows(reported.filter(payouts)),
        [Deposited(one.payout, one.amount) for one in received.filter(payouts)],
    )


def _rows(moved: QuerySet[Movement]) -> list[Reported]:
    return [Reported(one.charge, one.kind, one.gross, one.net, one.payout) for one in moved]
