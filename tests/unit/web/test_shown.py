"""Dates as people say them, in both languages."""

from datetime import date

import pytest
from django.utils.translation import override

from alcaldia.web.components.templatetags.shown import spoken


@pytest.mark.parametrize(
    ("language", "pattern", "said"),
    [
        ("es", "j F Y", "28 de noviembre de 2026"),
        ("en", "j F Y", "28 November 2026"),
        ("es", "l j F", "sábado 28 de noviembre"),
        ("en", "l j F", "Saturday 28 November"),
    ],
)
def test_a_date_is_spoken(language, pattern, said):
    with override(language):
        assert spoken(date(2026, 11, 28), pattern) == said


def test_no_date_is_nothing():
    assert spoken(None, "j F") == ""
