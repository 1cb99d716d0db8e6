"""What people see of places: their number in the line, a place that went meanwhile, and the lists of an office."""

import pytest
from django.utils import timezone

from alcaldia.land.models import CapacityReservation, Feature
from alcaldia.procedures import registers
from alcaldia.procedures.actions import citizens, reviewing, submission
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.models import Case, Draft, Place
from tests.factories.people import log_in
from tests.factories.town import box, layer
from tests.procedures.conftest import sent
from tests.procedures.officials import SIGNED, official
from tests.procedures.test_pages import follow, words
from tests.procedures.test_paying import pay
from tests.procedures.test_places import COURSE, STAND

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def full(town, broker):
    registers.keep(town, "courses", [("natacion", {"lugares": 1})])
    sent(town, "inscripcion-cursos", **COURSE)
    return town


def filled(client, procedure, *screens):
    """The page before sending, with these answers given screen by screen."""
    page = follow(client, client.post(f"/m/pueblo/tramite/{procedure}/empezar/"))
    for given in screens:
        page = follow(client, client.post(page.request["PATH_INFO"], given))
    return page


def test_before_sending_one_reads_that_one_will_wait_and_pays_nothing(client, full):
    page = filled(client, "inscripcion-cursos", {"curso": "natacion"},
                  {"nacimiento": "01/01/2000", "apoyo": "no"})  # fmt: skip
    said = words(page)
    assert "Queda en la lista de espera" in said
    assert "se paga cuando haya lugar, no antes" in said
    sent_page = words(follow(client, client.post(page.request["PATH_INFO"])))
    assert "Es el número 1 de 1 en la lista de espera" in sent_page
    assert "Falta su pago" not in sent_page


def test_a_place_that_went_meanwhile_is_said_and_nothing_is_lost(client, town, monkeypatch):
    registers.keep(town, "street_zones", [("general", {"zona": "permitida", "libres": 1})])
    page = filled(
        client, "ocupacion-via-publica", {"lugar": "Calle 1"}, {"que": "comida", "m2": "3", "dias": "5"}
    )
    draft = Draft.objects.get()
    stale = submission.review
    gone = []

    def slow(one):
        told = stale(one)
        if not gone:
            gone.append(sent(town, "ocupacion-via-publica", **STAND)) if one.draft.pk == draft.pk else None
        return told

    monkeypatch.setattr(submission, "review", slow)
    page = client.post(page.request["PATH_INFO"])
    assert "Alguien tomó el último lugar" in words(page)
    assert "Ya no hay lugar en esa zona" in words(page)
    assert (Case.objects.count(), Draft.objects.get(pk=draft.pk).folio) == (1, "")


def test_the_office_sees_its_lists_and_gives_places_in_order(client, full):
    second, _ = sent(full, "inscripcion-cursos", **COURSE)
    third, _ = sent(full, "inscripcion-cursos", **COURSE)
    log_in(client, official(full, "rosa", "cultura-y-deporte"))
    assert "Listas de espera" in words(client.get("/oficina/pueblo/bandeja/"))
    page = words(client.get("/oficina/pueblo/espera/"))
    assert "Natación" in page
    assert page.index(second.folio) < page.index(third.folio)
    registers.keep(full, "courses", [("natacion", {"lugares": 2})])
    client.post("/oficina/pueblo/espera/dar/")
    assert [Case.objects.get(pk=one.pk).state for one in (second, third)] == ["decided", "waiting_list"]
    client.post(f"/oficina/pueblo/espera/{third.folio}/cerrar/", {"motivo": "El curso ya empezó."})
    assert "El curso ya empezó." in words(client.get(f"/tramite/{third.folio}/"))
    assert "Nadie espera un lugar" in words(client.get("/oficina/pueblo/espera/"))


def test_another_office_sees_no_list_of_theirs(client, full):
    waiting, _ = sent(full, "inscripcion-cursos", **COURSE)
    log_in(client, official(full, "leo", "tesoreria"))
    assert waiting.folio not in words(client.get("/oficina/pueblo/espera/"))
    assert client.post(f"/oficina/pueblo/espera/{waiting.folio}/cerrar/", {"motivo": "No"}).status_code == 403


def test_the_api_says_the_place_in_the_line(client, full):
    waiting, _ = sent(full, "inscripcion-cursos", **COURSE)
    told = client.get(f"/api/v1/municipalities/pueblo/cases/{waiting.folio}").json()
    assert (told["state"], told["waiting_list"]) == ("waiting_list", {"place": 1, "waiting": 1})


@pytest.fixture
def piped(town):
    version = layer(town, "agua", [box(-5, -5, 55, 25)], {"profile": "infrastructure", "network": "agua"})
    given = {"unit": "L/s", "capacity": "10", "used": "9", "per_dwelling": "0.5"}
    Feature.objects.filter(version=version).update(code="S-1", attributes=given)
    return town


def test_water_is_promised_once_and_for_as_long_as_the_letter_is_valid(piped):
    first, _ = sent(piped, "factibilidad-agua", predio="L1", demanda="0.8")
    kept = CapacityReservation.objects.get()
    assert (first.outcome, kept.folio, kept.released_at) == ("conditional", first.folio, None)
    pay(first)
    kept.refresh_from_db()
    assert kept.expires_on == Place.objects.get().until > timezone.localdate()
    second, _ = sent(piped, "factibilidad-agua", predio="L2", demanda="0.8")
    assert (second.state, CapacityReservation.objects.count()) == ("in_review", 1)


def test_an_annulled_letter_gives_its_water_back(piped):
    first, _ = sent(piped, "factibilidad-agua", predio="L1", demanda="0.8")
    pay(first)
    head = official(piped, "eva", "agua-y-drenaje", role="director")
    reviewing.annul(
        folio=first.folio, reason="Se vendió el terreno.", official=head, channel="test", signature=SIGNED
    )
    second, _ = sent(piped, "factibilidad-agua", predio="L2", demanda="0.8")
    assert second.outcome == "conditional"


def test_a_corrected_day_takes_the_other_day(town):
    """What was asked for at first is free again; the rules are those of the answers as they are now."""
    from tests.procedures.test_places import PARTY, day

    case, code = sent(town, "permiso-evento", **PARTY | {"personas": "500"}, fecha=day(30))
    who = official(town, "pc", "proteccion-civil")
    reviewing.ask_correction(
        folio=case.folio,
        agency="proteccion-civil",
        fields={"fecha": "Otro día, por favor."},
        official=who,
        channel="test",
    )
    citizens.comply(
        folio=case.folio, answers={"fecha": day(40)}, bearer=Bearer(code), by="citizen", channel="test"
    )
    assert Place.objects.get(case=case).quota.day == day(40)
