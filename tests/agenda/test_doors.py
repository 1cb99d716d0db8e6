"""Choosing office, day and hour without an account, and the office that attends."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from alcaldia.agenda import actions, queries
from alcaldia.agenda.models import Appointment
from tests.agenda.conftest import WHO, tomorrow
from tests.factories.people import log_in, made_official

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plain(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def booked_by_page(client, agenda):
    day, _ = queries.free_days(agenda)[1]
    listed = client.get(f"/m/pueblo/citas/empleo/{day}/").content.decode()
    hour = re.search(r'<option value="(\d\d:\d\d)"', listed)[1]
    return client.post(f"/m/pueblo/citas/empleo/{day}/", {"hora": hour})


def test_office_day_and_hour_lead_to_an_appointment_with_its_code(client, agenda):
    assert "Bolsa de empleo" in client.get("/m/pueblo/citas/").content.decode()
    day, _ = queries.free_days(agenda)[1]
    assert f"/m/pueblo/citas/empleo/{day}/" in client.get("/m/pueblo/citas/empleo/").content.decode()
    answer = booked_by_page(client, agenda)
    page = client.get(answer.url).content.decode()
    assert "Confirmada" in page
    assert client.cookies["cita"].value in page


def test_the_code_gives_the_seat_back_and_another_does_not(client, agenda):
    address = booked_by_page(client, agenda).url
    code = client.cookies["cita"].value
    client.cookies.clear()
    assert client.post(f"{address}cancelar/", {"codigo": "AAAA-BBBB-CCCC"}).status_code == 403
    assert client.post(f"{address}cancelar/", {"codigo": code}).status_code == 302
    assert "Cancelada" in client.get(address).content.decode()


def test_an_hour_that_was_taken_meanwhile_is_said_and_the_rest_are_shown(client, agenda):
    at = tomorrow(agenda)
    for _ in range(2):
        actions.book(**WHO, agenda=agenda, starts_at=at)
    here = at.astimezone(timezone.get_fixed_timezone(-360))
    answer = client.post(f"/m/pueblo/citas/empleo/{here.date()}/", {"hora": f"{here:%H:%M}"})
    assert answer.status_code == 409
    assert "ya se ocupó" in answer.content.decode()


def test_an_appointment_is_found_by_its_folio_and_saved_as_a_file(client, agenda):
    row = actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda)).row
    found = client.post("/m/pueblo/citas/", {"folio": row.folio.lower()})
    file = client.get(f"{found.url}cita.ics")
    assert file["Content-Type"].startswith("text/calendar")
    assert f"UID:{row.folio}@pueblo" in file.content.decode()


def test_the_calendar_has_days_of_rest_and_sessions(client, agenda):
    town, year = agenda.municipality, timezone.localdate().year + 1
    town.settings = town.settings | {
        "events": [{"title": "Sesión de cabildo", "on": f"{year}-01-15", "time": "10:00", "place": "Sala"}]
    }
    town.save()
    page, file = (
        client.get(f"/m/pueblo/{name}").content.decode()
        for name in (f"calendario/?ano={year}", "calendario.ics")
    )
    assert "Sesión de cabildo" in page
    now = client.get("/m/pueblo/calendario/").content.decode()
    assert "Sesión de cabildo" not in now
    assert f"?ano={year}" in now
    assert f"DTSTART:{year}0115T160000Z" in file
    assert f"DTSTART;VALUE=DATE:{year}0101" in file


@pytest.mark.parametrize("path", ["citas/nada/", "citas/empleo/ayer/", "cita/CIT-2026-AAAA/"])
def test_what_does_not_exist_is_a_sentence(client, agenda, path):
    answer = client.get(f"/m/pueblo/{path}")
    assert answer.status_code == 404


def test_the_office_sees_the_day_and_writes_down_who_came(client, agenda):
    who = made_official(agenda.municipality, "clerk")
    who.posts.update(agency="empleo")
    log_in(client, who)
    row = actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda)).row
    on = row.starts_at.astimezone(timezone.get_fixed_timezone(-360)).date()
    assert "Bolsa de empleo" in client.get(reverse("backoffice:agendas", args=["pueblo"])).content.decode()
    page = client.get(reverse("backoffice:agenda_day", args=["pueblo", "empleo"]), {"dia": f"{on}"})
    assert (row.folio in page.content.decode(), "Atendida" in page.content.decode()) == (True, False)
    Appointment.objects.update(starts_at=timezone.now())
    page = client.get(reverse("backoffice:agenda_day", args=["pueblo", "empleo"]))
    assert "Atendida" in page.content.decode()
    client.post(reverse("backoffice:attend", args=["pueblo", row.folio]), {"vino": "si", "dia": f"{on}"})
    assert Appointment.objects.get(pk=row.pk).state == "attended"


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30"])
def test_a_day_outside_the_calendar_is_no_failure_of_ours(client, agenda, day):
    who = made_official(agenda.municipality, "clerk")
    who.posts.update(agency="empleo")
    log_in(client, who)
    assert (
        client.get(reverse("backoffice:agenda_day", args=["pueblo", "empleo"]), {"dia": day}).status_code
        == 200
    )
    assert client.get(f"/m/pueblo/citas/empleo/{day}/").status_code == 404


def test_an_appointment_is_moved_cancelled_and_taken_back_by_its_page(client, agenda):
    address = booked_by_page(client, agenda).url
    days = client.get(f"{address}mover/").content.decode()
    day = re.findall(r'mover/(\d{4}-\d\d-\d\d)/"', days)[2]
    hour = re.findall(r'<option value="(\d\d:\d\d)"', client.get(f"{address}mover/{day}/").content.decode())[
        4
    ]
    assert client.post(f"{address}mover/{day}/", {"hora": hour}).url == address
    assert hour in client.get(address).content.decode()
    client.post(f"{address}cancelar/")
    page = client.get(address).content.decode()
    assert "Recuperar la cita" in page
    client.post(f"{address}recuperar/")
    assert "Confirmada" in client.get(address).content.decode()


def test_another_browser_moves_it_only_with_the_code(client, agenda):
    address = booked_by_page(client, agenda).url
    code = client.cookies["cita"].value
    client.cookies.clear()
    assert client.get(f"{address}mover/").status_code == 403
    assert "Mover la cita" not in client.get(address).content.decode()
    assert client.post(address, {"codigo": "AAAA-BBBB-CCCC"}).status_code == 403
    client.post(address, {"codigo": code})
    assert "Mover la cita" in client.get(address).content.decode()


HOURS = {"name": "Licencias", "office": "empleo", "place": "Planta baja", "minutes": "20", "capacity": "2",
         "days_ahead": "30", "day_0": "9:00-14:00", "closed_days": "24/12/2030"}  # fmt: skip


@pytest.fixture
def head(client, agenda):
    who = made_official(agenda.municipality, "director")
    who.posts.update(agency="empleo")
    log_in(client, who)
    return client


def test_who_heads_an_agency_opens_and_changes_its_agendas(head, agenda):
    made = head.post("/oficina/pueblo/citas/nueva/", HOURS)
    page = head.get(made.url).content.decode()
    assert 'value="09:00-14:00"' in page
    assert "24/12/2030" in page
    again = head.post("/oficina/pueblo/citas/nueva/", HOURS)
    assert again.status_code == 422
    assert "Ya hay una agenda con ese nombre" in again.content.decode()
    changed = head.post("/oficina/pueblo/citas/licencias/cambiar/", {**HOURS, "minutes": "45"})
    assert changed.status_code == 302
    row = queries.agenda_of(agenda.municipality, "licencias")
    assert (row.minutes, row.hours) == (45, {"0": [["09:00", "14:00"]]})


def test_a_wrong_hour_is_said_beside_its_day_and_nothing_is_kept(head, agenda):
    page = head.post("/oficina/pueblo/citas/nueva/", {**HOURS, "day_3": "mañana"})
    assert page.status_code == 422
    assert "no es un horario" in page.content.decode()
    assert queries.agendas_of(agenda.municipality).count() == 1


def test_nobody_else_changes_an_agenda(client, agenda):
    who = made_official(agenda.municipality, "clerk")
    who.posts.update(agency="empleo")
    log_in(client, who)
    assert client.get("/oficina/pueblo/citas/empleo/cambiar/").status_code == 403


@pytest.mark.parametrize("name", ["Nueva", "¡!"])
def test_a_name_that_makes_no_address_is_refused(head, agenda, name):
    page = head.post("/oficina/pueblo/citas/nueva/", {**HOURS, "name": name})
    assert page.status_code == 422
    assert "Escriba otro" in page.content.decode()
