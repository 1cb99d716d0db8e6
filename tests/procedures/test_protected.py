"""Personal data of a request: sealed, opened only by the offices it went to, under its permit, and told to the person."""

import json
from hashlib import sha256

import pytest

from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.shape import Text
from alcaldia.ledger.models import Entry
from alcaldia.procedures import protected, registers
from alcaldia.procedures.actions import citizens, drafts, submission
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.models import Case, CaseEvent, Draft
from alcaldia.procedures.protected import Signed
from alcaldia.procedures.rules import privacy
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.findings import check
from alcaldia.vault import actions as vault
from alcaldia.vault import custodian
from alcaldia.vault import queries as vault_read
from alcaldia.vault.models import RecordVersion
from alcaldia.vault.rules.grant import Send, read_grant
from alcaldia.vault.rules.text64 import to_text
from tests.factories.definition import program
from tests.procedures.conftest import begun, sent, submitted

SALT = "un-azar-de-prueba-largo-1234"
pytestmark = pytest.mark.django_db(transaction=True)
NAME = "Hermenegilda Piedraluna"
ASK = {"acta": "12", "tipo_error": "ortografico", "dice": NAME, "debe": "Hermenegildo", "prueba": "x"}


def permits(case, official):
    found = custodian.ask("case_grants", case=case.folio, token=official.token)
    return [read_grant(one["grant"]) for one in found]


def test_a_guest_s_data_open_only_to_the_offices_of_the_procedure(town, broker):
    case, _ = sent(town, "correccion-acta", **ASK)
    mine, other = broker.official("registro-civil"), broker.official("tesoreria")
    [permit] = permits(case, mine)
    held = vault.show(permit, ["case.dice"], token=mine.token)
    assert [one.value for one in held] == [NAME]
    assert permits(case, other) == []
    with pytest.raises(Refusal, match="otra oficina"):
        vault.show(permit, ["case.dice"], token=other.token)


def test_no_table_tells_who_asked(town, broker):
    case, _ = sent(town, "correccion-acta", **ASK)
    rows = [json.dumps(Case.objects.values("answers", "consulted", "protected").get(pk=case.pk))]
    rows += [json.dumps(one) for one in CaseEvent.objects.filter(case=case).values_list("facts", flat=True)]
    rows += [json.dumps(row.fields) for row in RecordVersion.objects.all()]
    assert not [row for row in rows if "Piedraluna" in row]


def test_the_code_of_a_request_shows_who_looked(town, broker):
    case, code = sent(town, "correccion-acta", **ASK)
    official = broker.official("registro-civil", name="Ada Ficticia")
    vault.show(permits(case, official)[0], ["case.dice"], token=official.token)
    token = custodian.ask("enter_coded", code=code)["token"]
    seen = [one["event"] for one in custodian.ask("my_accesses", token=token, limit=10)]
    assert ("Ada Ficticia", "pueblo/registro-civil", case.folio) in {
        (e["official"], e["office"], e["case"]) for e in seen
    }


def test_data_of_one_request_are_not_opened_for_another_of_the_same_person(town, broker):
    """Two requests of one account: each permit opens its own."""
    someone = broker.citizen()
    folios = [_signed(town, someone, {**ASK, "dice": text}).folio for text in ("Uno", "Dos")]
    official = broker.official("registro-civil")
    [permit] = permits(Case.objects.get(folio=folios[1]), official)
    assert [one.value for one in vault.show(permit, ["case.dice"], token=official.token)] == ["Dos"]


def test_the_act_of_sending_keeps_which_signature_sent_it(town, broker):
    """A court compares log and broker: the broker's name of the bundle stands in the act, and no key in the open."""
    someone = broker.citizen()
    cases = [_signed(town, someone, {**ASK, "dice": text}) for text in ("Uno", "Dos")]
    kept = [case.events.get(kind="submitted").facts["signed"] for case in cases]
    for case, mark in zip(cases, kept, strict=True):
        act = json.loads(bytes(Entry.objects.get(folio=case.folio, type="procedures.case_submitted").body))
        assert act["facts"]["signed"] == mark
        assert mark["key"] == sha256(bytes.fromhex(mark["bundle"]) + someone.key.id).hexdigest()
        assert to_text(someone.key.id) not in json.dumps(act)
    assert kept[0]["key"] != kept[1]["key"]


