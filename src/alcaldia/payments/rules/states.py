"""The states of a payment order, as one mapping. A move that is not in it is refused."""

ISSUED, PAID, EXPIRED, CANCELLED, DISPUTED, REFUNDED = (
    "issued", "paid", "expired", "cancelled", "disputed", "refunded",
)  # fmt: skip

MOVES: dict[tuple[str, str], str] = {
    (ISSUED, "pay"): PAID,
    (ISSUED, "expire"): EXPIRED,
    (ISSUED, "cancel"): CANCELLED,
    # Paid in time and told late, or late and accepted by an official: the payer is not to suffer for the wire.
    (EXPIRED, "pay"): PAID,
    (PAID, "dispute"): DISPUTED,
    (PAID, "refund"): REFUNDED,
    (DISPUTED, "reinstate"): PAID,
    (DISPUTED, "refund"): REFUNDED,
}
STATES = (ISSUED, PAID, EXPIRED, CANCELLED, DISPUTED, REFUNDED)
PAYABLE = frozenset(state for state, move in MOVES if move == "pay")


def after(state: str, move: str) -> str | None:
    """The state after a move, None where it is not allowed."""
    return MOVES.get((state, move))
