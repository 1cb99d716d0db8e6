"""The building procedures say yes, no and why by the plan itself: every figure that a norm needs is asked."""

import pytest

from alcaldia.procedures import registers
from tests.procedures.conftest import sent

pytestmark = pytest.mark.django_db(transaction=True)
HOUSE = {
    "predio": "L1", "niveles": "1", "desplante": "80", "altura": "3", "frente_libre": "5", "lado_libre": "3", "fondo_libre": "5",
    "jardin": "90", "viviendas": "1", "cajones": "2",
}  # fmt: skip


@pytest.mark.parametrize(("m2", "outcome"), [("80", "granted"), ("800", "denied")])
def test_the_pre_ruling_is_given_at_once_either_way(town, m2, outcome):
    case, _ = sent(town, "pre-dictamen-construccion", **HOUSE, uso_obra="habitacional", m2=m2)
    assert (case.outcome, bool(case.document)) == (outcome, True)


def test_one_more_room_is_granted_at_once_and_judged_with_the_whole_house(town):
    registers.keep(town, "property_tax", [("L1", {"adeudo": "0"})])
    more = {**HOUSE, "tipo": "ampliacion", "m2": "30"}
    small, _ = sent(town, "licencia-construccion-vivienda", **more, m2_total="110")
    large, _ = sent(town, "licencia-construccion-vivienda", **more, m2_total="810")
    assert (small.outcome, large.outcome) == ("granted", "denied")


@pytest.mark.parametrize(("alto", "outcome"), [("2", "granted"), ("4", "")])
def test_a_wall_is_asked_its_height_and_no_norm_of_houses(town, alto, outcome):
    registers.keep(town, "property_tax", [("L1", {"adeudo": "0"})])
    case, _ = sent(
        town, "licencia-construccion-vivienda", predio="L1", tipo="barda", m2="20", alto_barda=alto
    )
    assert case.outcome == outcome


@pytest.mark.parametrize(
    ("street", "reason"),
    [
        ("Benito Juárez", "Es el número del catastro y ningún otro predio de la calle lo tiene."),
        ("juarez", "Es el número del catastro y ningún otro predio de la calle lo tiene."),
        ("Calle que no existe", "La calle no está en el plano de la ciudad."),
    ],
)
def test_an_official_number_says_what_the_cadastre_says(town, street, reason):
    case, _ = sent(town, "numero-oficial", predio="L1", frente=street)
    assert reason in str(case.consulted) + str([one.facts for one in case.events.all()])
