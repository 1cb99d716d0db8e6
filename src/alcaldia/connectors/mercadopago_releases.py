"""Mercado Pago's report of releases: every movement of the money there, in order, withdrawals to the bank among them. Pure.

A withdrawal takes from the balance, not payments: all that moved since the one before belongs to it, and what the balance
held before and holds after is a row each. So the rows of a withdrawal add up to what the bank receives, to the cent.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from alcaldia.payments.ports import SettledRow

COLUMNS = (
    "DATE", "SOURCE_ID", "EXTERNAL_REFERENCE", "RECORD_TYPE", "DESCRIPTION", "NET_CREDIT_AMOUNT", "NET_DEBIT_AMOUNT",
    "GROSS_AMOUNT", "MP_FEE_AMOUNT", "FINANCING_FEE_AMOUNT", "SHIPPING_FEE_AMOUNT", "TAXES_AMOUNT",
)  # fmt: skip
"""What is asked of a report that is configured for the first time."""
NEEDED = frozenset(COLUMNS) - {
    "EXTERNAL_REFERENCE",
    "MP_FEE_AMOUNT",
    "FINANCING_FEE_AMOUNT",
    "SHIPPING_FEE_AMOUNT",
}
WITHDRAWALS = ("payout", "payouts", "payouts_cash", "withdrawal")
OPENING = "initial_available_balance"
KINDS = {"payment": "payment", "refund": "refund", "chargeback": "chargeback"}
ZERO = Decimal(0)


class BadReport(ValueError):
    """What the report lacks, or the line that cannot be read."""


@dataclass(frozen=True)
class Entry:
    """A line: `net` is what it adds to the balance."""

    at: datetime
    source: str
    what: str
    net: Decimal
    gross: Decimal
    taxes: Decimal


def read(data: bytes) -> tuple[Decimal, list[Entry]]:
    """The balance before the first line, and the lines, the oldest first. Raises BadReport."""
    text = data.decode("utf-8-sig", errors="replace")
    separator = max(",;", key=text.partition("\n")[0].count)
    lines = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        # A translated heading carries its code at the end: «Fecha de liberación (DATE)».
        heading = [_code(name) for name in next(lines, [])]
        rows = [dict(zip(heading, line, strict=False)) for line in lines]
    except csv.Error as error:
        raise BadReport(str(lines.line_num)) from error
    if lacking := sorted(NEEDED - set(heading)):
        raise BadReport(lacking[0])
    opening, entries = ZERO, []
    for number, line in enumerate(rows, start=2):
        try:
            if line.get("RECORD_TYPE") == OPENING:
                opening = _net(line)
            elif line.get("RECORD_TYPE") == "release":
                entries.append(_entry(line))
        except (KeyError, ValueError, InvalidOperation) as error:
            raise BadReport(str(number)) from error
    return opening, sorted(entries, key=lambda one: one.at)


def settled(opening: Decimal, entries: Iterable[Entry], on: date) -> list[SettledRow]:
    """The rows of that day, and all rows of that day's withdrawals."""
    found: dict[str, SettledRow] = {}
    seen: Counter[str] = Counter()
    since: list[SettledRow] = []
    before = balance = opening
    for one in entries:
        balance += one.net
        day = one.at.astimezone(UTC).date()
        if one.what in WITHDRAWALS and one.net < 0:
            rows = [*since, *_edges(one, before, balance, day)]
            found |= {row.row: replace(row, payout=one.source) for row in rows if on == day}
            since, before = [], balance
            continue
        row = _row(one, seen, day)
        since.append(row)
        if one.what in WITHDRAWALS and day == on:
            # The bank sent it back: what went out comes in again, and that withdrawal brought nothing.
            found[f"{one.source}:returned"] = replace(
                _other(f"{one.source}:returned", -one.net, day), payout=one.source
            )
        if day == on:
            found[row.row] = row
    return list(found.values())


def _edges(one: Entry, before: Decimal, after: Decimal, day: date) -> list[SettledRow]:
    """What a withdrawal took from an earlier balance, left in it, and cost."""
    cost = abs(one.net) - abs(one.gross)
    named = (("before", before), ("after", -after), ("cost", -cost))
    return [_other(f"{one.source}:{name}", amount, day) for name, amount in named if amount]


def _row(one: Entry, seen: Counter[str], day: date) -> SettledRow:
    kind = KINDS.get(one.what, "other")
    if kind == "payment" and one.net <= 0:
        kind = "other"
    name = f"{one.source}:payment" if kind == "payment" else f"{one.source}:{one.what}:{one.at.isoformat()}"
    seen[name] += 1
    name += f"#{seen[name]}" if seen[name] > 1 else ""
    if kind == "other":
        return _other(name, one.net, day)
    tax = -one.taxes
    return SettledRow(name, one.source, kind, one.gross, one.gross - tax - one.net, tax, one.net, day)


def _other(name: str, amount: Decimal, day: date) -> SettledRow:
    return SettledRow(name[:160], "", "other", amount, ZERO, ZERO, amount, day)


def _entry(line: dict[str, str]) -> Entry:
    return Entry(
        datetime.fromisoformat(line["DATE"]), line["SOURCE_ID"], line["DESCRIPTION"], _net(line),
        _amount(line["GROSS_AMOUNT"]), _amount(line["TAXES_AMOUNT"]),
    )  # fmt: skip


def _net(line: dict[str, str]) -> Decimal:
    return _amount(line["NET_CREDIT_AMOUNT"]) - _amount(line["NET_DEBIT_AMOUNT"])


def _amount(text: str) -> Decimal:
    return Decimal("0" if text == "" else text).quantize(Decimal("0.01"))


def _code(name: str) -> str:
    found = re.search(r"\(([A-Z_]+)\)\s*$", name)
    return found[1] if found else name.strip().upper()
