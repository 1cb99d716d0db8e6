"""A running case whose terms reach a year without days of rest: until when is unknown, nothing stops, and it is counted once they are loaded."""

from datetime import date, timedelta

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.notices import postman
from alcaldia.notices.models import Message
from alcaldia.notices.ports import plugged
from alcaldia.procedures import appealing, calendars, engine, lasting, telling, visiting
from alcaldia.procedures.actions import citizens, clocks, reviewing
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.models import Turn
from alcaldia.procedures.queries import cases
from alcaldia.procedures.rules import deadlines
from tests.factories.people import log_in
from tests.procedures.conftest import sent
from tests.procedures.officials import official
from tests.procedures.test_pages import words
from tests.procedures.test_reviews import EVENT, opine
from tests.procedures.test_verified import opened

pytestmark = pytest.mark.django_db(transaction=True)
THEN, NEXT = 2031, 2032
"""Years of the story; the year of the machine that runs it is another one."""
SAID = f"los días inhábiles de {NEXT}"
MODULES = (engine, calendars, cases, reviewing, clocks, appealing, citizens, visiting, telling)


@pytest.fixture
def at(town, monkeypatch):
    """Say which day it is in the town."""

    def move(day):
        for module in MODULES:
            monkeypatch.setattr(module, "today", lambda town: day)
        for page in ("inbox", "case", "heads", "entry"):
            monkeypatch.setattr(f"alcaldia.web.backoffice.cases.{page}.today", lambda town: day)
        return day

    monkeypatch.setattr(plugged, "public_url", "https://pueblo.example")
    return move


def load(town, *years):
    town.settings = {**town.settings, "calendar": {"years": list(years)}}
    town.save()


@pytest.fixture
def party(town, at):
    """A large event, in review at Christmas by three agencies, in a city that loaded that year alone; its code."""
    from alcaldia.procedures import registers

    registers.keep(town, "public_spaces", [("Parque", {"ocupado": False})])
    load(town, THEN)
    at(date(THEN, 12, 22))
    case, code = sent(town, "permiso-evento", **EVENT)
    return case, code


@pytest.fixture
def stopped(party, town, at):
    """The same, stopped by a correction that the person completes on the last working days of the year."""
    case, code = party
    who = official(town, "v", "vialidad")
    ask = {"folio": case.folio, "agency": "vialidad", "official": who, "channel": "test"}
    reviewing.ask_correction(fields={"personas": "¿Cuántas?"}, **ask)
    at(date(THEN, 12, 30))
    return citizens.comply(folio=case.folio, answers={"personas": "300"}, bearer=Bearer(code), by="citizen", channel="test"), code  # fmt: skip


def test_what_is_completed_is_kept_and_its_terms_are_unknown(stopped):
    case = stopped[0]
    case.refresh_from_db()
    assert (case.state, case.due_on, case.awaits_year) == ("in_review", None, NEXT)
    assert {turn.due_on for turn in Turn.objects.filter(case=case, state="open")} == {None}


def test_the_pages_say_that_it_is_unknown_and_why(client, stopped, town):
    case = stopped[0]
    assert f"se sabrá cuando la ciudad cargue {SAID}" in words(client.get(f"/tramite/{case.folio}/"))
    log_in(client, official(town, "vial", "vialidad", "director"))
    assert f"se sabrá al cargar {SAID}" in words(client.get(f"/oficina/pueblo/solicitud/{case.folio}/"))
    for tab in ("new", "due"):
        assert f"se sabrá al cargar {SAID}" in words(client.get("/oficina/pueblo/bandeja/", {"lista": tab}))
    assert client.get("/oficina/pueblo/carga/").status_code == 200


def test_the_clock_does_nothing_while_it_is_unknown_and_counts_it_once_it_is_loaded(stopped, town, at):
    case = stopped[0]
    before = case.events.count()
    for day in (date(THEN, 12, 31), date(NEXT, 1, 20)):
        done = clocks.run(town, at(day))
        assert (done.failed, done.silent, done.tacit, done.counted) == ([], 0, 0, 0)
    load(town, THEN, NEXT)
    assert [clocks.run(town, date(THEN, 12, 31)).counted for _ in range(2)] == [1, 0]
    case.refresh_from_db()
    state = engine.state_of(case)
    assert case.due_on == deadlines.due(calendars.calendar_of(town), state.clock)
    assert (case.awaits_year, case.events.count()) == (None, before)
    assert all(turn.due_on for turn in Turn.objects.filter(case=case, state="open"))


