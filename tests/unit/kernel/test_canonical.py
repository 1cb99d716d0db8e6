"""Canonical JSON is RFC 8785 to the byte, whichever library wrote it."""

from datetime import date
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.kernel.canonical import canonical, plain

SAFE = 2**53 - 1
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-SAFE, SAFE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(values)
def test_the_fast_way_writes_the_bytes_of_the_reference(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.60"), b"0.6"),
        (Decimal("250.00"), b"250"),
        (1.0, b"1"),
        (1e-7, b"1e-7"),
        (1e21, b"1e+21"),
        (date(2026, 3, 1), b'"2026-03-01"'),
        ({"b": 1, "a": (2, None)}, b'{"a":[2,null],"b":1}'),
        ("\u0007é\u2028", '"\\u0007é\u2028"'.encode()),
    ],
)
def test_values_of_the_domain(value, text):
    assert canonical(value) == text


def test_a_decimal_that_a_double_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="survive"):
        canonical(Decimal("0.12345678901234567891"))


def test_plain_has_only_json_types():
    assert plain({1: Decimal("1.5"), "d": date(2026, 1, 2)}) == {"1": 1.5, "d": "2026-01-02"}
