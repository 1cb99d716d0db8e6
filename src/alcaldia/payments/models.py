"""Orders, attempts, events, credits, and the books they are compared with. No column says who pays.

What must never be false is a constraint here: amounts are more than zero, an event is kept once, a charge is
credited once, an order is paid at most once and is paid exactly where it has a receipt.
"""

from django.db import models
from django.db.models import Q

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import SavedOften
from alcaldia.payments.rules import money, states

ORDER_STATES = [(one, one) for one in states.STATES]
USES = [(one, one) for one in money.USES]
APPEND_ONLY = dict.fromkeys(
    ("payments_paymentevent", "payments_movement", "payments_paidout", "payments_payoutname"), "id"
)
"""Tables that the database refuses to change or delete, with their keys (ledger/triggers.py)."""
_WITH_RECEIPT = (states.PAID, states.DISPUTED, states.REFUNDED)


def cash(**more: object) -> models.DecimalField:
    """A column of money."""
    return models.DecimalField(max_digits=12, decimal_places=2, **more)  # type: ignore[arg-type]


class PaymentOrder(SavedOften):
    """What is owed: `subject` says what for (``case:FOLIO``, ``account:…``), `lines` why, `back` where to return.

    `receipt` is the folio of the act that paid it; each line is {concept, account, amount, legal_basis}.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    folio = models.CharField(max_length=40, unique=True)
    subject = models.CharField(max_length=160, db_index=True)
    lines = models.JSONField()
    total = cash()
    currency = models.CharField(max_length=3, default="MXN")
    state = models.CharField(max_length=10, choices=ORDER_STATES, default=states.ISSUED)
    back = models.CharField(max_length=200, blank=True)
    receipt = models.CharField(max_length=40, null=True, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["state", "expires_at"], name="orders_that_expire"),)
        constraints = (
            models.CheckConstraint(condition=Q(total__gt=0), name="an_order_asks_for_money"),
            models.CheckConstraint(
                condition=Q(state__in=_WITH_RECEIPT, receipt__isnull=False, paid_at__isnull=False)
                | (~Q(state__in=_WITH_RECEIPT) & Q(receipt__isnull=True, paid_at__isnull=True)),
                name="paid_exactly_with_a_receipt",
            ),
        )

    def __str__(self) -> str:
        return self.folio


class PaymentAttempt(SavedOften):
    """One try to pay with one provider. `key` is sent to it, `reference` is its own name for the try."""

    class State(models.TextChoices):
        STARTED = "started"
        WAITING = "waiting"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        LAPSED = "lapsed"

    order = models.ForeignKey(PaymentOrder, models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    provider = models.CharField(max_length=40)
    method = models.CharField(max_length=20)
    key = models.CharField(max_length=64, unique=True)
    amount = cash()
    state = models.CharField(max_length=10, choices=State, default=State.STARTED)
    reference = models.CharField(max_length=120, blank=True)
    instructions = models.JSONField(default=dict)
    by = models.CharField(max_length=150)
    channel = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["state", "asked_at"], name="attempts_to_ask_about"),)
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_attempt_has_an_amount"),
            models.UniqueConstraint(fields=["order", "number"], name="attempts_are_numbered"),
            models.UniqueConstraint(
                fields=["provider", "reference"], condition=~Q(reference=""), name="one_attempt_a_reference"
            ),
        )

    def __str__(self) -> str:
        return f"{self.order_id}/{self.number}"


class PaymentEvent(SavedOften):
    """What a provider said, byte by byte; the database refuses to change or delete it (migration 0002).

    Of those whose signature is wrong the first of each day is kept, under the day's name, so that it cannot occupy a real
    one and many are one row.
    """

    provider = models.CharField(max_length=40)
    event_id = models.CharField(max_length=160)
    order = models.ForeignKey(PaymentOrder, models.PROTECT, null=True, related_name="events")
    attempt = models.ForeignKey(PaymentAttempt, models.PROTECT, null=True, related_name="events")
    kind = models.CharField(max_length=12)
    charge = models.CharField(max_length=160, blank=True)
    amount = cash(null=True)
    currency = models.CharField(max_length=3, blank=True)
    raw = models.BinaryField()
    signature_ok = models.BooleanField()
    source = models.CharField(max_length=12)
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("-received_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["provider", "event_id"], name="an_event_is_kept_once"),
        )

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class Credit(SavedOften):
    """Money of one charge: applied to its order, held for a person, or returned. `pays` outlives a chargeback.

    `asked_back_at`: when its provider was asked to give it back, so that meanwhile nobody gives it back twice.
    """

    provider = models.CharField(max_length=40)
    charge = models.CharField(max_length=160)
    order = models.ForeignKey(PaymentOrder, models.PROTECT, null=True, related_name="credits")
    attempt = models.ForeignKey(PaymentAttempt, models.PROTECT, null=True, related_name="credits")
    amount = cash()
    returned = cash(default=0)
    currency = models.CharField(max_length=3)
    use = models.CharField(max_length=10, choices=USES)
    pays = models.BooleanField(default=False)
    occurred_at = models.DateTimeField()
    asked_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["provider", "charge"], name="a_charge_is_credited_once"),
            models.UniqueConstraint(fields=["order"], condition=Q(pays=True), name="an_order_is_paid_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, returned__gte=0, returned__lte=models.F("amount")),
                name="no_more_returned_than_came",
            ),
            models.CheckConstraint(
                condition=~Q(use=money.APPLIED) | Q(pays=True, order__isnull=False),
                name="applied_to_an_order",
            ),
            models.CheckConstraint(
                condition=~Q(use=money.RETURNED) | Q(returned=models.F("amount")), name="returned_whole"
            ),
        )

    def __str__(self) -> str:
        return f"{self.provider} {self.charge}"


class InboxItem(models.Model):
    """Something about money that a person must look at; it stays, with who resolved it how and why."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=20)
    order = models.ForeignKey(PaymentOrder, models.PROTECT, null=True, related_name="inbox")
    credit = models.ForeignKey(Credit, models.PROTECT, null=True, related_name="inbox")
    event = models.ForeignKey(PaymentEvent, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolution = models.CharField(max_length=12, blank=True)
    because = models.CharField(max_length=400, blank=True)
    resolved_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("opened_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolution="")
                | (Q(resolved_at__isnull=False) & ~Q(resolution="") & ~Q(because="")),
                name="resolved_with_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"


class Movement(models.Model):
    """A row of a provider's settlement: gross, what it kept, net. It never changes; `paid_out` follows it."""

    provider = models.CharField(max_length=40)
    row = models.CharField(max_length=160)
    charge = models.CharField(max_length=160)
    kind = models.CharField(max_length=12)
    gross = cash()
    fee = cash(default=0)
    tax = cash(default=0)
    net = cash()
    settled_on = models.DateField()

    class Meta:
        constraints = (
            # net = gross − fee − tax is checked where rows come in: SQLite would compute it in binary fractions.
            models.UniqueConstraint(fields=["provider", "row"], name="a_movement_is_kept_once"),
        )

    def __str__(self) -> str:
        return f"{self.provider} {self.row}"

    @property
    def payout(self) -> str:
        """The transfer in which it went to the bank, "" not yet."""
        told = getattr(self, "paid_out", None)
        return told.payout if told else ""


class PaidOut(models.Model):
    """That a movement went to the bank, and in which transfer: often told days after it, once, and for good."""

    movement = models.OneToOneField(Movement, models.PROTECT, related_name="paid_out")
    payout = models.CharField(max_length=160, db_index=True)
    told_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(payout=""), name="paid_out_in_a_transfer_with_a_name"),
        )

    def __str__(self) -> str:
        return f"{self.movement_id} {self.payout}"


