"""Canonical JSON (RFC 8785): the bytes that are hashed, signed and compared."""

import hashlib
from decimal import Decimal
from typing import Any

import orjson
import rfc8785


def plain(value: Any) -> Any:
    """The same value with only JSON types.

    Decimals become the shortest JSON number; dates become ISO 8601; tuples become lists.
    RFC 8785 serialises numbers as IEEE doubles, so a Decimal of more than 15 significant
    digits would change silently; such a value raises ValueError.
    """
    return _plain(value, [])


_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


def _flat(value: dict[Any, Any]) -> bool:
    """Is there nothing to make plain, as in every leaf of the log?"""
    for key, item in value.items():
        if type(item) not in _AS_THEY_ARE or type(key) is not str or not key.isascii():
            return False
    return True


def _plain(value: Any, odd: list[Any]) -> Any:
    """`odd` collects what orjson and RFC 8785 write differently."""
    kind = type(value)
    if kind is str or value is None or kind is bool or kind is int:
        return value
    if kind is dict:
        odd += [key for key in value if type(key) is not str or not key.isascii()]
        return {str(key): item if type(item) is str else _plain(item, odd) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_plain(item, odd) for item in value]
    if isinstance(value, Decimal):
        value = _number(value)
    if isinstance(value, float) and value == value.__trunc__() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, float) and not 1e-6 <= abs(value) < 2**53:
        odd.append(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _number(value: Decimal) -> int | float:
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    number = float(value)
    if Decimal(repr(number)) != value.normalize():
        raise ValueError(f"{value} does not survive as a JSON number")
    return number


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of any value that `plain` understands.

    orjson with sorted keys writes the same bytes ten times faster, but for keys outside ASCII and
    numbers that JavaScript prints with an exponent; those go to the reference library (a property
    test compares both).
    """
    if type(value) is dict and _flat(value):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    odd: list[Any] = []
    tree = _plain(value, odd)
    return rfc8785.dumps(tree) if odd else orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)


def digest(value: Any) -> str:
    """Lower-case hexadecimal SHA-256 of the canonical bytes."""
    return hashlib.sha256(canonical(value)).hexdigest()
