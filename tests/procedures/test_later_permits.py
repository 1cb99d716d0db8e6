"""Personal data given after sending: permitted as the rest of the case is, by the key of its account or by its code."""

import json
import re
import sqlite3
from contextlib import closing
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.ledger.models import Entry
from alcaldia.procedures import attaching, definitions, protected
from alcaldia.procedures.actions import citizens, drafts, submission
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.protected import Signed
from alcaldia.vault import actions as vault
from alcaldia.vault import custodian
from alcaldia.vault.rules.grant import Send, read_grant
from alcaldia.vault.rules.text64 import to_bytes, to_text
from alcaldia.web.components.sessions import VAULT_COOKIES
from tests.factories.people import log_in
from tests.flows.test_no_debt import enter
from tests.procedures.conftest import SAMPLES, begun, installed, submitted
from tests.procedures.officials import official, opens_vault
from tests.procedures.test_attachments import picture
from tests.procedures.test_correcting import ASK, ask, awning, comply, street, upload
from tests.procedures.test_pages import words

SALT = "un-azar-de-prueba-largo-1234"
pytestmark = pytest.mark.django_db(transaction=True)
assert street


def awning_of(town, someone):
    """A request that a person with a key signed."""
    started = drafts.begin(town=town, procedure="permiso-toldo", channel="test", person=someone.subject)
    named = {"public_id": started.draft.public_id, "code": started.code}
    draft = drafts.answer(**named, answers=ASK)
    draft = attaching.receive(draft, "croquis", file_name="malo.jpg", data=picture())
    folio = new_folio("SOL", 2026)
    send = submission.to_sign(submission.review(draft), folio=folio, salt=SALT)
    signed = Signed(send, someone.key.sign(send.challenge()), SALT)
    return submitted(**named, by="citizen", channel="test", folio=folio, signed=signed)


def hidden(page):
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode())
    return {name: unescape(value) for name, value in found}


def signing(client, someone, address, typed):
    """Post what was typed; the page asks for a touch; touch, and post again with everything it carries."""
    enter(client, someone)
    page = client.post(address, typed)
    assert page.status_code == 200, words(page)[:300]
    text = page.content.decode()
    assert 'data-passkey="get"' in text, words(page)[:300]
    options = json.loads(unescape(re.search(r'data-options="([^"]*)"', text)[1]))
    credential = json.dumps(someone.key.sign(to_bytes(options["challenge"])))
    return client.post(address, {**hidden(page), "credential": credential})


def test_a_correction_of_an_account_is_signed_by_its_key(client, street, broker):
    someone = broker.citizen()
    case = awning_of(street, someone)
    ask(case, street, "nombre", "croquis")
    typed = {"_vistos": "nombre,croquis", "nombre": "Casimira Ficticia", "croquis": upload()}
    assert signing(client, someone, f"/tramite/{case.folio}/completar/", typed).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.person) == ("in_review", someone.subject)
    other = official(street, "otra", "vialidad")
    log_in(client, other)
    opens_vault(client, other, broker, "vialidad")
    where = f"/oficina/pueblo/solicitud/{case.folio}/"
    assert "Casimira Ficticia" in words(client.post(f"{where}datos/"))
    new = case.attachments.order_by("-pk").first()
    assert client.post(f"{where}archivo/{new.public_id}/").content.startswith(b"\xff\xd8\xff")


def test_by_its_code_alone_what_lies_in_a_vault_of_a_key_is_not_touched(street, broker):
    case = awning_of(street, broker.citizen())
    ask(case, street, "nombre")
    code = Bearer("", case.account)
    with pytest.raises(Refusal, match="Firme con su llave"):
        citizens.comply(folio=case.folio, answers={"nombre": "Otra"}, bearer=code, by="citizen", channel="t")
    case.refresh_from_db()
    assert case.state == "correction_requested"


def test_the_page_of_a_correction_calls_what_it_permits_as_it_was_asked(client, street, broker):
    someone = broker.citizen()
    case = awning_of(street, someone)
    ask(case, street, "nombre")
    enter(client, someone)
    page = words(
        client.post(f"/tramite/{case.folio}/completar/", {"_vistos": "nombre", "nombre": "Casimira"})
    )
    permits = page.partition("Qué permite al enviar")[2]
    assert ("A nombre de quién" in permits, "Dato del trámite" in permits) == (True, False)


