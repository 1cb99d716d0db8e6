"""An appeal through its pages: in its term, read under its own permit, answered by somebody else."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from alcaldia.identity.ports import plugged
from alcaldia.kernel.errors import Refusal
from alcaldia.notices.models import Message
from alcaldia.procedures import appealing
from alcaldia.procedures.actions import citizens, clocks, reviewing
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.models import Turn
from alcaldia.procedures.queries import cases
from tests.factories.people import answered, log_in, with_key
from tests.procedures.conftest import later, sent
from tests.procedures.officials import official, opens_vault
from tests.procedures.test_correcting import awning, street
from tests.procedures.test_later_permits import awning_of, signing
from tests.procedures.test_pages import words

pytestmark = pytest.mark.django_db(transaction=True)
assert street
AGENCY, WHY = "comercio-y-via-publica", "El toldo sí cabe: soy Hermenegilda."


def denied(town, made):
    """The case after its head said no; case, code, and that head."""
    case, code = made
    reviewing.give_opinion(folio=case.folio, agency="vialidad", opinion="unfavourable", note="Estorba.", channel="t",
                           official=official(town, "vial", "vialidad"))  # fmt: skip
    head = official(town, "jefa", AGENCY, "director")
    case = reviewing.resolve(
        folio=case.folio, outcome="denied", reasons=["Estorba."], official=head, channel="t"
    )
    return case, code, head


def desk(client, who, broker):
    """The browser of an official with an open vault."""
    log_in(client, who)
    opens_vault(client, who, broker, AGENCY)


def test_a_citizen_appeals_another_official_reads_and_answers_and_the_author_is_refused(
    client, street, broker, monkeypatch
):
    case, code, head = denied(street, awning(street))
    client.post("/mi-tramite/", {"folio": case.folio, "codigo": code})
    page = f"/tramite/{case.folio}/recurso/"
    assert "hasta el" in words(client.get(page))
    assert "Escriba por qué" in words(client.post(page, {"motivos": " "}))
    assert client.post(page, {"motivos": WHY}).status_code == 302
    where = f"/oficina/pueblo/solicitud/{case.folio}/"
    desk(client, head, broker)
    assert "Usted resolvió esta solicitud" in words(client.get(where))
    refused = client.post(f"{where}recurso/", {"resultado": "confirmar", "nota": "No."})
    assert (refused.status_code, "Usted resolvió esta solicitud" in words(refused)) == (403, True)
    other = official(street, "superior", AGENCY, "director")
    desk(client, other, broker)
    other.refresh_from_db()
    monkeypatch.setattr(plugged, "custodian", None)
    device = with_key(other)
    monkeypatch.undo()
    assert "Leer los motivos del recurso" in words(client.get(where))
    read = words(client.post(f"{where}datos/", {"solo": "recurso"}))
    assert WHY in read
    assert "Hermenegilda Piedraluna" not in read
    asked = client.post(f"{where}recurso/", {"resultado": "anular", "nota": "Cabe."}).content.decode()
    assert "Se anula lo resuelto" in asked
    assert client.post(f"{where}recurso/", answered(device, asked)).status_code == 302
    case.refresh_from_db()
    assert case.state == "annulled"


def test_a_person_with_a_key_permits_it_with_a_touch(client, street, broker):
    someone = broker.citizen()
    case, _, _ = denied(street, (awning_of(street, someone), ""))
    page = signing(client, someone, f"/tramite/{case.folio}/recurso/", {"motivos": WHY})
    assert page.status_code == 302
    desk(client, official(street, "superior", AGENCY, "director"), broker)
    where = f"/oficina/pueblo/solicitud/{case.folio}/datos/"
    assert WHY in words(client.post(where, {"solo": "recurso"}))
    everything = words(client.post(where))
    assert (WHY in everything, everything.count("Hermenegilda")) == (True, 2)


def test_after_its_term_an_appeal_is_refused_with_the_day(client, street, monkeypatch):
    case, code, _ = denied(street, awning(street))
    last = cases.status(case.folio).appeal_until
    assert last is not None
    for module in (appealing, cases):
        monkeypatch.setattr(module, "today", lambda town: later(case, 40))
    told = cases.status(case.folio)
    assert "appealed" not in told.may
    with pytest.raises(Refusal, match=f"terminó el {last:%d/%m/%Y}"):
        citizens.appeal(folio=case.folio, reasons=WHY, bearer=Bearer(code), by="citizen", channel="t")
    client.post("/mi-tramite/", {"folio": case.folio, "codigo": code})
    late = client.post(f"/tramite/{case.folio}/recurso/", {"motivos": WHY})
    assert (late.status_code, "El plazo para impugnar terminó" in words(late)) == (409, True)
    case.refresh_from_db()
    assert (case.state, "recurso" in case.protected) == ("issued", False)


def test_an_appeal_of_what_is_not_resolved_gives_no_permit(street, broker):
    from alcaldia.vault import custodian

    case, code = awning(street)
    with pytest.raises(Refusal, match="ya no se puede hacer"):
        citizens.appeal(folio=case.folio, reasons=WHY, bearer=Bearer(code), by="citizen", channel="t")
    token = broker.official(AGENCY).token
    found = custodian.ask("case_grants", case=case.folio, token=token)
    assert [one for one in found if "case.recurso" in one["grant"]["fields"]] == []


def test_an_appeal_of_what_a_rule_decided_is_a_turn_with_a_clock_and_its_head_is_told(client, town, broker):
    town.settings = {**town.settings, "contact": {"email": "oficina@example.org"}}
    town.save()
    case, code = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="722412", area="40")
    citizens.appeal(folio=case.folio, reasons=WHY, bearer=Bearer(code), by="citizen", channel="t")
    log_in(client, official(town, "jefa", case.agency, "director"))
    assert case.folio in client.get("/oficina/pueblo/bandeja/").content.decode()
    assert Message.objects.get().template == "appeal_came"
    done = clocks.run(town, later(case, 60))
    assert (done.escalated, clocks.run(town, later(case, 61)).escalated) == (1, 0)
    assert Turn.objects.get(case=case, kind="appeal").escalated_on is not None


def migrated():
    """What migration 0013 does to an upgraded city, on the models of its own time."""
    before = MigrationLoader(connection).project_state(("procedures", "0012_draft_said")).apps
    import_module("alcaldia.procedures.migrations.0013_turns_of_appeals").give_turns(before, None)


def test_an_appeal_of_before_there_were_turns_gets_one_and_its_head_is_told_in_time(client, town, broker):
    """The one that came today stays as it is, with whoever took it; doing it again changes nothing."""
    old, code = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="722412", area="40")
    citizens.appeal(folio=old.folio, reasons=WHY, bearer=Bearer(code), by="citizen", channel="t")
    [made] = Turn.objects.filter(case=old).values("kind", "state", "agency", "opened_on", "due_on", "holder")
    Turn.objects.filter(case=old).delete()
    new, code = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="722412", area="40")
    citizens.appeal(folio=new.folio, reasons=WHY, bearer=Bearer(code), by="citizen", channel="t")
    Turn.objects.filter(case=new).update(holder="jefa")
    quiet, _ = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="722412", area="40")
    migrated()
    migrated()
    assert list(Turn.objects.filter(case=old).values(*made)) == [made]
    assert Turn.objects.get(case=new).holder == "jefa"
    assert not Turn.objects.filter(case=quiet).exists()
    log_in(client, official(town, "otra", old.agency, "director"))
    assert old.folio in client.get("/oficina/pueblo/bandeja/").content.decode()
    assert clocks.run(town, later(old, 60)).escalated == 2


def test_an_appeal_of_before_in_a_city_whose_year_nobody_loaded_holds_up_no_upgrade(town, broker):
    case, code = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="722412", area="40")
    citizens.appeal(folio=case.folio, reasons=WHY, bearer=Bearer(code), by="citizen", channel="t")
    Turn.objects.all().delete()
    town.settings = {**town.settings, "calendar": {"years": [2020]}}
    town.save()
    migrated()
    assert Turn.objects.get(case=case).state == "open"
