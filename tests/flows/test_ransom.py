"""Everything killed and wiped: what citizens hold in their hands comes back, and the log proves it."""

import pytest
from django.db import connection

from alcaldia.project.backup.drill import Scene, drill

SMALL = """
from alcaldia.project import django_setup
django_setup.start(migrate=True)
from tests.factories.town import town
town()
"""


@pytest.mark.django_db
def test_a_wiped_city_comes_back_with_every_act_that_was_acknowledged():
    found = drill(Scene(SMALL, "pueblo", seconds=0.5), with_postgres=connection.vendor == "postgresql")
    assert found["problems"] == []
    assert found["acknowledged"] >= 1
    assert found["lost_s"] <= 5
    assert found["restore_s"] <= 30
