"""A day is read within a calendar in which arithmetic does not overflow."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.kernel.days import FIRST, LAST, read_day


@given(
    st.dates(FIRST, LAST), st.sampled_from(["America/Mexico_City", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
)
def test_a_day_read_bears_a_week_more_or_less_in_any_zone(day, zone):
    found = datetime.combine(read_day(day.isoformat()), time.min, ZoneInfo(zone))
    for weeks in (-1, 1):
        assert (found + timedelta(weeks=weeks)).astimezone(UTC)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "2026-02-30", "ayer", "", "2026-11-30T10:00"])
def test_what_is_no_day_of_the_calendar_is_refused(text):
    with pytest.raises(ValueError, match=r"calendar|month|isoformat"):
        read_day(text)
