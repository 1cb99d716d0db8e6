"""The public catalogue of purposes: every word for people in both languages, no code lost, no unknown one given."""

import re

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.vault import purposes

EVER = {
    "resolve-request", "review-changes", "decide-appeal", "certify-no-debt", "decide-residency", "verify-identity", "complete-file",
    "clarify-account", "pay-out", "assess-support", "deliver-notice", "health-care",
}  # fmt: skip
"""Signed grants carry these for ever: add to them, take none away."""

ALONE = {purposes.RESOLVE, purposes.CHANGES, purposes.APPEAL, purposes.NO_DEBT, purposes.RESIDENCY}


@pytest.mark.parametrize("one", purposes.CATALOGUE.purposes, ids=lambda one: one.key)
def test_each_is_told_in_both_languages_and_says_why_the_law_allows_it(one):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", one.key)
    for text in (one.name, one.about, one.basis):
        assert {"es", "en"} == dict(text.words).keys()
    assert len(one.name.es) <= 60
    assert re.fullmatch(r"(dpv:[A-Z]\w+)?", one.dpv)


def test_no_code_that_was_ever_given_is_gone():
    assert purposes.BY_KEY.keys() >= EVER
    assert ALONE <= EVER


def test_what_a_procedure_asks_for_by_itself_is_not_offered_by_hand():
    offered = {one.key for one in purposes.by_hand()}
    assert offered
    assert not offered & ALONE


def test_free_text_of_before_is_read_as_it_was_and_given_no_more():
    assert purposes.name("pay-out") == "Depositarle un apoyo o una devolución"
    assert purposes.name("Devolución de un pago") == "Devolución de un pago"
    with pytest.raises(Refusal, match="catálogo público"):
        purposes.check("Devolución de un pago")


def test_a_retired_purpose_reads_and_is_given_no_more(monkeypatch):
    text = b'version = 2\nsince = "2027-01-01"\n[[purposes]]\nkey = "old"\nname = "A"\nabout = "B"\nbasis = "C"\nretired = true\n'
    monkeypatch.setattr(purposes, "BY_KEY", {one.key: one for one in purposes.read(text).purposes})
    assert purposes.known("old")
    with pytest.raises(Refusal):
        purposes.check("old")


@pytest.mark.parametrize("text", [b"version = 1", b'version = 1\nsince = "x"\npurposes = [{key = "a"}]'])
def test_a_file_that_is_no_catalogue_is_none(text):
    with pytest.raises(ValueError, match="falta"):
        purposes.read(text)
