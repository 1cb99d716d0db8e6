"""What payments asks of the outside: providers that move money, and listeners above that live by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

REDIRECT, SHOW_REFERENCE, TERMINAL, CASH = "redirect", "show_reference", "terminal", "cash"
# Method → how it is said. A provider names those it offers.
METHODS = {
    "card": "Tarjeta",
    "store": "Efectivo en tienda",
    "transfer": "Transferencia SPEI",
    "terminal": "Terminal de tarjeta",
    "wallet": "Cuenta digital",
}


@dataclass(frozen=True)
class Asked:
    """What a provider is asked to charge. `notify` is our webhook door; `back` where the browser returns."""

    order: str
    concept: str
    amount: Decimal
    currency: str
    method: str
    expires_at: datetime
    back: str
    notify: str


@dataclass(frozen=True)
class Instructions:
    """How the person pays. `reference` is the provider's name for the try; `shown` are label → value to show."""

    kind: str
    reference: str
    url: str = ""
    shown: dict[str, str] = field(default_factory=dict)
    barcode: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class News:
    """One thing a provider says: `kind` of rules.money.KINDS. `key` or `reference` finds the attempt, `charge` the money.

    The amount of a refund is all that was given back of the charge so far.
    """

    event_id: str
    kind: str
    charge: str
    amount: Decimal
    currency: str
    occurred_at: datetime
    reference: str = ""
    key: str = ""


@dataclass(frozen=True)
class SettledRow:
    """A row of a settlement report; `kind` is payment, refund, chargeback, or other for what concerns no charge.

    `payout` names the transfer to the bank in which it came, "" not yet; `traced` is what else the bank's statement may
    call that transfer. All rows of a transfer add up to what the bank receives.
    """

    row: str
    charge: str
    kind: str
    gross: Decimal
    fee: Decimal
    tax: Decimal
    net: Decimal
    settled_on: date
    payout: str = ""
    traced: str = ""


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do. `largest`: the most that one charge may be, by method, where there is such a limit."""

    methods: tuple[str, ...]
    refunds: bool = True
    settlement: bool = True
    largest: Mapping[str, Decimal] = field(default_factory=dict)


class BadSignature(Exception):
    """The message is not the provider's, or too old to be believed."""


class Provider(Protocol):
    """A company that moves money. Methods that ask raise Refusal("provider_down", …) when it does not answer."""

    name: str
    label: str
    is_demo: bool

    def create(self, asked: Asked, *, idempotency_key: str) -> Instructions:
        """Begin a charge. The same key is the same charge, also after a crash in between."""

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> News | None:
        """What the message says; None for one that does not concern us. Raises BadSignature."""

    def query(self, reference: str, *, key: str) -> list[News]:
        """All that the provider knows of a try now, under the same event and charge names as by webhook or others."""

    def refund(
        self, charge: str, amount: Decimal, *, currency: str, reference: str, idempotency_key: str
    ) -> News:
        """Give so much of a charge back; `reference` is that of the attempt, "" where there was none."""

    def read_settlement(self, on: date) -> list[SettledRow]:
        """The rows settled on that day, and all rows of the transfers that went to the bank on it, also older ones."""

    def capabilities(self) -> Capabilities: ...

    def check(self) -> list[str]:
        """What is missing before money can be taken, in Spanish; an empty list is ready."""


class Listener(Protocol):
    """Somebody above whose matter was paid for. Called inside the transaction that changes the order.

    A Refusal of `order_paid` leaves the money held and the order as it was; one of `order_disputed` is put before the
    treasury, for the money is gone anyway. `order_expired`: nobody paid in time, the wait for late news included.
    TryLater, and anything else, undoes the whole message, which the provider sends again.
    """

    def order_paid(self, order: Any) -> None: ...

    def order_expired(self, order: Any) -> None: ...

    def order_disputed(self, order: Any) -> None: ...


@dataclass
class Plugs:
    """What is plugged in; project/wiring.py fills it at start. `public_url` begins the addresses given to providers."""

    providers: dict[str, Provider] = field(default_factory=dict)
    listeners: list[Listener] = field(default_factory=list)
    public_url: str = ""


plugged = Plugs()