@pytest.mark.parametrize("wrong", ["less", "other"])
def test_a_signature_over_something_else_gives_nothing(street, broker, wrong):
    from alcaldia.procedures import correcting

    someone = broker.citizen()
    case = awning_of(street, someone)
    ask(case, street, "nombre")
    mine = Bearer("", someone.subject)
    work = correcting.begin(case, mine)
    send = correcting.to_sign(work, correcting.said(work, {"nombre": "Uno"}, {}), SALT)
    if wrong == "less":
        small = someone.grant(case=case.folio, fields=("case.alcohol",))
        send = Send(send.application, (small,))
    else:
        send = Send("ab" * 32, send.grants)
    signed = Signed(send, someone.key.sign(send.challenge()), SALT)
    with pytest.raises(Refusal, match="Lo que se firmó"):
        citizens.comply(
            folio=case.folio, answers={"nombre": "Uno"}, bearer=mine, by="citizen", channel="t", signed=signed
        )


@pytest.fixture
def sensitive(town, broker, tmp_path):
    """The same definition, with metres that are personal: its rule reads what lies sealed."""
    text = (SAMPLES / "permiso-toldo.yaml").read_text(encoding="utf-8")
    text = text.replace(
        "unit: m2, min: 1, max: 9000}", "unit: m2, min: 1, max: 9000, personal: sensitive, why: Se cobra.}"
    )
    mine = tmp_path / "permiso-toldo.yaml"
    mine.write_text(text, encoding="utf-8")
    with installed(town, mine):
        yield town


def test_what_lies_sealed_is_read_again_where_a_rule_needs_it(sensitive):
    case, code = awning(sensitive)
    assert "area" in case.protected
    ask(case, sensitive, "nombre")
    with pytest.raises(Refusal, match="código"):
        citizens.comply(
            folio=case.folio, answers={"nombre": "Otra"}, bearer=Bearer("", "p_x"), by="citizen", channel="t"
        )
    done = comply(case, code, nombre="Otra")
    rules = done.events.get(kind="corrected").facts["rules"]
    assert (done.fee, rules["outcome"], rules["missing"]) == (case.fee, "granted", [])
    assert "40" not in map(str, done.answers.values())


def test_an_account_opens_its_vault_first_where_a_rule_needs_it(client, sensitive, broker):
    someone = broker.citizen()
    case = awning_of(sensitive, someone)
    ask(case, sensitive, "alcohol")
    enter(client, someone)
    page = f"/tramite/{case.folio}/completar/"
    token = client.cookies.pop(VAULT_COOKIES["person"]).value
    assert client.get(page).url.startswith("/boveda/abrir/")
    client.cookies[VAULT_COOKIES["person"]] = token
    assert client.get(page).status_code == 200
    asked = client.post(page, {"_vistos": "alcohol", "alcohol": "no"})
    assert (asked.status_code, "Su llave firma exactamente estas respuestas" in words(asked)) == (200, True)


# ── what the acts say of the signature ────────────────────────────────────────────────────────────────────────────


def mark_of(case, kind, someone):
    """What the act of that event says of the signature; the event, the log and the broker must say the same."""
    mark = case.events.get(kind=kind).facts["signed"]
    act = json.loads(bytes(Entry.objects.get(folio=case.folio, type=f"procedures.case_{kind}").body))
    assert act["facts"]["signed"] == mark
    assert mark["key"] == sha256(bytes.fromhex(mark["bundle"]) + someone.key.id).hexdigest()
    assert to_text(someone.key.id) not in json.dumps(act)
    return mark["bundle"]


def kept(settings, bundle):
    """The permits that the broker itself keeps under that name."""
    with closing(sqlite3.connect(Path(settings.HOME) / "broker" / "broker.sqlite3")) as store:
        return [row[0] for row in store.execute("SELECT id FROM permit WHERE bundle = ?", [bundle])]


def test_the_act_of_a_correction_keeps_which_signature_sent_it(client, street, broker, settings):
    someone = broker.citizen()
    case = awning_of(street, someone)
    ask(case, street, "nombre")
    signing(client, someone, f"/tramite/{case.folio}/completar/", {"_vistos": "nombre", "nombre": "Casimira"})
    assert kept(settings, mark_of(case, "corrected", someone))


def test_so_does_that_of_an_appeal(client, street, broker, settings):
    from tests.procedures.test_appealing import denied

    someone = broker.citizen()
    case, _, _ = denied(street, (awning_of(street, someone), ""))
    signing(client, someone, f"/tramite/{case.folio}/recurso/", {"motivos": "Sí cabe."})
    assert kept(settings, mark_of(case, "appealed", someone))


