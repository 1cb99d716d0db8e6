"""Personal data given after sending: permitted as the rest of the case is, by the key of its account or by its code."""

import json
import re
from html import unescape

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.procedures import attaching
from alcaldia.procedures.actions import citizens, drafts, submission
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.protected import Signed
from alcaldia.vault.rules.grant import Send
from alcaldia.vault.rules.text64 import to_bytes
from alcaldia.web.components.sessions import VAULT_COOKIES
from tests.factories.people import log_in
from tests.flows.test_no_debt import enter
from tests.procedures.conftest import SAMPLES, installed, submitted
from tests.procedures.officials import official
from tests.procedures.test_attachments import picture
from tests.procedures.test_correcting import ASK, ask, awning, comply, street, upload
from tests.procedures.test_pages import words

pytestmark = pytest.mark.django_db(transaction=True)
assert street


def awning_of(town, someone):
    """A request that a person with a key signed."""
    started = drafts.begin(town=town, procedure="permiso-toldo", channel="test", person=someone.subject)
    named = {"public_id": started.draft.public_id, "code": started.code}
    draft = drafts.answer(**named, answers=ASK)
    draft = attaching.receive(draft, "croquis", file_name="malo.jpg", data=picture())
    folio = new_folio("SOL", 2026)
    send = submission.to_sign(submission.review(draft), folio=folio)
    signed = Signed(send, someone.key.sign(send.challenge()))
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
    log_in(client, official(street, "otra", "vialidad"))
    client.cookies[VAULT_COOKIES["official"]] = broker.official("vialidad").token
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


@pytest.mark.parametrize("wrong", ["less", "other"])
def test_a_signature_over_something_else_gives_nothing(street, broker, wrong):
    from alcaldia.procedures import correcting

    someone = broker.citizen()
    case = awning_of(street, someone)
    ask(case, street, "nombre")
    mine = Bearer("", someone.subject)
    work = correcting.begin(case, mine)
    send = correcting.to_sign(work, correcting.said(work, {"nombre": "Uno"}, {}))
    if wrong == "less":
        small = someone.grant(case=case.folio, fields=("case.alcohol",))
        send = Send(send.application, (small,))
    else:
        send = Send("ab" * 32, send.grants)
    signed = Signed(send, someone.key.sign(send.challenge()))
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
    assert "40" not in str(done.answers)


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
    assert client.post(page, {"_vistos": "alcohol", "alcohol": "no"}).status_code == 302
