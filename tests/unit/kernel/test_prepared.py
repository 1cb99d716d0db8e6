"""A prepared query answers as its QuerySet does, and is written once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared

pytestmark = pytest.mark.django_db
BY_SLUG = Prepared(lambda slug: Municipality.objects.filter(slug=slug), str)


def town(slug: str) -> Municipality:
    return Municipality.objects.create(slug=slug, name=slug.title(), settings={"a": [slug]})


def test_it_finds_what_its_queryset_finds_with_every_type_read_back() -> None:
    made, _ = town("uno"), town("dos")
    found = BY_SLUG.first("uno")
    assert found == made
    assert found is not None
    assert (found.settings, found.name) == ({"a": ["uno"]}, "Uno")
    assert BY_SLUG.first("tres") is None


def test_two_values_of_one_query_keep_their_places() -> None:
    made = town("uno")
    both = Prepared(lambda pk, slug: Municipality.objects.filter(slug=slug, pk=pk), int, str)
    assert both(made.pk, "uno") == [made]
    assert both(made.pk, "dos") == [] == both(made.pk + 1, "uno")


def test_a_call_is_one_query_and_fresh_instances() -> None:
    town("uno")
    with CaptureQueriesContext(connection) as asked:
        first, again = BY_SLUG.first("uno"), BY_SLUG.first("uno")
    assert len(asked) == 2
    assert first is not again


@pytest.mark.parametrize("odd", ["' OR 1=1 --", "\x01value 0", "%s", "uno%"])
def test_quotes_and_marks_are_only_values(odd: str) -> None:
    town("uno")
    assert BY_SLUG.first(odd) is None


def test_a_value_that_the_query_changes_is_refused() -> None:
    folded = Prepared(lambda slug: Municipality.objects.filter(slug__icontains=slug), str)
    with pytest.raises(TypeError, match="does not reach"):
        folded("uno")


def test_too_few_values_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        BY_SLUG()