def test_where_no_key_signed_the_act_says_nothing_of_one(town, broker):
    case, _ = sent(town, "correccion-acta", **ASK)
    assert "signed" not in case.events.get(kind="submitted").facts


def _signed(town, someone, answers):
    from alcaldia.kernel.folio import new_folio

    draft = begun(town, "correccion-acta", **answers)
    Draft.objects.filter(pk=draft.draft.pk).update(person=someone.subject)
    draft.draft.person = someone.subject
    folio = new_folio("SOL", 2026)
    send = submission.to_sign(submission.review(draft), folio=folio, salt=SALT)
    signed = Signed(send, someone.key.get({"challenge": to_text(send.challenge())}), SALT)
    return submitted(
        public_id=draft.draft.public_id,
        code=draft.code,
        by="citizen",
        channel="test",
        folio=folio,
        signed=signed,
    )


def test_a_signature_over_another_request_is_refused_and_nothing_is_kept(town, broker):
    someone, draft = broker.citizen(), begun(town, "correccion-acta", **ASK)
    Draft.objects.filter(pk=draft.draft.pk).update(person=someone.subject)
    draft.draft.person = someone.subject
    send = submission.to_sign(submission.review(draft), folio="SOL-2026-AAAA-BBBB-CCCC", salt=SALT)
    signed = Signed(send, someone.key.get({"challenge": to_text(send.challenge())}), SALT)
    with pytest.raises(Refusal, match="no es esta solicitud"):
        submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test",
                          folio="SOL-2026-DDDD-EEEE-FFFF", signed=signed)  # fmt: skip
    assert not Case.objects.exists()


def test_a_personal_answer_changed_after_the_touch_is_refused(town, broker):
    someone, draft = broker.citizen(), begun(town, "correccion-acta", **ASK)
    Draft.objects.filter(pk=draft.draft.pk).update(person=someone.subject)
    draft.draft.person = someone.subject
    send = submission.to_sign(submission.review(draft), folio="SOL-2026-AAAA-BBBB-CCCC", salt=SALT)
    signed = Signed(send, someone.key.sign(send.challenge()), SALT)
    drafts.answer(public_id=draft.draft.public_id, code=draft.code, answers={"debe": "Otro Nombre"})
    with pytest.raises(Refusal, match="no es esta solicitud"):
        submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test",
                  folio="SOL-2026-AAAA-BBBB-CCCC", signed=signed)  # fmt: skip
    assert not Case.objects.exists()


@pytest.mark.parametrize(("changed", "same"), [({}, True), ({"debe": "Otro Nombre"}, False)])
def test_what_lies_in_the_vault_can_be_compared_with_what_was_signed(town, broker, changed, same):
    """By whoever may open it: its person, or a court to which they show it."""
    someone = broker.citizen()
    case = _signed(town, someone, ASK)
    held = {one.field: one.value for one in vault_read.own(someone.subject, someone.token, ["case"])}
    signed = CaseEvent.objects.get(case=case, kind="submitted").facts["signed"]["bundle"]
    salt = held[protected.seal_of(signed)]
    given = {name: held[name] for name in ASK if name in held} | changed
    said = {
        "procedure": case.procedure,
        "version": case.definition.version,
        "folio": case.folio,
        "answers": case.answers,
    }
    permits = [read_grant(one["grant"]) for one in custodian.ask("my_grants", token=someone.token)]
    told = Send(digest({**said, **protected.sealed_in(salt, given)}), tuple(permits))
    assert (told.challenge().hex() == signed) == same


