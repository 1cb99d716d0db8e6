"""The appointment of a case: as long as its definition says, only for who holds the case, and only when it applies."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from alcaldia.agenda.models import Agenda, Appointment
from alcaldia.procedures.actions import clocks, reviewing
from alcaldia.procedures.queries import appointments, cases
from tests.procedures.conftest import later, sent
from tests.procedures.officials import official
from tests.procedures.test_reviews import opine, party  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(town, broker):
    """Somebody looks for work; the agenda has turns of ten minutes, their appointment takes twenty."""
    from alcaldia.procedures import registers

    Agenda.objects.create(municipality=town, key="empleo", name="Bolsa de empleo", office="desarrollo-economico",
                          minutes=10, capacity=3, hours={f"{n}": [["09:00", "13:00"]] for n in range(7)})  # fmt: skip
    registers.keep(town, "job_board", [("albañil", {"vacantes": 2})])
    return sent(town, "vinculacion-empleo", oficio="albañil", jornada="completa", nacimiento="05/05/1990")


def choose(client, case):
    days = client.get(f"/tramite/{case.folio}/cita/empleo/").content.decode()
    day = re.findall(r"cita/empleo/(\d{4}-\d\d-\d\d)/", days)[1]
    where = f"/tramite/{case.folio}/cita/empleo/{day}/"
    hour = re.search(r'<option value="(\d\d:\d\d)"', client.get(where).content.decode())[1]
    return client.post(where, {"hora": hour})


def test_the_folio_alone_books_nothing(client, job):
    case, _ = job
    assert client.get(f"/tramite/{case.folio}/cita/empleo/").status_code == 403
    assert "Elegir cita" not in client.get(f"/tramite/{case.folio}/").content.decode()


def test_the_code_books_for_as_long_as_the_definition_says(client, job):
    case, code = job
    client.post("/mi-tramite/", {"folio": case.folio, "codigo": code})
    assert "Elegir cita" in client.get(f"/tramite/{case.folio}/").content.decode()
    address = choose(client, case).url
    row = Appointment.objects.get()
    assert (row.minutes, row.subject) == (20, f"case:{case.folio}")
    page = client.get(f"/tramite/{case.folio}/").content.decode()
    assert address in page
    assert "Elegir cita" not in page


def test_no_more_at_once_than_the_definition_says(client, job, town):
    case, _ = job
    agenda, need = appointments.agenda_for(cases.status(case.folio), "empleo")
    from alcaldia.agenda import queries

    day, left = queries.free_days(agenda, need=need)[1]
    assert (need.minutes, need.capacity) == (20, 2)
    assert {one.left for one in queries.free_slots(agenda, day, need=need)} == {2}


def test_the_code_of_the_case_opens_its_appointment_from_another_device(client, job):
    case, code = job
    client.post("/mi-tramite/", {"folio": case.folio, "codigo": code})
    address = choose(client, case).url
    client.cookies.clear()
    assert client.post(f"{address}cancelar/").status_code == 403
    assert client.post(f"{address}cancelar/", {"codigo": code}).status_code == 302
    assert Appointment.objects.get().state == "cancelled"


def test_a_case_that_is_over_takes_no_appointment(job):
    from alcaldia.procedures.models import CaseEvent

    case, _ = job
    assert [one.agenda for one in appointments.offered(cases.status(case.folio))] == ["empleo"]
    event = CaseEvent.objects.get(case=case, kind="submitted")
    event.facts["rules"]["appointments"] = []
    event.save()
    assert appointments.offered(cases.status(case.folio)) == ()


def opined(case, town, police):
    for agency in ("vialidad", "proteccion-civil"):
        opine(case, agency, town)
    opine(case, "seguridad", town, police)


def granted(case, town):
    opined(case, town, "favourable")


def denied(case, town):
    opined(case, town, "unfavourable")
    head = official(town, "jefa", "secretaria-ayuntamiento", "director")
    reviewing.resolve(folio=case.folio, outcome="denied", reasons=["Estorba"], official=head, channel="test")


def silent(case, town):
    clocks.run(town, later(case, 20))


@pytest.mark.parametrize(("end", "left"), [(granted, "booked"), (denied, "cancelled"), (silent, "cancelled")])
def test_what_was_denied_gives_its_appointment_back(party, town, end, left):  # noqa: F811
    at = timezone.now() + timedelta(days=60)
    agenda = Agenda.objects.create(municipality=town, key="a", name="A", office="a", minutes=20, capacity=1)
    Appointment.objects.create(agenda=agenda, folio="CIT-1", starts_at=at, minutes=20, seat=1, booked_at=at,
                               subject=f"case:{party.folio}")  # fmt: skip
    end(party, town)
    assert Appointment.objects.get().state == left
