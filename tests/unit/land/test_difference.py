"""The difference of two rulings: nothing between equals, every changed line otherwise."""

from hypothesis import given
from hypothesis import strategies as st

from alcaldia.land.rules.difference import difference

LINE = st.fixed_dictionaries(
    {
        "check": st.sampled_from(["use", "cos", "overlay"]),
        "label": st.sampled_from(["COS", "Río", "Uso"]),
        "result": st.sampled_from(["pass", "fail", "unknown"]),
        "value": st.one_of(st.none(), st.integers(0, 3)),
        "limit": st.none(),
        "bound": st.just("max"),
        "basis": st.sampled_from(["art. 1", "art. 2"]),
        "note": st.just(""),
    }
)


def document(lines, outcome="permitted", **versions):
    return {"outcome": outcome, "lines": lines, "versions": versions}


@given(st.lists(LINE, max_size=6))
def test_a_document_does_not_differ_from_itself(lines):
    assert difference(document(lines), document(lines)).none


@given(st.lists(LINE, max_size=6), LINE)
def test_one_more_line_is_one_change(lines, extra):
    found = difference(document(lines), document([*lines, extra]))
    assert [(change.before, change.after) for change in found.changes] == [(None, extra)]


def test_versions_that_are_new_are_named():
    found = difference(document([], **{"zones@1": "a"}), document([], "prohibited", **{"zones@2": "b"}))
    assert (found.sources, found.none) == (("zones@2",), False)
