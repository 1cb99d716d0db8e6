"""Three books that must agree: what the provider reports, what we were told, what the bank received."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Reported:
    """A row of a provider's settlement. `payout` names the transfer to the bank in which it came, "" not yet."""

    charge: str
    kind: str
    gross: Decimal
    net: Decimal
    payout: str


@dataclass(frozen=True)
class Ours:
    """Money of one charge as our events told it."""

    charge: str
    amount: Decimal


@dataclass(frozen=True)
class Deposited:
    """A line of the bank statement with the payout's reference."""

    payout: str
    amount: Decimal


@dataclass(frozen=True)
class Difference:
    """Something that does not agree; `expected` is what the book before it says. Codes: see DIFFERENCES."""

    code: str
    reference: str
    expected: Decimal
    found: Decimal


DIFFERENCES = {
    "not_reported": "Lo recibimos y el proveedor no lo reporta",
    "not_told": "El proveedor lo reporta y no tenemos aviso",
    "other_amount": "El proveedor reporta otra cantidad",
    "not_deposited": "El proveedor lo liquidó y el banco no lo tiene",
    "other_deposit": "El banco recibió otra cantidad",
    "unknown_deposit": "El banco recibió algo que el proveedor no reporta",
}


def match(
    charged: Iterable[Reported],
    ours: Iterable[Ours],
    paid_out: Iterable[Reported],
    deposits: Iterable[Deposited],
) -> list[Difference]:
    """Every disagreement, by reference; an empty list means that all three books agree to the cent.

    `charged` are the rows of the charges that are looked at, `paid_out` all rows of the payouts: a payout gathers charges
    of several days, and only the whole of it is what the bank received.
    """
    found = _charges(charged, ours) + _payouts(paid_out, deposits)
    return sorted(found, key=lambda one: (one.code, one.reference))


def _charges(rows: Iterable[Reported], ours: Iterable[Ours]) -> list[Difference]:
    theirs = _summed((row.charge, row.gross) for row in rows if row.kind == "payment")
    mine = _summed((one.charge, one.amount) for one in ours)
    return _compared(mine, theirs, missing="not_reported", extra="not_told", other="other_amount")


def _payouts(rows: Iterable[Reported], deposits: Iterable[Deposited]) -> list[Difference]:
    sums = _summed((row.payout, row.net) for row in rows if row.payout)
    # Of a transfer that failed the money came back: it brings nothing, and no bank shows it.
    sent = {payout: net for payout, net in sums.items() if net}
    got = _summed((one.payout, one.amount) for one in deposits)
    return _compared(sent, got, missing="not_deposited", extra="unknown_deposit", other="other_deposit")


def _summed(pairs: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for name, amount in pairs:
        found[name] = found.get(name, Decimal(0)) + amount
    return found


def _compared(
    expected: dict[str, Decimal], found: dict[str, Decimal], *, missing: str, extra: str, other: str
) -> list[Difference]:
    zero = Decimal(0)
    rows = []
    for name in expected.keys() | found.keys():
        wanted, got = expected.get(name), found.get(name)
        if wanted == got:
            continue
        code = missing if got is None else extra if wanted is None else other
        rows.append(
            Difference(code, name, wanted if wanted is not None else zero, got if got is not None else zero)
        )
    return rows
