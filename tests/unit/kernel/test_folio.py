"""Folios are read as people type them, and nothing else passes for one."""

import pytest

from alcaldia.kernel.folio import new_folio, read_folio

FOLIO = "DUS-2026-7K3M-9QXF-04TC"


@pytest.mark.parametrize(
    "typed",
    [
        FOLIO,
        FOLIO.lower(),
        "dus 2o26 7k3m 9qxf o4tc",
        "DUS20267K3M9QXF04TC",
        "DUS–2026–7K3M–9QXF–04TC",
        f" {FOLIO}\n",
    ],
)
def test_a_folio_is_forgiving(typed):
    assert read_folio(typed) == FOLIO


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "DUS",
        "DUS-2026-7K3M-9QXF-04T",
        "D-2026-7K3M-9QXF-04TC",
        "DUS-20A6-7K3M-9QXF-04TC",
        "DUS-2026-7K3M-9QXF-04TU",
        "x" * 5000,
    ],
)
def test_what_cannot_be_a_folio_is_none(typed):
    assert read_folio(typed) is None


def test_a_new_folio_reads_back():
    folio = new_folio("DUS", 2026)
    assert read_folio(folio) == folio
