from datetime import timedelta

import pytest
from django.utils import timezone

from alcaldia.agenda import queries
from alcaldia.agenda.models import Agenda
from tests.factories.town import town as make_town

WHO = {"by": "citizen", "channel": "test"}


@pytest.fixture
def agenda(db):
    hours = {str(day): [["09:00", "13:00"]] for day in range(7)}
    town = make_town()
    return Agenda.objects.create(municipality=town, key="empleo", name="Bolsa de empleo", office="empleo",
                                 place="Presidencia", minutes=30, capacity=2, hours=hours)  # fmt: skip


def tomorrow(agenda, nth=0):
    """A turn of the day after tomorrow."""
    day = timezone.localdate() + timedelta(days=2)
    return queries.free_slots(agenda, day)[nth].starts_at