class PayoutName(models.Model):
    """What else the bank's statement may call a transfer: a tracking key, a numeric reference."""

    provider = models.CharField(max_length=40)
    payout = models.CharField(max_length=160)
    name = models.CharField(max_length=160)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["provider", "payout", "name"], name="a_name_is_kept_once"),
            models.CheckConstraint(condition=~Q(name=""), name="a_name_says_something"),
        )

    def __str__(self) -> str:
        return f"{self.payout} {self.name}"


class BankDeposit(models.Model):
    """A line of the municipality's bank statement that belongs to a payout of a provider."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    provider = models.CharField(max_length=40)
    payout = models.CharField(max_length=160)
    amount = cash()
    deposited_on = models.DateField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["municipality", "provider", "payout"], name="a_deposit_is_kept_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_deposit_is_money"),
        )

    def __str__(self) -> str:
        return f"{self.provider} {self.payout}"


class CashierShift(models.Model):
    """A till from opening to closing: what was in it, what should be, what was counted."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    folio = models.CharField(max_length=40, unique=True)
    cashier = models.CharField(max_length=150)
    opened_at = models.DateTimeField()
    float_amount = cash()
    closed_at = models.DateTimeField(null=True)
    expected = cash(null=True)
    counted = cash(null=True)
    pieces = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-opened_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["municipality", "cashier"],
                condition=Q(closed_at__isnull=True),
                name="one_open_shift_each",
            ),
            models.CheckConstraint(condition=Q(float_amount__gte=0), name="no_till_below_zero"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, counted__isnull=True, expected__isnull=True)
                | Q(closed_at__isnull=False, counted__isnull=False, expected__isnull=False),
                name="closed_exactly_when_counted",
            ),
        )

    def __str__(self) -> str:
        return self.folio


class CashReceipt(models.Model):
    """Notes and coins that paid an order: what was given, what was given back."""

    shift = models.ForeignKey(CashierShift, models.PROTECT, related_name="receipts")
    credit = models.OneToOneField(Credit, models.PROTECT, related_name="cash")
    tendered = cash()
    change = cash()
    pieces = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(change__gte=0, tendered__gt=models.F("change")), name="change_is_less"
            ),
        )

    def __str__(self) -> str:
        return f"{self.shift_id} {self.credit_id}"
