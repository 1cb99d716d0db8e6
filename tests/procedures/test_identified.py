"""A definition may ask how sure the city is of who sends: told before, checked at sending, the counter stays open."""

import dataclasses

import pytest
from django.utils import timezone

from alcaldia.identity.models import Person, Verification
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import definitions, identified
from alcaldia.procedures.actions import drafts
from alcaldia.procedures.models import Case, Draft
from alcaldia.procedures.rules import findings
from alcaldia.procedures.rules.program import Program
from tests.conftest import ROOT
from tests.factories.people import log_in
from tests.procedures.conftest import begun, installed, sent, submitted
from tests.procedures.test_pages import follow

pytestmark = pytest.mark.django_db(transaction=True)
DAY_ONE = ROOT / "src" / "alcaldia" / "catalogue" / "day_one" / "procedures"
LOAN = "microcredito-mujeres"
ANSWERS = {
    "curp": "GOMC900514MJCMRR01",
    "negocio": "Vendo comida en casa",
    "meses": "14",
    "ingreso": "4000",
    "monto": "8000",
}
CARD = f"/m/pueblo/tramite/{LOAN}/"


@pytest.fixture(autouse=True)
def _a_city_that_asks(town, tmp_path):
    """Its own copy of the loan's file, with a level."""
    text = (DAY_ONE / f"{LOAN}.yaml").read_text(encoding="utf-8")
    own = tmp_path / f"{LOAN}.yaml"
    own.write_text(
        text.replace("  curp: required\n", "  curp: required\n  least_assurance: verified\n"),
        encoding="utf-8",
    )
    with installed(town, own):
        yield


def asking(level: str, **changes) -> Program:
    """The definition of the loan with another level."""
    program = definitions.programs("pueblo")[LOAN]
    sheet = dataclasses.replace(program.definition.sheet, least_assurance=level, **changes)
    return dataclasses.replace(program, definition=dataclasses.replace(program.definition, sheet=sheet))


def somebody() -> Person:
    return Person.objects.create(created_at=timezone.now())


def verify(person):
    now = timezone.now()
    Verification.objects.create(
        person=person, method="counter", level=Assurance.VERIFIED, source="IDE-1", at=now
    )


@pytest.fixture
def ana(client):
    person = somebody()
    log_in(client, person)
    return person


def fill(client):
    """From the card to the review, as whoever is here."""
    page = follow(client, client.post(f"{CARD}empezar/"))
    while "/paso/" in page.request["PATH_INFO"]:
        page = follow(client, client.post(page.request["PATH_INFO"], ANSWERS))
    return page


@pytest.mark.parametrize("level", ["none", "code", "passkey", "verified"])
@pytest.mark.parametrize("proved", list(Assurance))
def test_what_was_proved_must_reach_the_level_and_no_more(level, proved):
    program = asking(level)
    if proved >= Assurance[level.upper()]:
        assert identified.check(program, proved) is None
        return
    with pytest.raises(Refusal) as told:
        identified.check(program, proved)
    assert (told.value.status, told.value.facts["least_assurance"]) == (403, level)
    assert "ventanilla" in told.value.detail


def test_no_procedure_of_the_first_day_locks_anybody_out():
    """A city that asks for a level adds it to its own definition; a new one here needs its reason beside the field."""
    asked = {key: one.definition.sheet.least_assurance for key, one in definitions.programs().items()}
    assert {key: level for key, level in asked.items() if level != "none"} == {}


def test_a_level_without_the_counter_is_not_published():
    told = findings.check(asking("verified", channels=("portal", "api")))

    assert [one.code for one in told if one.path == ("sheet", "least_assurance")] == ["locked_out"]
    assert not [one for one in findings.check(asking("verified")) if one.code == "locked_out"]


def test_card_list_and_legal_sheet_say_it_before_anybody_begins(client, town):
    for address in (CARD, f"{CARD}ficha/", "/m/pueblo/buscar/?q=credito+para+mujeres"):
        assert "dentidad comprobada" in client.get(address).content.decode(), address
    other = client.get("/m/pueblo/tramite/poda-derribo-arbol/").content.decode()
    assert "dentidad comprobada" not in other


def test_a_guest_fills_it_in_and_is_led_to_enter(client, town, broker):
    page = fill(client)
    text = page.content.decode()

    refused = client.post(page.request["PATH_INFO"])

    assert ("haya comprobado quién es usted" in text, "/cuenta/entrar/?next=" in text) == (True, True)
    assert (refused.status_code, Case.objects.count(), Draft.objects.get().folio) == (403, 0, "")


def test_a_key_alone_is_led_to_the_account_and_what_was_written_stays(client, town, ana, broker):
    page = fill(client)
    refused = client.post(page.request["PATH_INFO"])

    assert "/cuenta/#identidad" in refused.content.decode()
    assert (refused.status_code, Case.objects.count()) == (403, 0)

    verify(ana)
    client.post(page.request["PATH_INFO"])

    assert Case.objects.get().account == ana.public_id


def test_what_a_guest_wrote_is_sent_by_the_account_that_they_enter(client, town, broker):
    page = fill(client)
    person = somebody()
    verify(person)
    log_in(client, person)

    assert "haya comprobado" not in client.get(page.request["PATH_INFO"]).content.decode()
    client.post(page.request["PATH_INFO"])

    assert Case.objects.get().account == person.public_id


def test_an_account_does_not_lend_its_level_to_somebody_elses_request(client, town, broker):
    other = somebody()
    page = fill(client)
    Draft.objects.update(person=other.public_id)
    person = somebody()
    verify(person)
    log_in(client, person)

    assert client.post(page.request["PATH_INFO"]).status_code == 403
    assert not Case.objects.exists()


def test_a_code_of_a_verified_person_does_not_do(client, town, broker):
    person = somebody()
    verify(person)
    log_in(client, person, Assurance.CODE)
    page = fill(client)

    assert client.post(page.request["PATH_INFO"]).status_code == 403


def test_a_request_that_is_nobodys_is_not_sent_whatever_is_said_of_who_sends(town, broker):
    draft = begun(town, LOAN, **ANSWERS)
    with pytest.raises(Refusal):
        submitted(
            public_id=draft.draft.public_id,
            code=draft.code,
            by="citizen",
            channel="t",
            proved=Assurance.VERIFIED,
        )


def test_the_api_says_the_level_before_and_in_its_refusal(client, town):
    api = "/api/v1/municipalities/pueblo"
    body = {"procedure": LOAN, "answers": ANSWERS}

    described = client.get(f"{api}/procedures/{LOAN}").json()
    refused = client.post(f"{api}/cases", body, content_type="application/json")

    assert described["least_assurance"] == "verified"
    assert (refused.status_code, refused.json()["code"], refused.json()["least_assurance"]) == (
        403,
        "not_identified",
        "verified",
    )
    assert not Draft.objects.exists()


def test_a_procedure_that_asks_nothing_is_sent_by_anybody_and_keeps_no_account(client, town, ana, broker):
    draft = drafts.begin(town=town, procedure="poda-derribo-arbol", channel="t")
    identified.own(draft, ana.public_id)
    case, _ = sent(town, "reporte-ciudadano", que="bache", lugar="Hidalgo", peligro="no")

    assert (Draft.objects.get(pk=draft.draft.pk).person, case.account) == ("", "")
