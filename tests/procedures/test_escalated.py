"""A term that nobody kept passes to whoever heads the agency: an event, told once, seen in their load."""

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.notices import postman
from alcaldia.notices.models import Message
from alcaldia.notices.ports import plugged
from alcaldia.procedures import engine, telling
from alcaldia.procedures.actions import clocks
from alcaldia.procedures.models import Turn
from tests.factories.people import log_in
from tests.procedures.conftest import later, sent
from tests.procedures.officials import official

pytestmark = pytest.mark.django_db(transaction=True)
CONTACT = {
    "email": "presidencia@pueblo.example",
    "agencies": {"vialidad": {"head_email": "jefa@pueblo.example"}},
}


@pytest.fixture(autouse=True)
def _public(monkeypatch):
    monkeypatch.setattr(plugged, "public_url", "https://pueblo.example")


@pytest.fixture
def late(town):
    """A report: its agency has ten days, the case too, and neither silence decides anything."""
    town.settings = {**town.settings, "contact": CONTACT}
    town.save()
    return sent(town, "reporte-ciudadano", que="bache", lugar="Juárez 10", peligro="no")[0]


def told():
    return [
        (row.subject, postman.unseal(bytes(row.address)))
        for row in Message.objects.filter(template="escalated")
    ]


def test_the_head_is_told_once_with_the_folio_and_nothing_else(late, town):
    done = clocks.run(town, later(late, 30))
    clocks.run(town, later(late, 31))
    assert (done.escalated, done.failed) == (2, [])
    assert told() == [(f"case:{late.folio}/servicios-publicos", "presidencia@pueblo.example")]
    facts = Message.objects.get(template="escalated").facts
    assert facts["link"].endswith(f"/oficina/pueblo/solicitud/{late.folio}/")
    assert set(facts) == {"town", "folio", "name", "link"}


def test_the_turn_passes_to_the_head_in_the_event_s_own_transaction(late, town, monkeypatch):
    def broken(*_, **__):
        raise Refusal("down", "No se pudo.")

    with monkeypatch.context() as patch:
        patch.setattr(telling, "mailbox", broken)
        assert set(clocks.run(town, later(late, 30)).failed) == {late.folio}
    assert not Turn.objects.exclude(escalated_on=None).exists()
    clocks.run(town, later(late, 30))
    assert Turn.objects.get(case=late, kind="review").escalated_on == later(late, 30)
    assert late.events.filter(kind="escalated").count() == 2


def test_a_term_without_a_tacit_answer_is_kept_once_and_tells_nobody_twice(late, town):
    clocks.run(town, later(late, 30))
    clocks.run(town, later(late, 31))
    late.refresh_from_db()
    assert late.escalated_on == later(late, 30) == engine.state_of(late).escalated
    said = [one.facts for one in late.events.filter(kind="escalated")]
    assert said == [{"agencies": ["servicios-publicos"]}, {"agencies": [], "term": True}]


def test_an_agency_s_own_mailbox_stands_before_the_town_s(late, town):
    assert postman.unseal(postman.unpack(telling.mailbox(town, "vialidad"))["email"]) == "jefa@pueblo.example"


def test_the_load_of_the_head_shows_what_passed_to_them(client, late, town):
    clocks.run(town, later(late, 30))
    log_in(client, official(town, "jefe", "servicios-publicos", "director"))
    page = client.get("/oficina/pueblo/carga/").content.decode()
    assert late.folio in page
    assert "pasó a usted" in page
    assert "se avisó a su titular" in client.get(f"/tramite/{late.folio}/").content.decode()


def test_the_head_s_mailbox_is_on_no_page_and_hides_nothing_of_the_agency(client, late, town):
    before = client.get("/m/pueblo/dependencias/").content.decode()
    assert "jefa@pueblo.example" not in before
    town.settings = {**town.settings, "contact": {}}
    town.save()
    assert client.get("/m/pueblo/dependencias/").content.decode().count("<section>") == before.count(
        "<section>"
    )


def test_a_case_that_breaks_in_a_way_nobody_expected_keeps_no_other_waiting(late, town, monkeypatch):
    other, _ = sent(town, "reporte-ciudadano", que="bache", lugar="Morelos 3", peligro="no")
    hold = engine.hold

    def held(folio):
        if folio == late.folio:
            raise ValueError("a row that nobody expected")
        return hold(folio)

    monkeypatch.setattr(engine, "hold", held)
    done = clocks.run(town, later(late, 30))
    assert (done.escalated, set(done.failed)) == (2, {late.folio})
    other.refresh_from_db()
    assert other.escalated_on is not None
