"""The counter records who may act for whom, signed; the person switches, and every page says so."""

import json
import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from alcaldia.identity import mandates, recovery
from alcaldia.identity.models import Official, Person, Representation, Session
from alcaldia.identity.rules.representation import last_day_as_minor
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.models import Entry
from alcaldia.web.components import rate
from tests.factories.people import answered, log_in, made_official, made_person, with_key

pytestmark = pytest.mark.django_db
ADDRESS = "/oficina/representaciones/nueva/"
TEN_YEARS_AGO = str(timezone.localdate().replace(day=1) - timedelta(days=3653))


@pytest.fixture(autouse=True)
def plain(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


@pytest.fixture
def clerk():
    one = made_official(Municipality.objects.create(slug="prueba", name="Prueba"), "clerk")
    client = Client()
    log_in(client, one)
    return client, with_key(one)


def given(represented, representative, **changed):
    return {
        "representado": represented.public_id, "representante": representative.public_id, "fundamento": "guardian",
        "para": "todo", "alcance": "", "desde": "2026-01-01", "hasta": "", "documento": "ACTA-1", "nacimiento": TEN_YEARS_AGO,
        **changed,
    }  # fmt: skip


def record(clerk, fields, address=ADDRESS):
    """What the two pages do: first what is to be signed, then the signature; or the page that refuses."""
    client, device = clerk
    page = client.post(address, fields)
    options = re.search(r'data-options="([^"]+)"', page.content.decode())
    if not options:
        return page
    state = unescape(re.search(r'name="state" value="([^"]+)"', page.content.decode()).group(1))
    answer = json.dumps(device.get(json.loads(unescape(options.group(1)))))
    return client.post(address, {"state": state, "credential": answer})


def withdraw(clerk, row):
    return record(clerk, {}, f"/oficina/representaciones/{row.pk}/retirar/")


def test_a_guardian_is_recorded_acts_and_stops_acting(client, clerk):
    child, (mother, _) = made_person()[0], made_person()
    assert record(clerk, given(child, mother)).status_code == 302
    row = Representation.objects.get()
    session = log_in(client, mother)

    client.post("/cuenta/actuar-por/", {"mandato": row.pk})
    acting = client.get("/ayuda/").content.decode()
    client.post("/cuenta/actuar-por/", {})
    after = client.get("/ayuda/").content.decode()

    assert "Está actuando por otra persona" in acting
    assert "Está actuando" not in after
    assert Entry.objects.filter(type="identity.representation_recorded").count() == 1
    assert Session.objects.get(pk=session.pk).mandate is None


def test_the_represented_reads_who_may_act_for_them_and_when_that_ends(client, clerk):
    """One official is enough to record it: whoever invents a power for themself must be seen."""
    (owner, _), (other, _) = made_person(), made_person()
    log_in(client, owner)
    before = client.get("/cuenta/").content.decode()
    record(clerk, given(owner, other, fundamento="power_of_attorney", nacimiento="", documento="PODER-77"))
    told = client.get("/cuenta/").content.decode()
    withdraw(clerk, Representation.objects.get())
    after = client.get("/cuenta/").content.decode()

    assert "PODER-77" not in before
    assert "alguien puede actuar en su nombre (Carta poder o poder notarial, PODER-77)" in told
    assert "PODER-77 · desde 2026-01-01 · para todo" in told
    assert "retiraron un permiso de actuar en su nombre" in after
    assert "PODER-77 · desde" not in after


def test_a_power_that_a_hand_in_the_database_makes_or_widens_is_counted(clerk):
    (owner, _), (other, _) = made_person(), made_person()
    record(clerk, given(owner, other))
    assert mandates.unrecorded() == 0
    row = Representation.objects.get()
    for changed in (
        {"scopes": ["x"]},
        {"until": row.until + timedelta(days=900)},
        {"represented": other, "representative": owner},
    ):
        Representation.objects.update(**changed)
        assert mandates.unrecorded() == 1, changed
        Representation.objects.update(
            scopes=row.scopes, until=row.until, represented=owner, representative=other
        )
    assert mandates.unrecorded() == 0
    Representation.objects.create(represented=other, representative=owner, basis="power_of_attorney", scopes=["*"],
                                  since=row.since, document_folio="ACTA-1", created_at=row.created_at)  # fmt: skip
    assert mandates.unrecorded() == 1


def test_a_mandate_that_ended_or_was_withdrawn_or_of_another_is_no_mandate(client, clerk):
    child, (mother, _), (stranger, _) = made_person()[0], made_person(), made_person()
    record(clerk, given(child, mother, hasta="2026-01-02"))
    record(clerk, given(child, mother, documento="ACTA-2"))
    ended, live = Representation.objects.order_by("pk")
    log_in(client, stranger)
    other = client.post("/cuenta/actuar-por/", {"mandato": live.pk}).status_code
    log_in(client, mother)
    over = client.post("/cuenta/actuar-por/", {"mandato": ended.pk}).status_code
    withdraw(clerk, live)

    assert (other, over) == (404, 403)
    assert client.post("/cuenta/actuar-por/", {"mandato": live.pk}).status_code == 403


def test_acting_ends_with_the_mandate(client, clerk):
    child, (mother, _) = made_person()[0], made_person()
    record(clerk, given(child, mother))
    row = Representation.objects.get()
    log_in(client, mother)
    client.post("/cuenta/actuar-por/", {"mandato": row.pk})

    withdraw(clerk, row)

    assert "Está actuando" not in client.get("/ayuda/").content.decode()


@pytest.mark.parametrize(
    "wrong", [{"para": ""}, {"para": "algunos"}, {"para": "algunos", "alcance": "todo"}, {"nueva": "legal"}, {"desde": "ayer"}, {"hasta": "2020-01-01"}, {"fundamento": "amistad"}, {"documento": ""}, {"representado": "p_no"}]
)  # fmt: skip
def test_what_the_paper_does_not_prove_is_refused(clerk, wrong):
    child, (mother, _) = made_person()[0], made_person()

    assert record(clerk, given(child, mother, **wrong)).status_code == 422
    assert not Representation.objects.exists()


@pytest.mark.parametrize("birth", ["", "2000-01-01", "2290-01-01", "9999-01-01"])
def test_a_guardian_of_an_account_that_was_there_needs_a_minors_birth_date(clerk, birth):
    somebody, other = made_person()[0], made_person()[0]

    assert record(clerk, given(somebody, other, nacimiento=birth)).status_code == 422
    assert not Representation.objects.exists()


def test_a_guardian_of_an_account_that_was_there_stops_at_eighteen(clerk):
    child, mother = made_person()[0], made_person()[0]

    assert record(clerk, given(child, mother)).status_code == 302
    assert Representation.objects.get().until == last_day_as_minor(date.fromisoformat(TEN_YEARS_AGO))


def test_no_guardian_is_recorded_without_an_end():
    child, mother = made_person()[0], made_person()[0]

    with pytest.raises(Refusal, match="18 años"):
        mandates.record_representation(
            represented=child, representative=mother, basis="guardian", scopes=["*"], since=date(2026, 1, 1),
            until=None, document_folio="ACTA-1", by="ana", channel="test",
        )  # fmt: skip


def test_a_reviewer_records_nobody(client):
    log_in(client, made_official(Municipality.objects.create(slug="prueba", name="Prueba"), "reviewer"))

    assert client.get(ADDRESS).status_code == 403


def test_taking_a_power_back_needs_the_signature_too(clerk):
    child, (mother, _) = made_person()[0], made_person()
    record(clerk, given(child, mother))
    row = Representation.objects.get()
    asked = clerk[0].post(f"/oficina/representaciones/{row.pk}/retirar/")
    row.refresh_from_db()
    still = row.revoked_at
    forged = clerk[0].post(f"/oficina/representaciones/{row.pk}/retirar/", {"state": "x", "credential": "{}"})

    assert (asked.status_code, still, forged.status_code) == (200, None, 409)
    assert withdraw(clerk, row).status_code == 302
    body = json.loads(bytes(Entry.objects.get(type="identity.representation_revoked").body))
    assert body["signature"]["nonce"]


def test_a_signature_takes_back_only_the_power_that_it_names(clerk):
    child, (mother, _) = made_person()[0], made_person()
    record(clerk, given(child, mother))
    record(clerk, given(child, mother, documento="ACTA-2"))
    one, other = Representation.objects.order_by("pk")
    page = clerk[0].post(f"/oficina/representaciones/{one.pk}/retirar/").content.decode()

    wrong = clerk[0].post(f"/oficina/representaciones/{other.pk}/retirar/", answered(clerk[1], page))

    assert wrong.status_code == 409
    assert not Representation.objects.filter(revoked_at__isnull=False).exists()


def test_a_scope_is_chosen_by_its_code(clerk):
    child, (mother, _) = made_person()[0], made_person()
    wanted = {"para": "algunos", "alcance": "permiso-evento, pedir", "fundamento": "power_of_attorney"}

    assert record(clerk, given(child, mother, **wanted)).status_code == 302
    assert Representation.objects.get().scopes == ["permiso-evento", "pedir"]


def test_a_legal_person_is_opened_at_the_counter_and_only_others_act_for_it(clerk):
    (manager, _), (other, _) = made_person(), made_person()
    fields = given(other, manager, representado="", nueva="legal", fundamento="legal_representative")
    page = clerk[0].get(record(clerk, fields).url).content.decode()
    company = Person.objects.get(kind=Person.Kind.LEGAL)

    assert company.public_id in page
    assert Representation.objects.get().represented == company
    assert record(clerk, given(other, company)).status_code == 422
    assert record(clerk, given(company, other, fundamento="guardian")).status_code == 422
    official = Official.objects.get(username="ana")
    with pytest.raises(Refusal, match="persona moral"):
        recovery.request_recovery(
            account=company.public_id,
            half="A" * 16,
            by=official,
            approval=recovery.Approval({}, {}, ""),
            channel="test",
        )


def test_a_minors_guardian_acts_until_the_eve_of_eighteen(clerk):
    (mother, _), today = made_person(), timezone.localdate()
    birth = today.replace(year=today.year - 10, day=1)
    fields = given(mother, mother, representado="", nueva="natural", nacimiento=str(birth))
    assert record(clerk, fields | {"nacimiento": ""}).status_code == 422
    assert record(clerk, fields | {"hasta": str(birth.replace(year=birth.year + 18))}).status_code == 422
    assert record(clerk, fields | {"nacimiento": str(birth.replace(year=birth.year - 9))}).status_code == 422

    assert record(clerk, fields).status_code == 302
    row = Representation.objects.get()
    assert row.until == birth.replace(year=birth.year + 18) - timedelta(days=1)
    assert row.represented.kind == Person.Kind.NATURAL
    assert not any(str(birth) in bytes(one.body).decode() for one in Entry.objects.all())


LIST = "/oficina/representaciones/"


def test_a_search_by_folio_is_an_act_of_the_official_and_tells_the_folio_to_nobody(clerk):
    child, (mother, _) = made_person()[0], made_person()
    made = record(clerk, given(child, mother))
    assert child.public_id in clerk[0].get(made.url).content.decode()
    assert child.public_id in clerk[0].post(LIST, {"folio": "ACTA-1"}).content.decode()
    act = Entry.objects.get(type="identity.representations_searched")
    assert b"ACTA-1" not in bytes(act.body)
    assert b"ACTA-1" not in clerk[0].get(LIST + "?folio=ACTA-1").content


def test_folios_are_not_tried_one_after_another(clerk, monkeypatch):
    monkeypatch.setitem(rate.LIMITS, "account", rate.Limit(3, 3600, "account"))
    codes = [clerk[0].post(LIST, {"folio": f"ACTA-{n}"}).status_code for n in range(4)]
    assert codes == [200, 200, 200, 429]


def test_what_one_official_has_just_recorded_is_shown_to_no_other(clerk):
    made = record(clerk, given(made_person()[0], made_person()[0])).url
    other = Client()
    log_in(other, made_official(Municipality.objects.get(), "clerk", username="otra"))
    assert "ACTA-1" not in other.get(made).content.decode()
    assert "Por <code>" not in other.get(made).content.decode()
