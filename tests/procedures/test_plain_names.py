"""People read names, labels and right plurals; keys stay in files and addresses."""

import pytest

from alcaldia.procedures import attaching
from alcaldia.procedures.rules import validators
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.validators import Mistyped
from alcaldia.vault.rules.access import Access
from alcaldia.web.components.widgets import ACCEPTS
from alcaldia.web.portal.vault.shown import accessed, told_apart
from tests.procedures.conftest import begun, sent
from tests.procedures.test_pages import words

pytestmark = pytest.mark.django_db(transaction=True)
SHOP = {"predio": "L1", "giro": "461110", "area": "40", "rfc": "XAXX010101000", "declara_seguridad": "si"}


def review(client, town, **answers):
    draft = begun(town, "licencia-bajo-riesgo", **{**SHOP, **answers})
    client.cookies["borrador"] = draft.code
    return client.get(f"/borrador/{draft.draft.public_id}/revisar/")


def test_what_may_be_done_instead_is_named(client, town, broker):
    page = review(client, town, aforo="10", vende_alcohol="si")
    assert "Abrir un negocio con revisión" in words(page)
    assert "licencia-mediano-alto-riesgo" not in words(page)


def test_the_case_that_was_denied_names_it_too(client, town, broker):
    case, _ = sent(town, "licencia-bajo-riesgo", aforo="10", vende_alcohol="si", **SHOP)
    page = words(client.get(f"/tramite/{case.folio}/"))
    assert "Qué puede hacer Abrir un negocio con revisión" in page


def test_a_fee_is_explained_by_labels(client, town, broker):
    page = words(review(client, town, aforo="10", vende_alcohol="no"))
    assert "Cuota por metro 5 MXN/m²" in page
    assert "Cuántos metros mide el local 40 m²" in page
    assert "Licencia de funcionamiento $200.00" in page
    assert "Derechos" not in page


@pytest.mark.parametrize(("least", "said"), [(1, "al menos 1 letra."), (3, "al menos 3 letras.")])
def test_how_many_letters_are_needed(least, said):
    from alcaldia.kernel.shape import Text

    with pytest.raises(Mistyped, match=said):
        validators.words(" ", DataField("text", Text((("es", "Nombre"),)), min=least))


@pytest.mark.parametrize(("kind", "data"), [("pdf", b"%PDF-1.7"), ("image", b"\xff\xd8\xff"), ("dwg", b"AC1032"), ("video", b"\0\0\0\x20ftypisom")])  # fmt: skip
def test_what_a_form_offers_to_choose_is_what_is_taken(kind, data):
    assert attaching.kind_of(data) == kind
    assert set(ACCEPTS) == set(validators.NAMES_OF_FILES)
    assert ".dxf" not in ACCEPTS[kind]


def test_a_look_is_told_with_the_procedure_of_its_case(town, broker):
    case, _ = sent(town, "licencia-bajo-riesgo", aforo="10", vende_alcohol="no", **SHOP)
    event = Access("shown", "2026-03-02T15:00:00+00:00", "p_1", purpose="resolve-request", case=case.folio)
    other = Access("shown", "2026-03-02T15:00:00+00:00", "p_1", purpose="Palabras de antes", case="EXP-7")
    rows = told_apart([accessed({"id": 1, "event": one.body()}) for one in (event, other)])
    assert [(one["purpose"], one["about"]) for one in rows] == [
        ("Resolver su solicitud", "Abrir un negocio sencillo"), ("Palabras de antes", "")
    ]  # fmt: skip
