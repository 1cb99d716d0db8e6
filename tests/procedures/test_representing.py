"""Acting for somebody else: begun and sent only within a mandate in force; who is represented sees it and may undo it."""

import datetime
import json
import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from alcaldia.identity import actions as identity
from alcaldia.identity import mandates, sessions
from alcaldia.identity.models import Person, Representation
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.models import Entry
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import definitions, papers, permitting, registers
from alcaldia.procedures.actions import drafts
from alcaldia.procedures.bearing import Bearer, check_bearer
from alcaldia.procedures.models import Case, Draft
from alcaldia.procedures.queries import cases
from alcaldia.procedures.representing import Acting
from tests.factories.money import paid_by
from tests.factories.people import log_in, made_person
from tests.procedures.conftest import submitted
from tests.procedures.officials import official
from tests.procedures.test_verified import SHOP

pytestmark = pytest.mark.django_db(transaction=True)
RULING, EVENT = "dictamen-uso-de-suelo", "permiso-evento"
PAPER = "ESC-77"


def words(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.content.decode())))


def empower(represented, representative, *scopes, basis="power_of_attorney", until=None):
    return mandates.record_representation(
        represented=represented, representative=representative, basis=basis, scopes=list(scopes) or ["*"],
        since=timezone.localdate() - datetime.timedelta(days=30), until=until, document_folio=PAPER, by="ana", channel="test",
    )  # fmt: skip


@pytest.fixture
def two(client):
    """Who is represented, and who acts for them, logged in."""
    (ana, _), (lawyer, _) = made_person(), made_person()
    log_in(client, lawyer)
    return ana, lawyer


def act(client, mandate):
    assert client.post("/cuenta/actuar-por/", {"mandato": mandate.pk}).status_code == 302


def begin(client, procedure=RULING):
    return client.post(f"/m/pueblo/tramite/{procedure}/empezar/")


def filled(client):
    """The address of the review of a request for a ruling."""
    page = client.get(begin(client).url)
    page = client.get(client.post(page.request["PATH_INFO"], {"predio": "L1"}).url)
    return client.post(page.request["PATH_INFO"], {"giro": "461110", "area": "40"}).url


def seen_by(person):
    browser = Client()
    log_in(browser, person)
    return browser


@pytest.mark.parametrize("scope", ["*", RULING, "uso-de-suelo", "terreno", "pedir"])
def test_within_its_scope_it_is_sent_in_the_name_of_the_other(client, town, two, scope):
    """Everything, the procedure, its family, its group, its door."""
    ana, lawyer = two
    act(client, empower(ana, lawyer, scope))
    review = filled(client)

    assert f"{PAPER}. Los datos quedan en esta solicitud" in words(client.get(review))
    page = client.get(client.post(review).url)
    case = Case.objects.get()

    assert (case.account, case.person) == (ana.public_id, "")
    assert "Presentada por representante Carta poder o poder notarial ESC-77" in words(page)
    told = case.events.get(kind="submitted").facts["represented_by"]
    assert (told["basis"], told["document"]) == ("power_of_attorney", PAPER)
    assert not any(
        lawyer.public_id in bytes(one.body).decode() for one in Entry.objects.filter(folio=case.folio)
    )
    assert Draft.objects.get().representative == ""


def test_out_of_scope_nothing_begins(client, town, two):
    act(client, empower(*two, EVENT))

    assert "no cubre este trámite" in words(begin(client))
    assert not Draft.objects.exists()


@pytest.mark.parametrize("change", ["expired", "narrowed", "revoked"])
def test_a_mandate_that_no_longer_covers_it_sends_nothing(client, town, two, change):
    mandate = empower(*two, RULING)
    act(client, mandate)
    review = filled(client)
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    if change == "revoked":
        mandates.revoke_representation(representation=mandate, by="ana", channel="test")
    changed = {"expired": {"until": yesterday}, "narrowed": {"scopes": [EVENT]}, "revoked": {}}[change]
    Representation.objects.filter(pk=mandate.pk).update(**{"document_folio": PAPER, **changed})

    answer = client.post(review)

    assert answer.status_code == 403
    assert "No se envió nada" in words(answer)
    assert not Case.objects.exists()


def test_a_power_taken_back_opens_none_of_the_requests_that_it_sent(client, town, two):
    mandate = empower(*two)
    act(client, mandate)
    case = client.post(filled(client)).url.split("/")[2]
    assert case in words(client.get("/carpeta/"))
    mandates.revoke_representation(representation=mandate, by="ana", channel="test")

    assert case not in words(client.get("/carpeta/"))
    assert client.cookies["expediente"].value
    assert client.post(f"/tramite/{case}/retirar/").status_code == 403


def test_what_was_begun_for_another_is_not_sent_as_ones_own_nor_the_reverse(client, town, two):
    mandate = empower(*two)
    act(client, mandate)
    theirs = filled(client)
    client.post("/cuenta/actuar-por/", {})
    assert "elija de nuevo por quién actúa" in words(client.post(theirs))
    own = filled(client)
    act(client, mandate)
    assert "sin actuar por otra persona" in words(client.post(own))
    assert not Case.objects.exists()


def test_who_is_represented_is_told_sees_it_and_withdraws_it(client, town, two, broker):
    ana, lawyer = two
    act(client, empower(ana, lawyer))
    answers = {
        "lugar": "Parque",
        "fecha": "15/06/2027",
        "personas": "400",
        "alcohol": "si",
        "ruido": "si",
        "cierra_calle": "si",
    }
    case = sent_for(town, ana, lawyer, EVENT, **answers)
    theirs = seen_by(ana)

    assert sessions.unread(ana)[0].detail == case.folio
    assert case.folio in words(theirs.get("/cuenta/"))
    assert case.folio in words(theirs.get("/carpeta/"))
    assert case.folio in words(client.get("/carpeta/"))
    assert theirs.post(f"/tramite/{case.folio}/retirar/").status_code == 302
    case.refresh_from_db()
    assert case.state == "withdrawn"


