"""The words of notices and their pauses."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.notices.rules import schedule, templates

FACTS = {"town": "Pueblo", "folio": "SOL-2026-AAAA", "name": "Poda", "link": "https://pueblo.example/t/"}
NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.mark.parametrize("template", templates.SAYINGS)
@pytest.mark.parametrize("channel", ["email", "sms", "whatsapp"])
def test_every_notice_says_folio_procedure_town_and_where_to_look(template, channel):
    written = templates.write(template, channel, FACTS)
    assert all(value in written.text for value in FACTS.values())
    assert "{" not in written.title + written.text


def test_a_term_is_said_only_where_there_is_one():
    assert "3/12" in templates.write("term_near", "sms", FACTS | {"until": "3/12/2026"}).text
    assert "tardar" not in templates.write("term_near", "sms", FACTS).text


@given(st.text(min_size=1, max_size=400))
def test_a_long_name_still_leaves_an_sms_short(name):
    assert len(templates.write("correction_asked", "sms", FACTS | {"name": name}).text) < 320


@given(st.integers(1, 40))
def test_pauses_grow_and_end(attempts):
    one, after = schedule.next_try(attempts, NOW), schedule.next_try(attempts + 1, NOW)
    assert after is None or (one is not None and one < after)
    assert (one is None) == (attempts > len(schedule.PAUSES))


HOURS = {
    "00:00": False,
    "07:59": False,
    "08:00": True,
    "13:30": True,
    "19:59": True,
    "20:00": False,
    "23:59": False,
}


@pytest.mark.parametrize("hour", HOURS)
def test_reminders_go_by_day(hour):
    assert schedule.by_day(time.fromisoformat(hour)) is HOURS[hour]