def test_what_is_not_personal_is_signed_too_by_whoever_is_here_with_a_key(client, street, broker, settings):
    """The touch is over exactly these answers, and opens nothing that was closed before."""
    someone = broker.citizen()
    case = awning_of(street, someone)
    ask(case, street, "alcohol")
    page = f"/tramite/{case.folio}/completar/"
    assert signing(client, someone, page, {"_vistos": "alcohol", "alcohol": "no"}).status_code == 302
    permits = kept(settings, mark_of(case, "corrected", someone))
    official = broker.official("vialidad")
    found = {
        one["id"]: one["grant"] for one in custodian.ask("case_grants", case=case.folio, token=official.token)
    }
    mine = [found[one] for one in permits if one in found]
    assert [one["fields"] for one in mine] == [["case.alcohol"]]
    assert vault.show(read_grant(mine[0]), ["case.alcohol"], token=official.token) == []


@pytest.mark.parametrize("door", ["code", "session", "no_vault"])
def test_without_a_key_it_is_sent_as_before_and_the_act_says_nothing_of_one(client, street, broker, door):
    someone = broker.citizen()
    case, code = (awning_of(street, someone), "") if door != "code" else awning(street)
    ask(case, street, "alcohol")
    page = f"/tramite/{case.folio}/completar/"
    if door == "code":
        client.post("/mi-tramite/", {"folio": case.folio, "codigo": code})
    else:
        enter(client, someone)
        client.cookies.pop(VAULT_COOKIES["person"])
    if door == "session":
        citizens.comply(
            folio=case.folio,
            answers={"alcohol": "no"},
            bearer=Bearer("", someone.subject),
            by="citizen",
            channel="t",
        )
    else:
        assert client.post(page, {"_vistos": "alcohol", "alcohol": "no"}).status_code == 302
    assert "signed" not in case.events.get(kind="corrected").facts


def test_a_touch_over_other_answers_sends_nothing(street, broker):
    from alcaldia.procedures import correcting

    someone = broker.citizen()
    case = awning_of(street, someone)
    ask(case, street, "area")
    mine = Bearer("", someone.subject)
    work = correcting.begin(case, mine)
    send = correcting.to_sign(work, correcting.said(work, {"area": "20"}, {}), SALT)
    signed = Signed(send, someone.key.sign(send.challenge()), SALT)
    with pytest.raises(Refusal, match="Lo que se firmó"):
        citizens.comply(
            folio=case.folio, answers={"area": "400"}, bearer=mine, by="citizen", channel="t", signed=signed
        )
    assert not case.events.filter(kind="corrected").exists()


def test_a_signature_that_gave_nothing_is_not_told(street, broker):
    """Who sends by the code of the case leaves no mark, whatever the form carried."""
    from alcaldia.procedures import correcting

    someone = broker.citizen()
    case, code = awning(street)
    ask(case, street, "area")
    work = correcting.begin(case, Bearer(code))
    send = Send("ab" * 32, (someone.grant(case=case.folio, fields=("case.area",)),))
    signed = Signed(send, someone.key.sign(send.challenge()), SALT)
    assert correcting.said(work, {"area": "20"}, {})
    citizens.comply(
        folio=case.folio,
        answers={"area": "20"},
        bearer=Bearer(code),
        by="citizen",
        channel="t",
        signed=signed,
    )
    assert "signed" not in case.events.get(kind="corrected").facts


def test_an_agency_that_says_what_it_reads_gets_no_permit_for_more(town, broker, tmp_path):
    """The reviewer sees the plan, not who asks; who resolves sees both."""
    text = (SAMPLES / "permiso-toldo.yaml").read_text(encoding="utf-8")
    own = tmp_path / "permiso-toldo.yaml"
    own.write_text(
        text.replace("{agency: vialidad,", "{agency: vialidad, reads: [croquis],"), encoding="utf-8"
    )
    with installed(town, own):
        draft = begun(town, "permiso-toldo", predio="L1", area="40", nombre="Ana Inventada", alcohol="no")
        told = {"file": "x", "name": "croquis.pdf", "key": "k"}
        draft = drafts.attach(
            public_id=draft.draft.public_id, code=draft.code, name="croquis", file="x", told=told
        )
        case = submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test")
        program = definitions.pinned(case.definition)
    read = {}
    for agency in protected.agencies(program):
        who = broker.official(agency)
        grants = custodian.ask("case_grants", case=case.folio, token=who.token)
        read[agency] = {name for one in grants for name in one["grant"]["fields"]}
    assert read["vialidad"] == {"case.croquis"}
    assert read[program.definition.sheet.agency] == {"case.croquis", "case.nombre"}
