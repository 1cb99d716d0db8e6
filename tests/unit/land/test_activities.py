"""What people call a business."""

import pytest

from alcaldia.land.activities import suggest
from alcaldia.land.models import ActivityRow
from alcaldia.land.rulebook import published
from tests.factories.town import town

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("said", "code"),
    [("abarrotes", "461110"), ("abarrotes al mayoreo", "431110"), ("venta de abarrotes por mayor", "431110")],
)
def test_a_shop_comes_before_the_warehouse_unless_wholesale_is_said(said, code):
    town()
    version = ActivityRow.objects.all()[0].version
    ActivityRow.objects.create(
        version=version, code="431110", name="Abarrotes al mayoreo", synonyms="abarrotes por mayor"
    )
    assert suggest(published("pueblo"), said)[0].code == code