def test_terms_that_passed_meanwhile_pass_once_when_it_is_loaded(stopped, town, at):
    case, late = stopped[0], at(date(NEXT, 2, 2))
    clocks.run(town, late)
    load(town, THEN, NEXT)
    first, second = clocks.run(town, late), clocks.run(town, late)
    assert (first.counted, first.tacit, first.failed) == (1, 1, [])
    assert (second.counted, second.tacit, second.failed) == (0, 0, [])
    assert case.events.filter(kind="term_passed").count() == 1


def test_officials_go_on_where_nothing_can_be_late_and_are_told_where_only_the_calendar_can_say(
    stopped, town, at
):
    case = stopped[0]
    at(date(NEXT, 1, 2))
    assert opine(case, "seguridad", town).state == "in_review"
    at(date(NEXT, 1, 30))
    with pytest.raises(Refusal, match=SAID):
        opine(case, "proteccion-civil", town)
    assert Turn.objects.get(case=case, agency="proteccion-civil", kind="review").opinion == ""


def test_a_term_that_ended_before_the_year_did_passes_without_its_calendar(party, town, at):
    case = party[0]
    case.refresh_from_db()
    assert case.due_on.year == THEN
    done = clocks.run(town, at(date(NEXT, 1, 3)))
    assert (done.failed, done.tacit) == ([], 1)
    assert words_of(case) == 200


def words_of(case):
    """The person's page opens."""
    from django.test import Client

    return Client().get(f"/tramite/{case.folio}/").status_code


def test_a_correction_is_asked_and_its_person_has_time_enough(party, town, at):
    case = party[0]
    day = at(date(THEN, 12, 23))
    who = official(town, "v", "vialidad")
    comply = 10
    told = reviewing.ask_correction(
        folio=case.folio, agency="vialidad", fields={"lugar": "¿Dónde?"}, official=who, channel="t"
    )
    load(town, THEN, NEXT)
    counted = deadlines.add_working_days(calendars.calendar_of(town), day, comply)
    assert told.due_on >= counted
    assert clocks.run(town, counted).lapsed == 0


def test_the_term_to_appeal_is_never_shorter_than_the_calendar_would_say(party, town, at):
    case = party[0]
    day = at(date(THEN, 12, 23))
    for agency in ("vialidad", "seguridad", "proteccion-civil"):
        opine(case, agency, town)
    told = cases.status(case.folio)
    assert told.appeal_until >= day + timedelta(days=20)
    assert "appealed" in told.may


def test_an_appeal_is_taken_and_the_term_of_its_answer_is_counted_later(town, broker, at):
    load(town, THEN)
    at(date(THEN, 12, 22))
    case, code = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="722412", area="40")
    citizens.appeal(
        folio=case.folio, reasons="El giro sí se permite.", bearer=Bearer(code), by="citizen", channel="t"
    )
    turn = Turn.objects.get(case=case, kind="appeal")
    assert (turn.state, turn.due_on, turn.case.awaits_year) == ("open", None, NEXT)
    load(town, THEN, NEXT)
    assert clocks.run(town, at(date(NEXT, 1, 5))).counted == 1
    turn.refresh_from_db()
    assert turn.due_on == deadlines.add_working_days(calendars.calendar_of(town), date(THEN, 12, 22), 20)


def test_a_paper_whose_visit_nobody_can_date_is_issued_and_says_who_will_come(client, town, broker, at):
    load(town, THEN)
    at(date(THEN, 12, 22))
    case = opened(town)
    turn = Turn.objects.get(case=case, kind="verification")
    assert (case.state, turn.due_on, case.awaits_year) == ("issued", None, NEXT)
    assert "until" not in Message.objects.get(template="verification").facts
    assert "a verificar lo que declaró. Su documento vale" in words(client.get(f"/tramite/{case.folio}/"))
    load(town, THEN, NEXT)
    clocks.run(town, at(date(NEXT, 1, 5)))
    turn.refresh_from_db()
    assert turn.due_on.year == NEXT


def test_reminders_go_on_for_everybody_else(party, town, at):
    case = party[0]
    who = official(town, "v", "vialidad")
    told = reviewing.ask_correction(
        folio=case.folio, agency="vialidad", fields={"lugar": "¿Dónde?"}, official=who, channel="t"
    )
    told.contact = postman.pack({"email": "ana@ejemplo.mx"})
    told.save()
    near = told.due_on - timedelta(days=1)
    assert (telling.remind(town, near), Message.objects.filter(template="term_near").count()) == (1, 1)


def test_days_left_are_not_said_where_they_cannot_be_counted(party, town):
    case = party[0]
    assert lasting.days_left(case, date(THEN, 12, 8), date(THEN, 12, 10)) == 2
    assert lasting.days_left(case, date(THEN, 12, 8), date(NEXT, 1, 10)) is None
