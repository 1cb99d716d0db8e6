"""Turns, seats and calendars."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.agenda.rules import hours, ical, slots
from alcaldia.agenda.rules.slots import Need, Taken

MONDAY = date(2026, 11, 30)
ZONE = ZoneInfo("America/Mexico_City")
HOURS = {"0": [["09:00", "10:00"], ["16:00", "17:10"]]}


def test_turns_fill_the_hours_and_end_before_the_office_closes():
    assert [f"{one:%H:%M}" for one in slots.turns(MONDAY, HOURS, 30, ZONE)] == [
        "09:00",
        "09:30",
        "16:00",
        "16:30",
    ]
    assert slots.turns(MONDAY + timedelta(days=1), HOURS, 30, ZONE) == []


LENGTHS = st.tuples(st.integers(0, 3), st.sampled_from([15, 30, 45, 60]), st.booleans())


@given(st.integers(1, 6), st.integers(0, 6), st.lists(LENGTHS, max_size=60))
def test_nobody_is_seated_over_anybody_whatever_lasts_how_long(capacity, at_once, asked):
    starts = slots.turns(MONDAY, HOURS, 30, ZONE)
    taken: list[Taken] = []
    for at, minutes, gives_back in asked:
        free = slots.seats(starts[at], capacity, Need(minutes, at_once), taken)
        if gives_back and taken:
            taken.pop()
        elif free:
            taken.append(Taken(starts[at], minutes, free[0]))
    for one, other in itertools.combinations(taken, 2):
        over = one.starts_at < _end(other) and other.starts_at < _end(one)
        assert not (over and one.seat == other.seat)
    assert all(one.seat <= capacity for one in taken)


def _end(one):
    return one.starts_at + timedelta(minutes=one.minutes)


def test_a_long_matter_needs_the_turns_that_it_runs_over():
    first, second, *_ = slots.turns(MONDAY, HOURS, 30, ZONE)
    taken = [Taken(second, 30, 1)]
    assert slots.seats(first, 1, Need(30), taken) == [1]
    assert slots.seats(first, 1, Need(60), taken) == []
    assert slots.turns(MONDAY, HOURS, 30, ZONE, 60) == [first, slots.turns(MONDAY, HOURS, 30, ZONE)[2]]


def test_a_procedure_is_attended_only_where_fewer_than_its_own_capacity_are():
    at = slots.turns(MONDAY, HOURS, 30, ZONE)[0]
    assert slots.seats(at, 5, Need(30, 2), [Taken(at, 30, 1)]) == [2]
    assert slots.seats(at, 5, Need(30, 1), [Taken(at, 30, 1)]) == []


def test_a_turn_that_began_is_not_offered():
    starts = slots.turns(MONDAY, HOURS, 30, ZONE)
    assert len(slots.free(starts, 1, Need(30), [], starts[0])) == len(starts) - 1


def test_hours_are_read_as_people_write_them():
    assert hours.read("16:00–18:00, 9:00-14:00") == [["09:00", "14:00"], ["16:00", "18:00"]]
    assert hours.write(hours.read("9:00-14:00")) == "09:00-14:00"
    assert hours.closed("24/12/2026\n\n2026-12-31") == ["2026-12-24", "2026-12-31"]


@pytest.mark.parametrize(
    "text", ["mañana", "14:00-09:00", "09:00", "09:00-14:00, 13:00-15:00", "25:00-26:00"]
)
def test_hours_that_make_no_sense_are_a_sentence(text):
    with pytest.raises(hours.BadHours, match=r"\.$"):
        hours.read(text)


def test_a_closed_day_that_does_not_exist_is_a_sentence():
    with pytest.raises(hours.BadHours, match="no es una fecha"):
        hours.closed("30/02/2026")


@given(st.text(max_size=300))
def test_lines_of_a_calendar_are_short_and_unfold_to_what_was_said(title):
    text = ical.calendar("Pueblo", [ical.Entry("1@p", "a" + title, MONDAY)], datetime(2026, 1, 1, tzinfo=UTC))
    lines = text.encode().split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert text.endswith("END:VCALENDAR\r\n")
    assert text.count("BEGIN:VEVENT") >= 1


def test_an_appointment_is_told_in_universal_time():
    at = datetime(2026, 11, 30, 9, 0, tzinfo=ZONE)
    text = ical.calendar("P", [ical.Entry("1@p", "Cita; uno, dos", at, 30, "Presidencia")], at)
    assert "DTSTART:20261130T150000Z" in text
    assert "DTEND:20261130T153000Z" in text
    assert "SUMMARY:Cita\\; uno\\, dos" in text
