"""Who finishes what they began: a share on the card once ten people did, and nothing before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alcaldia.procedures.models import Draft
from alcaldia.procedures.queries import usage
from tests.procedures.conftest import begun, sent
from tests.procedures.test_pages import words

pytestmark = pytest.mark.django_db
REPORT = {"que": "bache", "peligro": "no"}


def many(town, finished, left):
    for number in range(finished):
        sent(town, "reporte-ciudadano", **REPORT, lugar=f"Juárez {number}")
    for number in range(left):
        begun(town, "reporte-ciudadano", **REPORT, lugar=f"Morelos {number}")
    usage._of.cache_clear()


def test_nine_are_no_share(town):
    many(town, 6, 3)
    assert usage.of(town, "reporte-ciudadano").finished is None


def test_of_ten_the_share_is_told_and_the_card_says_it(client, town):
    many(town, 7, 3)
    assert usage.of(town, "reporte-ciudadano").finished == 70
    assert "70" in words(client.get("/m/pueblo/tramite/reporte-ciudadano/"))


def test_what_began_long_ago_does_not_count(town):
    many(town, 7, 3)
    Draft.objects.filter(folio="").update(created_at=timezone.now() - timedelta(days=2 * usage.DAYS))
    usage._of.cache_clear()
    assert usage.of(town, "reporte-ciudadano").finished is None
