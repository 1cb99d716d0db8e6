"""What the page says, decided without drawing it."""

import pytest

from alcaldia.documents import content, wording
from tests.samples import ruling_bodies

HEAD = content.letterhead("Demo", "Jalisco", {})
STAMP = content.Stamp("DUS-1", 0, "ab" * 32, "https://demo/verificar/DUS-1", "America/Mexico_City")


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1234.5, "m2", "1,234.5\u00a0m²"),
        (0.7, "ratio", "0.7"),
        (3, "levels", "3\u00a0niveles"),
        (0, "m", "0\u00a0m"),
        (None, "m2", "—"),
        ("Permitido", None, "Permitido"),
    ],
)
def test_quantities_are_said_as_people_write_them(value, unit, said):
    assert wording.quantity(value, unit) == said


@pytest.mark.parametrize(
    ("value", "bound", "said"),
    [
        (0.7, "max", "máx. 0.7"),
        (None, "max", "No se conoce"),
        (None, "none", "Sin límite"),
        (0, "min", "mín. 0"),
    ],
)
def test_an_unknown_limit_is_neither_zero_nor_no_limit(value, bound, said):
    assert wording.limit(value, bound, "ratio") == said


def test_a_date_is_that_of_the_municipality():
    assert wording.day("2026-03-05T03:00:00+00:00", "America/Mexico_City") == "4 de marzo de 2026"


def test_every_outcome_has_its_words():
    for outcome in ("permitted", "conditional", "prohibited", "undetermined"):
        assert content.ruling(ruling_bodies.body(outcome), HEAD, STAMP)["outcome"]["word"].isupper()


def test_an_unknown_outcome_is_never_drawn():
    with pytest.raises(KeyError):
        content.ruling(ruling_bodies.body("maybe"), HEAD, STAMP)


def test_the_question_of_a_project_is_a_sentence():
    said = content.question(ruling_bodies.prohibited())
    assert said.startswith("¿Se puede construir en este predio un proyecto con desplante de 190")
    assert "niveles de" not in said


@pytest.mark.parametrize("colour", ["red", "#12", "#gggggg", '"); #panic(', None])
def test_a_theme_colour_that_is_none_falls_back(colour):
    assert content.letterhead("Demo", "", {"colour": colour}).colour == content.COLOUR


def test_a_zone_line_is_a_share_and_does_not_repeat_itself():
    zone = ruling_bodies.line(
        "zone", "Zona H4", 0.731, None, "none", "ratio", "pass", "Plan, art. 4", zone="H4"
    )
    (line,) = content.ruling(ruling_bodies.body(lines=[zone]), HEAD, STAMP)["lines"]
    assert (line["value"], line["limit"], line["zone"]) == ("73.1\u00a0%", "—", "")


def test_an_article_is_not_parted_from_its_number():
    assert wording.unbroken("Plan 2025, art. 41, fracc. II") == "Plan 2025, art.\u00a041, fracc.\u00a0II"
