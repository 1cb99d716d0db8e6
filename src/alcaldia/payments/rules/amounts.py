"""The lines of an order: what they must be and what they add up to."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

FIELDS = ("concept", "account", "amount", "legal_basis")
CENT = Decimal("0.01")
LARGEST = Decimal("9999999999.99")
DENOMINATIONS = tuple(
    Decimal(text) for text in ("1000", "500", "200", "100", "50", "20", "10", "5", "2", "1", "0.50")
)


class BadLines(ValueError):
    """Lines that cannot be charged; the text says which and why, in Spanish."""


def read_lines(lines: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, str]], Decimal]:
    """The lines as they are kept (amounts as text with two decimals) and their sum.

    An amount may be negative (a discount has its own line); the sum may not. Raises BadLines.
    """
    kept: list[dict[str, str]] = []
    total = Decimal(0)
    for number, line in enumerate(lines, start=1):
        amount = read_amount(line.get("amount"), number)
        if not str(line.get("concept") or "").strip():
            raise BadLines(f"La línea {number} no dice qué se cobra.")
        kept.append({name: str(line.get(name) or "") for name in FIELDS} | {"amount": f"{amount:.2f}"})
        total += amount
    if not kept or not 0 < total <= LARGEST:
        raise BadLines(f"La orden suma {total:.2f}: debe ser más de cero y a lo más {LARGEST:,}.")
    return kept, total


def read_amount(value: Any, number: int = 1) -> Decimal:
    """A Decimal of at most two decimals. Raises BadLines; a float is refused, for it is no money."""
    try:
        amount = Decimal(value) if isinstance(value, str | int | Decimal) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) > LARGEST or amount != amount.quantize(CENT):
        raise BadLines(f"La cantidad de la línea {number} no es dinero con dos decimales.")
    return amount.quantize(CENT)


def counted(pieces: Mapping[str, int]) -> Decimal:
    """What so many notes and coins of each denomination are worth. Raises BadLines for one that does not exist."""
    total = Decimal(0)
    for name, count in pieces.items():
        value = read_amount(name)
        if value not in DENOMINATIONS or count < 0:
            raise BadLines(f"No hay billetes ni monedas de {name}.")
        total += value * count
    return total
