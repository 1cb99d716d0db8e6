"""Turns, seats and calendars."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from alcaldia.agenda.rules import ical, slots

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


@given(st.integers(1, 6), st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60))
def test_seats_never_exceed_the_capacity(capacity, asked):
    starts = slots.turns(MONDAY, HOURS, 30, ZONE)
    held: dict[datetime, set[int]] = {one: set() for one in starts}
    for at, gives_back in asked:
        seats = held[starts[at]]
        seat = slots.seat(capacity, seats)
        if gives_back and seats:
            seats.discard(min(seats))
        elif seat:
            assert seat not in seats
            seats.add(seat)
    taken = {at: len(seats) for at, seats in held.items()}
    free = {one.starts_at: one.left for one in slots.free(starts, capacity, taken, starts[0] - timedelta(1))}
    assert all(taken[at] + free.get(at, 0) == capacity for at in starts)


def test_a_turn_that_began_is_not_offered():
    starts = slots.turns(MONDAY, HOURS, 30, ZONE)
    assert len(slots.free(starts, 1, {}, starts[0])) == len(starts) - 1


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