def sent_for(town, represented, representative, procedure, **answers):
    acting = Acting(representative.public_id, represented.public_id)
    began = drafts.begin(town=town, procedure=procedure, channel="test", acting=acting)
    drafts.answer(public_id=began.draft.public_id, code=began.code, answers=answers)
    return submitted(public_id=began.draft.public_id, code=began.code, by="citizen", channel="test", acting=acting)  # fmt: skip


def test_what_is_begun_for_another_is_in_the_folder_of_who_writes_it_while_acting(client, town, two):
    ana, lawyer = two
    act(client, empower(ana, lawyer))
    begin(client)

    assert "Lo que empecé" in words(client.get("/carpeta/"))
    assert "Lo que empecé" not in words(seen_by(ana).get("/carpeta/"))
    client.post("/cuenta/actuar-por/", {})
    assert "Lo que empecé" not in words(client.get("/carpeta/"))


def test_its_code_alone_withdraws_nothing(town, two):
    ana, lawyer = two
    empower(ana, lawyer)
    acting = Acting(lawyer.public_id, ana.public_id)
    began = drafts.begin(town=town, procedure="dictamen-uso-de-suelo", channel="test", acting=acting)
    answers = {"predio": "L1", "giro": "461110", "area": "40"}
    drafts.answer(public_id=began.draft.public_id, code=began.code, answers=answers)
    case = submitted(public_id=began.draft.public_id, code=began.code, by="citizen", channel="test", acting=acting)  # fmt: skip

    with pytest.raises(Refusal, match="en nombre de otra persona"):
        check_bearer(case, Bearer(began.code))
    check_bearer(case, Bearer(began.code, acting=acting))
    check_bearer(case, Bearer(person=ana.public_id))


def test_what_is_in_the_vault_of_the_represented_no_representative_completes(town, two):
    ana, lawyer = two
    empower(ana, lawyer)
    case = Case(municipality=town, account=ana.public_id, person=ana.public_id, protected=["rfc"])
    program = definitions.program_in(town.slug, RULING)

    with pytest.raises(Refusal, match="Sólo ella puede completarlo"):
        permitting.how(case, program, Bearer(acting=Acting(lawyer.public_id, ana.public_id)))


def test_a_narrow_power_shows_only_what_it_covers(client, town, two):
    ana, lawyer = two
    mandate = empower(ana, lawyer)
    case = sent_for(town, ana, lawyer, RULING, predio="L1", giro="461110", area="40")
    Representation.objects.filter(pk=mandate.pk).update(scopes=[EVENT])
    act(client, mandate)

    assert case.folio not in words(client.get("/carpeta/"))
    assert "Retirar" not in words(client.get(f"/tramite/{case.folio}/"))


def test_its_personal_data_lie_in_a_vault_of_the_request_alone(client, town, two, broker):
    ana, lawyer = two
    empower(ana, lawyer)
    case = sent_for(town, ana, lawyer, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")

    assert case.account == ana.public_id
    assert case.person not in {ana.public_id, lawyer.public_id}


@pytest.mark.parametrize("kind", [Person.Kind.LEGAL, Person.Kind.NATURAL])
def test_who_has_no_key_is_acted_for(client, town, kind):
    """A company by its representative; a child by its mother."""
    basis = "legal_representative" if kind == Person.Kind.LEGAL else "guardian"
    someone, (other, _) = identity.create_person(kind=kind), made_person()
    until = timezone.localdate() + datetime.timedelta(days=400)
    log_in(client, other)
    act(client, empower(someone, other, basis=basis, until=until))
    client.post(filled(client))
    case = Case.objects.get()

    assert (case.account, case.state) == (someone.public_id, "issued")
    assert client.get(f"/tramite/{case.folio}/documento.pdf").content.startswith(b"%PDF")


def test_a_companys_licence_by_its_representative_says_so_and_names_nobody(client, town, broker):
    """Asked, paid and issued; office and paper say by whose hand, the vault of the company stays as it was: none."""
    registers.keep(town, "property_tax", [("L1", {"adeudo": "0"})])
    company, manager = identity.create_person(kind=Person.Kind.LEGAL), identity.create_person()
    empower(company, manager, "licencia-bajo-riesgo", basis="legal_representative")
    case = sent_for(town, company, manager, "licencia-bajo-riesgo", aforo="40", **SHOP)
    paid_by(PaymentOrder.objects.get(folio=case.order))
    case.refresh_from_db()
    body = papers.act_of(case.document)

    assert ["Presentada", "Por conducto de su representante"] in body["facts"]
    assert manager.public_id not in json.dumps(body)
    assert case.account == company.public_id != case.person
    assert cases.status(case.folio).represented_by == {"basis": "Representante legal", "document": PAPER}
    log_in(client, official(town, "rita", case.agency))
    page = words(client.get(f"/oficina/pueblo/solicitud/{case.folio}/"))
    assert "Presentada por representante Representante legal ESC-77" in page


@pytest.mark.parametrize("page", ["/cuenta/", "/boveda/abrir/"])
def test_while_acting_ones_own_pages_say_whose_they_are(client, town, two, page):
    act(client, empower(*two))

    assert "Lo que ve aquí es suyo, no de la persona por quien actúa" in words(client.get(page))
    client.post("/cuenta/actuar-por/", {})
    assert "no de la persona por quien actúa" not in words(client.get(page))
