"""A case is read back in any year: what happened is not judged again by the calendar of today."""

from datetime import date

import pytest

from alcaldia.procedures import calendars, engine
from alcaldia.procedures.actions import reviewing
from alcaldia.procedures.queries import cases
from tests.procedures.conftest import sent
from tests.procedures.officials import SIGNED, official
from tests.procedures.test_reviews import opine, party

assert party
pytestmark = pytest.mark.django_db(transaction=True)
LATER = date(2041, 3, 4)


@pytest.fixture
def old(party, town, monkeypatch):
    """A case that was decided against, with a correction in between, fifteen years ago."""
    opine(party, "vialidad", town)
    who = official(town, "s", "seguridad")
    ask = {"folio": party.folio, "agency": "seguridad", "official": who, "channel": "test"}
    reviewing.ask_correction(fields={"personas": "¿Cuántas?"}, **ask)
    for module in (engine, calendars, cases, reviewing):
        monkeypatch.setattr(module, "today", lambda town: LATER)
    town.settings = {**town.settings, "calendar": {"years": [2040, 2041, 2042]}}
    town.save()
    return party


def test_an_old_case_opens_with_its_last_day_as_it_was_told(old):
    told = cases.status(old.folio)
    assert told.state.state == "correction_requested"
    assert told.state.correction_due.year < 2030


def test_the_clock_closes_what_was_left_behind(old, town):
    from alcaldia.procedures.actions import clocks

    done = clocks.run(town, LATER)
    assert done.failed == []
    old.refresh_from_db()
    assert old.state == "lapsed"


def test_a_day_of_rest_that_is_added_later_changes_nothing_that_was_done(party, town):
    opine(party, "vialidad", town)
    before = engine.state_of(party)
    town.settings = {**town.settings, "calendar": {**town.settings["calendar"], "years": [LATER.year]}}
    town.save()
    assert engine.state_of(party) == before


def test_a_paper_of_years_ago_can_still_be_annulled(town, monkeypatch):
    case, _ = sent(town, "permiso-evento", lugar="Parque", fecha="15/06/2027", personas="50", alcohol="no", ruido="no", cierra_calle="no")  # fmt: skip
    assert case.state == "issued"
    head = official(town, "jefa", "secretaria-ayuntamiento", "director")
    monkeypatch.setattr(engine, "today", lambda town: LATER)
    monkeypatch.setattr(reviewing, "today", lambda town: LATER)
    town.settings = {**town.settings, "calendar": {"years": [LATER.year]}}
    town.save()
    done = reviewing.annul(
        folio=case.folio, reason="Se dio por error.", official=head, channel="test", signature=SIGNED
    )
    assert done.state == "annulled"
