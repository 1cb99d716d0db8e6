"""Questions that are answered with yes, no or "not known", without showing the values.

An operation looks at the items of a group that match its `where`. No item: not known. Decimals are text.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from alcaldia.vault.rules.grant import Operation

Argument = str | int | None


def _number(value: Any) -> Decimal:
    return Decimal(str(value))


def _contains(value: Any, wanted: Argument) -> bool:
    return wanted in value if isinstance(value, list) else value == wanted


TABLE: dict[str, tuple[Callable[[Any, Argument], bool], str]] = {
    "equals": (lambda value, wanted: bool(value == wanted), "que sea igual a lo dicho"),
    "contains": (_contains, "que esté entre los suyos"),
    "at_least": (lambda value, wanted: _number(value) >= _number(wanted), "que alcance el mínimo"),
    "at_most": (lambda value, wanted: _number(value) <= _number(wanted), "que no pase del máximo"),
    "is_zero": (lambda value, _: _number(value) == 0, "que sea cero"),
    "exists": (lambda value, _: value not in (None, "", []), "que exista"),
}
"""Name → the test of one value, and what it asks in Spanish."""
SUMS: dict[str, tuple[Callable[[Decimal, Decimal], bool], str]] = {
    "sum_at_least": (lambda total, wanted: total >= wanted, "que entre todos alcancen el mínimo"),
    "sum_at_most": (lambda total, wanted: total <= wanted, "que entre todos no pasen del máximo"),
}
"""The same of what all matching items add up to, computed where the values lie: nobody is told the sum."""


def answer(operation: Operation, items: Iterable[Mapping[str, Any]]) -> bool | None:
    """True where every matching item passes, False where one does not, None where nothing can be said.

    `items` map field names (``group.field``) to values; "contains" and "exists" ask for one item, the sums for what all add
    up to, the others for all.
    """
    chosen = [item for item in items if all(item.get(name) == value for name, value in operation.where)]
    values = [item[operation.field] for item in chosen if operation.field in item]
    whole = bool(values) and len(values) == len(chosen)
    try:
        if operation.name in SUMS:
            test, _ = SUMS[operation.name]
            total = sum((_number(value) for value in values), Decimal(0))
            return test(total, _number(operation.argument)) if whole and total.is_finite() else None
        if operation.name not in TABLE:
            return None
        results = [TABLE[operation.name][0](value, operation.argument) for value in values]
    except (InvalidOperation, TypeError, ValueError):
        return None
    if operation.name in {"contains", "exists"}:
        return any(results)
    return all(results) if whole else None
