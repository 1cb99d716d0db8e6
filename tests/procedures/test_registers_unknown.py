"""What a register says of a number without row: nothing, unless the city keeps that register at all."""

import pytest

from alcaldia.procedures import definitions, registers
from alcaldia.procedures.registries import REGISTRIES
from alcaldia.procedures.registries.ports import Question
from tests.procedures.conftest import begun

pytestmark = pytest.mark.django_db(transaction=True)
WITHOUT_ROW = {
    "address_proofs": {"coincide": False},
    "beneficiaries": {"activo": False, "adeudo": 0},
    "civil_registry": {"coincidencias": 0},
    "licences": {"vale": False, "vigente": False},
}


@pytest.mark.parametrize("registry", WITHOUT_ROW)
def test_none_is_said_only_of_a_register_that_is_kept(town, registry):
    question = Question(town, definitions.program_in(town.slug, "acta-nacimiento"), "algo 1")
    assert REGISTRIES[registry](question) == {}
    registers.keep(town, registry, [("otro 2", {})])
    assert REGISTRIES[registry](question) == WITHOUT_ROW[registry]


LOAN = {"curp": "GOMC900514MJCMRR01", "negocio": "Venta de pan", "meses": "14", "ingreso": "6000", "monto": "9000"}  # fmt: skip


def outcome(town):
    """What the rules say of the loan now."""
    draft = begun(town, "microcredito-mujeres", **LOAN)
    return draft.evaluate(draft.consult()).outcome


def test_nobody_gets_a_loan_of_a_programme_whose_roll_was_never_loaded(town):
    assert outcome(town) == "missing_data"
    registers.keep(town, "beneficiaries", [("XEXX010101HNEXXXA4", {"activo": True, "adeudo": 0})])
    assert outcome(town) == "granted"


def test_who_has_a_loan_is_found_by_the_curp(town):
    registers.keep(town, "beneficiaries", [(LOAN["curp"], {"activo": True, "adeudo": 0})])
    assert outcome(town) == "denied"