def test_a_salt_that_anybody_could_guess_is_refused():
    with pytest.raises(Refusal):
        protected.sealed_in("1234", {"debe": "x"})


def test_with_the_broker_down_nothing_personal_is_taken_and_the_draft_stays(town, monkeypatch, tmp_path):
    monkeypatch.setattr(custodian, "folder", lambda: tmp_path)
    draft = begun(town, "correccion-acta", **ASK)
    with pytest.raises(Refusal, match="bóveda no responde"):
        submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test")
    assert not Case.objects.exists()


def test_a_term_into_a_year_without_calendar_is_refused_with_what_to_load(town, broker):
    town.settings = {**town.settings, "calendar": {"years": [2020]}}
    town.save()
    draft = begun(town, "correccion-acta", **ASK)
    with pytest.raises(Refusal, match="días inhábiles de 20"):
        submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test")
    assert not Case.objects.exists()


def test_an_appeal_s_reasons_lie_in_the_vault(town, broker):
    case, code = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="722412", area="40")
    assert case.outcome == "denied"
    done = citizens.appeal(
        folio=case.folio, reasons="Soy Hermenegilda.", bearer=Bearer(code), by="citizen", channel="test"
    )
    assert (done.state, done.protected) == ("appealed", ["recurso"])


def test_what_a_register_says_of_an_account_decides_and_is_kept_nowhere(town, broker):
    """Neither the case, its events, nor the ledger tells what is owed, how late, or who gets a discount for age."""
    registers.keep(town, "property_tax", [("U77", {"valor": "912345.67", "anterior": "4321.09", "inapam": True, "atraso": 7, "pagado": False})])  # fmt: skip
    case, _ = sent(town, "pago-predial", cuenta_predial="U77")
    rows = [json.dumps(Case.objects.values("answers", "consulted", "protected").get(pk=case.pk))]
    rows += [json.dumps(one) for one in CaseEvent.objects.filter(case=case).values_list("facts", flat=True)]
    rows += [bytes(one.body).decode() for one in Entry.objects.all()]
    assert case.order
    for told in ("912345.67", "4321.09", '"descuento": "0.5', '"recargos": "4'):
        assert [row for row in rows if told in row] == []


def test_free_text_is_sealed_unless_the_file_says_otherwise(town, broker):
    draft = begun(town, "poda-derribo-arbol", lugar="Juárez 3", propio="no", accion="poda", fotos="sin-archivo",
                  motivo="Lo vio Hermenegilda Piedraluna")  # fmt: skip
    assert "Piedraluna" not in json.dumps(draft.draft.answers)
    case = submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test")
    kept = json.dumps([case.answers, case.consulted, *case.events.values_list("facts", flat=True)])
    assert "motivo" in case.protected
    assert "Piedraluna" not in kept


@pytest.mark.parametrize(
    ("field", "personal"),
    [
        ({"type": "text"}, True), ({"type": "long_text"}, True), ({"type": "phone"}, True), ({"type": "file"}, True),
        ({"type": "text", "personal": "none"}, False), ({"type": "number"}, False), ({"type": "choice"}, False),
        ({"type": "number", "personal": "sensitive"}, True), ({"type": "file", "personal": "none"}, True),
        ({"type": "text", "source": "registry:tesoreria.calle"}, False),
    ],
)  # fmt: skip
def test_what_is_personal_is_by_type_and_by_the_file_s_word(field, personal):
    one = DataField(label=Text((("es", "x"),)), **field)
    assert privacy.is_personal(one) is personal
    rows = DataField(type="group", label=one.label, fields={"celda": one})
    assert privacy.is_personal(rows) is personal


def test_a_free_text_left_open_must_say_why():
    open_text = {"type": "text", "label": "¿Qué?", "personal": "none"}
    assert "left_open" in [one.code for one in check(program(data__que=open_text))]
    assert "left_open" not in [
        one.code for one in check(program(data__que={**open_text, "why": "Es un giro."}))
    ]
