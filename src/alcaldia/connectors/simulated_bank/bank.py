"""What the bank does: takes charges, is paid in many ways, gives back, settles, and tells of it."""

import json
import secrets
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from alcaldia.connectors.simulated_bank.store import Store

METHODS = ("card", "store", "transfer", "terminal")
# Chaos → what it does when somebody pays.
CHAOS = {
    "none": "Todo bien",
    "duplicate": "El aviso llega dos veces",
    "twice": "La persona paga dos veces",
    "late": "El aviso tarda un minuto",
    "lost": "El aviso nunca llega",
    "disorder": "Llegan avisos en desorden",
    "wrong_amount": "Paga otra cantidad",
    "after_expiry": "Paga después del vencimiento",
    "bad_signature": "El aviso trae una firma falsa",
    "chargeback": "Paga y luego hay contracargo",
}
LATE, HOUR = 60, 3600
FEE, TAX = 0.029, 0.16


class Bank:
    """`clock` gives seconds since 1970; `secret` signs what the bank tells and opens its API."""

    def __init__(self, folder: Path, secret: str, clock: Callable[[], float] = time.time) -> None:
        self.store, self.secret, self.clock = Store(folder), secret, clock

    # --- the city's side ---------------------------------------------------
    def charge(self, asked: dict[str, Any]) -> sqlite3.Row:
        """A new charge; the same key is the same charge."""
        known = self.store.one("SELECT * FROM charges WHERE key = ?", asked["key"])
        if known is not None:
            return known
        id = f"CH{secrets.token_hex(8).upper()}"
        row = (
            id, asked["key"], asked["method"], asked["cents"], asked["currency"], asked["concept"], asked["order"],
            asked["expires"], asked["back"], asked["notify"], _reference(asked["method"]), "open", self.clock(),
        )  # fmt: skip
        with self.store.connection() as books:
            books.execute("INSERT OR IGNORE INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        made = self.store.one("SELECT * FROM charges WHERE key = ?", asked["key"])
        assert made is not None  # noqa: S101 - it was written or somebody else's was there
        return made

    def find(self, charge: str) -> sqlite3.Row | None:
        return self.store.one("SELECT * FROM charges WHERE id = ? OR key = ?", charge, charge)

    def payments(self, charge: str) -> list[sqlite3.Row]:
        return self.store.all("SELECT * FROM payments WHERE charge = ? ORDER BY paid, rowid", charge)

    def refund(self, payment: str, cents: int, key: str) -> sqlite3.Row | None:
        """Give back; the same key gives back once. None where there is not so much."""
        with self.store.connection() as books:
            books.execute("BEGIN IMMEDIATE")
            row = books.execute("SELECT * FROM payments WHERE id = ?", (payment,)).fetchone()
            fresh = books.execute("SELECT 1 FROM refunds WHERE key = ?", (key,)).fetchone() is None
            if row is None or (fresh and row["returned"] + cents > row["cents"]):
                return None
            if fresh:
                books.execute("INSERT INTO refunds VALUES (?, ?, ?, ?)", (key, payment, cents, self.clock()))
                books.execute("UPDATE payments SET returned = returned + ? WHERE id = ?", (cents, payment))
                books.execute(
                    "UPDATE payments SET state = 'refunded' WHERE id = ? AND returned = cents", (payment,)
                )
        self.tell(payment, "refunded")
        return self.store.one("SELECT * FROM payments WHERE id = ?", payment)

    def settlement(self, on: date) -> list[dict[str, Any]]:
        """What was paid on that day, UTC, with commission and its tax; all of a day goes in one payout."""
        start = datetime(on.year, on.month, on.day, tzinfo=UTC).timestamp()
        rows = self.store.all("SELECT * FROM payments WHERE paid >= ? AND paid < ?", start, start + 24 * HOUR)
        return [_settled(row, on) for row in rows]

    # --- the person's side -------------------------------------------------
    def pay(self, charge: sqlite3.Row, chaos: str) -> str:
        """Somebody pays; the id of the (last) payment."""
        now, cents = self.clock(), charge["cents"]
        if chaos == "wrong_amount":
            cents = cents - 5000 if cents > 10_000 else cents + 5000
        if chaos == "after_expiry":
            now = max(now, charge["expires"] + HOUR)
        payment = self._paid(charge, cents, now, told=chaos != "lost")
        if chaos == "twice":
            self.tell(payment, "paid")
            payment = self._paid(charge, cents, now + 1)
        if chaos == "disorder":
            self.tell(payment, "failed", event="late-failure")
        if chaos != "lost":
            due = self.clock() + (LATE if chaos == "late" else 0)
            self.tell(payment, "paid", due=due, honest=chaos != "bad_signature")
        if chaos == "duplicate":
            self.tell(payment, "paid")
        if chaos == "disorder":
            self.tell(payment, "lapsed", event="stale-lapse")
        if chaos == "chargeback":
            self.dispute(payment)
        return payment

    def _paid(self, charge: sqlite3.Row, cents: int, at: float, told: bool = True) -> str:
        id = f"PA{secrets.token_hex(8).upper()}"
        with self.store.connection() as books:
            row = (id, charge["id"], cents, 0, "paid", at, int(told))
            books.execute("INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            books.execute("UPDATE charges SET state = 'paid' WHERE id = ?", (charge["id"],))
        return id

    def dispute(self, payment: str, kind: str = "disputed") -> None:
        """The owner of the card says it was not they (`disputed`), or loses (`reinstated`)."""
        state = "disputed" if kind == "disputed" else "paid"
        with self.store.connection() as books:
            books.execute("UPDATE payments SET state = ? WHERE id = ?", (state, payment))
        self.tell(payment, kind)

    def tell(self, payment: str, kind: str, *, event: str = "", due: float = 0, honest: bool = True) -> None:
        """Put a message into the outbox; delivery.py carries it."""
        row = self.store.one(
            "SELECT p.*, c.key, c.currency, c.notify FROM payments p JOIN charges c ON c.id = p.charge WHERE p.id = ?",
            payment,
        )
        assert row is not None  # noqa: S101 - callers have it from the books
        body = json.dumps(news(row, kind, event=event, now=self.clock())).encode()
        with self.store.connection() as books:
            books.execute(
                "INSERT INTO outbox (due, notify, body, honest) VALUES (?, ?, ?, ?)",
                (due or self.clock(), row["notify"], body, int(honest)),
            )


def news(row: sqlite3.Row, kind: str, *, event: str = "", now: float) -> dict[str, Any]:
    """One thing to tell of a payment. Its event has the same name each time, also where it is asked for."""
    cents = row["returned"] if kind == "refunded" else row["cents"]
    named = event or (f"{kind}-{cents}" if kind == "refunded" else kind)
    return {
        "event": f"{row['id']}:{named}", "kind": kind, "payment": row["id"], "charge": row["charge"], "key": row["key"],
        "cents": cents, "currency": row["currency"], "at": row["paid"] if kind == "paid" else now,
    }  # fmt: skip


def _settled(row: sqlite3.Row, on: date) -> dict[str, Any]:
    fee = round(row["cents"] * FEE)
    tax = round(fee * TAX)
    return {
        "row": f"{row['id']}:payment", "charge": row["id"], "kind": "payment", "gross": row["cents"], "fee": fee,
        "tax": tax, "net": row["cents"] - fee - tax, "on": on.isoformat(), "payout": f"DISP-{on:%Y%m%d}",
    }  # fmt: skip


def _reference(method: str) -> str:
    """What is typed at a till (16 digits) or into a transfer (a CLABE of 18 with its check digit)."""
    if method != "transfer":
        return f"93{secrets.randbelow(10**14):014}"
    digits = f"646180{secrets.randbelow(10**11):011}"
    return digits + str(clabe_digit(digits))


def clabe_digit(first17: str) -> int:
    """Check digit of a CLABE: weights 3, 7, 1 modulo 10 (Banco de México)."""
    total = sum(int(digit) * (3, 7, 1)[at % 3] % 10 for at, digit in enumerate(first17))
    return (10 - total % 10) % 10
