"""The bars of a voucher, read back by another hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.web.portal.paying import barcode


def read(drawn):
    """Digits of a drawn Code 128 C: widths back to symbols, check symbol tested."""
    widths = []
    for (at, wide), (after, _) in zip(drawn, [*drawn[1:], (None, 0)], strict=True):
        widths += [wide, after - at - wide] if after is not None else [wide]
    found, names = [], {one: number for number, one in enumerate(barcode._WIDTHS)}
    while len(widths) > 7:
        found.append(names["".join(map(str, widths[:6]))])
        widths = widths[6:]
    assert names["".join(map(str, widths))] == barcode.STOP
    start, *values, check = found
    assert (start + sum(n * v for n, v in enumerate(values, 1))) % 103 == check
    return "".join(f"{value:02}" for value in values)


def test_each_symbol_is_eleven_modules_and_its_own():
    assert len(set(barcode._WIDTHS)) == 107
    assert {sum(map(int, one)) for one in barcode._WIDTHS[:-1]} == {11}
    assert all(sum(map(int, one[::2])) % 2 == 0 for one in barcode._WIDTHS[:-1])


@given(st.from_regex(r"([0-9]{2}){1,12}", fullmatch=True))
def test_digits_are_read_back(digits):
    assert read(barcode.bars(digits)[0]) == digits


def test_letters_are_written_in_set_b_and_others_are_refused():
    assert barcode.symbols("A1")[:3] == [barcode.START_B, 33, 17]
    for text in ("", "ñ", "\n"):
        with pytest.raises(ValueError, match="Code 128"):
            barcode.symbols(text)
