"""YAML of officials: text stays text, and what is doubtful is refused with its line."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.strict_yaml import read


def test_no_and_dates_stay_text_and_figures_are_exact():
    found = read("a: no\nb: si\nc: 2026-01-01\nd: 0.1\ne: 12\nf: true\ng: '5'\nh:").value
    assert found == {"a": "no", "b": "si", "c": "2026-01-01", "d": Decimal("0.1"), "e": 12, "f": True, "g": "5", "h": None}  # fmt: skip


def test_a_path_knows_its_line():
    document = read("a: 1\nb:\n  - x\n  - y: 2\n")
    assert [document.line(path) for path in (("a",), ("b", 1, "y"), ("b", 1, "nothing"))] == [1, 4, 4]


BAD = {
    "a: 1\na: 2": (2, "dos veces"),
    "a: &x 1\nb: *x": (1, "anclas"),
    "a: !!python/object:os.system x": (1, "etiquetas"),
    "a: [1": (1, "no se entiende"),
    "": (1, "vacío"),
    "a: 1\n---\nb: 2": (2, "dos documentos"),
    "[" * 60 + "]" * 60: (1, "niveles"),
    "? [a]\n: 1": (1, "un solo nombre"),
    "a: \x00": (1, "carácter"),
}


@pytest.mark.parametrize("text", BAD)
def test_a_doubtful_file_is_refused_with_its_line(text):
    with pytest.raises(Refusal) as refused:
        read(text)
    assert refused.value.facts["line"] in (BAD[text][0], BAD[text][0] + 1)
    assert BAD[text][1] in refused.value.detail


@given(st.text(alphabet="ab:-[]{}&*!?|>'\"# \n\t,0.", max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        found = read(text).line(())
    except Refusal as refused:
        found = refused.facts["line"]
    assert found >= 1
