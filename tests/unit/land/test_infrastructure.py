"""Dwellings against what a network still holds."""

from decimal import Decimal

import pytest

from alcaldia.land.rules.infrastructure import capacity_lines, promises
from alcaldia.land.rules.types import Capacity, ParcelFacts, Project


def facts(**figures):
    given = {name: None if value is None else Decimal(value) for name, value in figures.items()}
    one = Capacity("agua", "S-1", "L/s", **({"capacity": Decimal(10), "used": Decimal(9)} | given))
    return ParcelFacts("K", "pueblo", Decimal(200), None, (), Decimal(0), Decimal(0), capacity=(one,))


@pytest.mark.parametrize(
    ("figures", "dwellings", "result", "note"),
    [
        ({"per_dwelling": "0.5"}, 2, "pass", ""),
        ({"per_dwelling": "0.5"}, 3, "condition", "Obtener la factibilidad de agua (sector S-1): faltan 0.5 L/s."),
        ({"per_dwelling": "0.5", "reserved": "0.6"}, 1, "condition", "Obtener la factibilidad de agua (sector S-1): faltan 0.1 L/s."),
        ({"per_dwelling": "0.33333"}, 3, "pass", ""),
        ({"per_dwelling": "0.33334"}, 3, "condition", "Obtener la factibilidad de agua (sector S-1): faltan 0.0001 L/s."),
        ({"per_dwelling": None}, 1, "unknown", "No se conoce la capacidad de agua en este predio (sector S-1)."),
        ({"per_dwelling": "0.5", "used": None}, 1, "unknown", "No se conoce la capacidad de agua en este predio (sector S-1)."),
        ({"per_dwelling": "0.5", "capacity": None}, 1, "unknown", "No se conoce la capacidad de agua en este predio (sector S-1)."),
        ({"per_dwelling": "NaN"}, 1, "unknown", "No se conoce la capacidad de agua en este predio (sector S-1)."),
        ({"per_dwelling": "-1"}, 1, "unknown", "No se conoce la capacidad de agua en este predio (sector S-1)."),
    ],
)  # fmt: skip
def test_enough_passes_too_little_is_a_condition_and_a_gap_is_unknown(figures, dwellings, result, note):
    project = Project(dwellings=dwellings)
    (line,) = capacity_lines(facts(**figures), project)
    assert (line.result, line.note) == (result, note)
    assert bool(promises(facts(**figures), project)) == (result == "pass")


@pytest.mark.parametrize("dwellings", [None, 0])
def test_a_project_without_dwellings_has_no_line_and_takes_nothing(dwellings):
    known, project = facts(per_dwelling="0.5"), Project(dwellings=dwellings)
    assert capacity_lines(known, project) == []
    assert promises(known, project) == {}
