"""Outside Mexico nobody knows the days of rest until the city loads them: the person keeps their draft, the office is told."""

import pytest

from alcaldia.procedures.models import Case, Draft
from alcaldia.procedures.queries.rest_days import missing_years
from alcaldia.project.commands import doctor
from tests.factories.people import log_in
from tests.procedures.conftest import begun
from tests.procedures.officials import official
from tests.procedures.test_pages import words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def abroad(town):
    town.country, town.settings = (
        "AR",
        {name: one for name, one in town.settings.items() if name != "calendar"},
    )
    town.save()
    return town


def sending(client, town):
    draft = begun(town, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")
    client.cookies["borrador"] = draft.code
    return client.post(f"/borrador/{draft.draft.public_id}/revisar/", {"aviso_correo": "ana@ejemplo.mx"})


def test_the_person_is_told_what_they_can_do_and_the_draft_stays(client, abroad):
    page = sending(client, abroad)
    assert (page.status_code, Case.objects.count(), Draft.objects.get().folio) == (503, 0, "")
    assert "Hoy no se puede enviar" in words(page)
    assert "intente mañana" in words(page)
    assert "Cárguelos" not in words(page)
    assert 'value="ana@ejemplo.mx"' in page.content.decode()


def test_the_operator_and_the_office_are_told_which_year(client, abroad):
    year = missing_years(abroad)[0]
    assert any(not good and str(year) in said for good, said in doctor._calendars())
    log_in(client, official(abroad, "jefa", "servicios-publicos", "director"))
    assert f"Faltan los días inhábiles de {year}" in words(client.get("/oficina/"))


def test_once_it_is_loaded_nobody_is_told_anything(client, town):
    assert (missing_years(town), [good for good, _ in doctor._calendars()]) == ([], [True])
    assert sending(client, town).status_code == 302
