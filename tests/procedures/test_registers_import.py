"""A city's own tables become registers: what procedures ask for is kept sealed, the rest is dropped, and all or nothing."""

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import registers, registers_import
from alcaldia.procedures.models import RegisterRow

WATER = "Contrato;Consumo;Uso;Adeudo;Titular\n0-12;1,250.5;domestico;300.10;Ramona\n0-13;8;comercial;0;Juan\n"


def load(town, text, registry="water", **more):
    return registers_import.load(text.splitlines(keepends=True), town=town, registry=registry, **more)


def test_only_what_procedures_ask_for_is_kept(town):
    report = load(town, WATER)
    found = registers.look_up(town, "water", "0-12")
    assert report.dropped == ("titular",)
    assert found["consumo"] == "1250.5"
    assert "Ramona" not in str(found)


def test_the_parcel_opens_the_same_row(town):
    load(town, "cuenta,adeudo,tambien\nP-1,200,01-002\n", "property_tax")
    assert registers.look_up(town, "property_tax", "01-002") == registers.look_up(town, "property_tax", "P-1")


@pytest.mark.parametrize(
    ("registry", "text", "code"),
    [
        ("water", "contrato,consumo\n1,mucho\n2,3\n", "bad_rows"),
        ("water", "contrato,consumo\n,3\n", "bad_rows"),
        ("water", "nombre,telefono\nAna,33\n", "no_columns"),
        ("water", "", "no_columns"),
        ("owners", "a,b\n1,2\n", "unknown_registry"),
    ],
)
def test_a_wrong_table_leaves_nothing(town, registry, text, code):
    with pytest.raises(Refusal) as told:
        load(town, text, registry)
    assert told.value.code == code
    assert "mucho" not in told.value.detail
    assert not RegisterRow.objects.filter(municipality=town, registry=registry).exists()


def test_a_dry_run_keeps_nothing(town):
    assert load(town, WATER, dry_run=True).rows == 2
    assert not RegisterRow.objects.exists()


def test_of_two_numbers_the_first_that_has_a_row_speaks(town):
    registers.keep(
        town, "street_zones", [("general", {"zona": "permitida"}), ("Calle 5", {"zona": "prohibida"})]
    )
    for named, expected in (
        ("calle 5", "prohibida"),
        ("Calle 6", "permitida"),
        ("", "permitida"),
        ("general", "permitida"),
    ):
        assert registers.first_of(town, "street_zones", named, "general") == {"zona": expected}
    assert registers.first_of(town, "licences", "Calle 5", "general") is None
