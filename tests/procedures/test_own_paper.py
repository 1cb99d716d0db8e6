"""A paper that names its person: drawn for whoever holds the case, sealed, and kept nowhere."""

import logging
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core import serializers
from pypdf import PdfReader

from alcaldia.documents import apart, rendering
from alcaldia.documents import queries as documents
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.ledger.models import Entry
from alcaldia.procedures import papers, registers
from alcaldia.procedures.actions import drafts, submission
from alcaldia.procedures.models import Case
from alcaldia.procedures.protected import Signed
from alcaldia.procedures.rules.findings import check
from alcaldia.procedures.rules.program import load
from alcaldia.vault import actions as vault
from alcaldia.vault import custodian
from alcaldia.vault.models import RecordVersion
from alcaldia.web.components.sessions import VAULT_COOKIES
from tests.factories.definition import program, tree
from tests.factories.people import log_in
from tests.flows.test_no_debt import enter
from tests.procedures.conftest import sent, submitted
from tests.procedures.officials import official
from tests.procedures.test_pages import words
from tests.procedures.test_paying import pay
from tests.verification.test_verifica import verifica

SALT = "un-azar-de-prueba-largo-1234"
pytestmark = pytest.mark.django_db(transaction=True)
CURP, NAME, STREET = "GOMC900514MJCMRR01", "Hermenegilda Piedraluna", "Callejón del Cuervo 7"
BORN = {"coincidencias": 1, "nombre": NAME, "nacimiento": "1990-05-14", "lugar": "Pueblo Inventado", "madre": "Casimira Piedraluna"}  # fmt: skip


@pytest.fixture
def birth(town, broker):
    """A paid birth certificate and the code of its case; the register knows the person."""
    registers.keep(town, "civil_registry", [(CURP, BORN)])
    case, code = sent(town, "acta-nacimiento", tiene_curp="si", curp=CURP)
    pay(case)
    case.refresh_from_db()
    assert case.document
    return case, code


def holder(client, case, code):
    """This browser has the code of the case."""
    client.post("/mi-tramite/", {"folio": case.folio, "codigo": code})


def own(client, case):
    return client.post(f"/tramite/{case.folio}/documento-con-datos.pdf")


def text(data):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())


def test_whoever_has_the_code_gets_a_paper_that_names_its_person(client, birth):
    case, code = birth
    holder(client, case, code)
    page = words(client.get(f"/tramite/{case.folio}/"))
    assert "Descargar con sus datos" in page
    assert "Descargar sin datos personales" in page
    answer = own(client, case)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in answer["Cache-Control"]
    said = text(answer.content)
    for one in (NAME, CURP, "14 de mayo de 1990", "Pueblo Inventado", "Casimira Piedraluna"):
        assert one in said
    assert "Los datos de la persona los ampara el sello; el registro público no los contiene." in said
    assert "No trae datos personales" not in said
    assert "Impresos el" in said


def test_an_official_gets_the_paper_without_them(client, birth, town):
    case, _ = birth
    log_in(client, official(town, "rc", "registro-civil"))
    assert own(client, case).status_code == 403


def test_whoever_has_only_the_folio_gets_the_paper_without_them(client, birth):
    case, _ = birth
    page = words(client.get(f"/tramite/{case.folio}/"))
    assert "Descargar con sus datos" not in page
    assert "Descargar sin datos personales" in page
    assert own(client, case).status_code == 403
    said = text(client.get(f"/tramite/{case.folio}/documento.pdf").content)
    assert "No trae datos personales" in said
    assert NAME not in said
    assert CURP not in said


def test_the_named_paper_is_sealed_and_anyone_verifies_it_without_us(client, birth, tmp_path):
    case, code = birth
    holder(client, case, code)
    data = own(client, case).content
    assert documents.verify(data).valid
    (tmp_path / "acta.pdf").write_bytes(data)
    status, said = verifica(tmp_path, "acta.pdf")
    assert status == 0, said
    middle = len(data) // 3
    changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    assert not documents.verify(changed).valid
    inside = PdfReader(BytesIO(data)).attachments
    assert {"acto.json", "recibo.tlog-proof"} <= set(inside)
    assert NAME.encode() not in inside["acto.json"][0]


def test_nothing_of_it_is_written_anywhere(client, birth, caplog):
    case, code = birth
    holder(client, case, code)
    before = _stored()
    with caplog.at_level(logging.DEBUG):
        assert own(client, case).status_code == 200
    assert _stored() == before
    papers.draw(case)
    own(client, case)
    assert documents.pdf(case.document) == client.get(f"/tramite/{case.folio}/documento.pdf").getvalue()
    rows = [model._base_manager.all() for model in apps.get_models()]
    dump = serializers.serialize("json", [row for one in rows for row in one])
    for word in (NAME, "Piedraluna", CURP):
        assert word not in dump
        assert word not in caplog.text
        assert not [path for path in _files() if word.encode() in path.read_bytes()]


def _files():
    return [one for one in Path(django_settings.HOME).rglob("*") if one.is_file() and not one.is_socket()]


def _stored():
    return (
        {one for one in _files() if one.suffix == ".pdf"},
        Entry.objects.count(),
        RecordVersion.objects.count(),
    )


def test_it_is_a_look_of_their_own(client, birth):
    case, code = birth
    holder(client, case, code)
    own(client, case)
    token = custodian.ask("enter_coded", code=code)["token"]
    seen = [one["event"] for one in custodian.ask("my_accesses", token=token, limit=10)]
    assert [(one["kind"], one["fields"]) for one in seen if one["kind"] == "own"] == [("own", ["case.curp"])]
    assert "Usted, con su código" in words(client.post(f"/tramite/{case.folio}/datos/"))


def test_it_is_as_archival_and_as_accessible_as_any_other(client, birth):
    case, code = birth
    holder(client, case, code)
    root = PdfReader(BytesIO(own(client, case).content)).trailer["/Root"]
    packet = root["/Metadata"].get_data().decode()
    for claim in ("<pdfaid:part>3<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert claim in packet
    assert root["/MarkInfo"]["/Marked"]


def test_it_is_drawn_in_a_process_that_ends_with_it(client, birth, monkeypatch):
    """The renderer remembers what it drew: in the server it would remember names."""
    case, code = birth
    holder(client, case, code)
    monkeypatch.setattr(rendering, "draw", None)
    assert NAME in text(own(client, case).content)


def test_a_drawing_that_fails_tells_nothing_of_what_it_was_to_print():
    given = {"act": b"{}", "receipt": "", "sketch_svg": "", "made_at": datetime(2026, 1, 2, tzinfo=UTC)}
    with pytest.raises(Refusal) as refused:
        apart.pdf("case", {"personal": [["Nombre", NAME]]}, **given)
    assert (refused.value.code, refused.value.facts, NAME in str(refused.value)) == (
        "document_not_drawn",
        {},
        False,
    )


def test_an_account_that_kept_no_name_is_offered_none(client, town, broker):
    """Sent by code from an account without vault: the code alone gives what there is, and nobody is asked for a vault."""
    someone = broker.citizen()
    registers.keep(town, "civil_registry", [(CURP, BORN)])
    case, code = sent(town, "acta-nacimiento", tiene_curp="si", curp=CURP)
    Case.objects.filter(pk=case.pk).update(account=someone.subject)
    pay(case)
    enter(client, someone)
    client.cookies[VAULT_COOKIES["person"]] = ""
    assert "Escribir mi código" in words(own(client, case))
    holder(client, case, code)
    said = text(own(client, case).content)
    assert NAME in said
    assert "Quien solicita" not in said


def test_a_paper_that_was_annulled_names_nobody(client, birth):
    case, code = birth
    Case.objects.filter(pk=case.pk).update(state="annulled")
    holder(client, case, code)
    assert own(client, case).status_code == 404


def test_with_the_broker_down_it_says_so_and_offers_the_paper_without_data(
    client, birth, monkeypatch, tmp_path
):
    case, code = birth
    holder(client, case, code)
    monkeypatch.setattr(custodian, "folder", lambda: tmp_path)
    answer = own(client, case)
    assert answer.status_code == 503
    assert "bóveda no responde" in words(answer)
    assert "Descargar sin datos personales" in words(answer)
    assert client.get(f"/tramite/{case.folio}/documento.pdf").status_code == 200


def test_a_register_tells_nothing_on_a_paper_that_denies(client, town, broker):
    registers.keep(town, "civil_registry", [(CURP, {**BORN, "coincidencias": 0})])
    case, code = sent(town, "acta-nacimiento", tiene_curp="si", curp=CURP)
    assert case.outcome == "denied"
    holder(client, case, code)
    said = text(own(client, case).content)
    assert CURP in said
    assert NAME not in said


def test_of_several_records_the_register_names_nobody(town):
    from alcaldia.procedures.registries.ports import Question
    from alcaldia.procedures.registries.rows import civil_registry

    registers.keep(town, "civil_registry", [(CURP, {**BORN, "coincidencias": 2})])
    assert civil_registry(Question(town, program(), CURP, {"curp": CURP})) == {"coincidencias": 2}


# ── with an account, whose vault keeps the name ──────────────────────────────────────────────────────────────────


def keep_name(someone, name):
    vault.store([vault.Statement(someone.subject, "identity", {"full_name": name})], by="x", channel="test")


@pytest.fixture
def residence(town, broker):
    """A certificate of residence that a person with a key signed, and the person."""
    someone = broker.citizen()
    keep_name(someone, NAME)
    registers.keep(town, "address_proofs", [(STREET, {"desde": "2018-01-01"})])
    started = drafts.begin(
        town=town, procedure="constancia-residencia", channel="test", person=someone.subject
    )
    named = {"public_id": started.draft.public_id, "code": started.code}
    draft = drafts.answer(**named, answers={"domicilio": STREET, "meses": "24"})
    folio = new_folio("SOL", 2026)
    send = submission.to_sign(submission.review(draft), folio=folio, salt=SALT)
    signed = Signed(send, someone.key.sign(send.challenge()), SALT)
    case = submitted(**named, by="citizen", channel="test", folio=folio, signed=signed)
    pay(case)
    case.refresh_from_db()
    assert case.document
    return case, someone


def test_an_account_with_its_vault_open_gets_name_and_address(client, residence):
    case, someone = residence
    enter(client, someone)
    assert "Descargar con sus datos" in words(client.get(f"/tramite/{case.folio}/"))
    said = text(own(client, case).content)
    assert f"Quien solicita (según declaró) {NAME}" in said
    assert STREET in said


def test_a_paper_keeps_the_name_of_the_day_it_was_asked_for(client, residence):
    case, someone = residence
    keep_name(someone, "Otra Persona Ficticia")
    enter(client, someone)
    said = text(own(client, case).content)
    assert NAME in said
    assert "Otra Persona" not in said


def test_with_the_vault_closed_it_says_how_to_open_it(client, residence):
    case, someone = residence
    enter(client, someone)
    client.cookies[VAULT_COOKIES["person"]] = ""
    answer = own(client, case)
    assert answer.status_code == 403
    assert "Abrir mi bóveda" in words(answer)
    assert "Descargar sin datos personales" in words(answer)


def test_another_account_gets_nothing(client, residence, broker):
    case, _ = residence
    enter(client, broker.citizen())
    assert own(client, case).status_code == 403


# ── what a definition may say ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "paper", "code"),
    [
        ({"type": "number"}, {}, "not_personal"),
        ({"type": "text", "personal": "none", "why": "Un giro."}, {}, "not_personal"),
        ({"type": "file", "accepts": ["pdf"]}, {}, "not_printed"),
        ({"type": "text"}, {"fields": ["que"]}, "printed_twice"),
        ({"type": "text"}, {"template": "ruling"}, "not_printed"),
    ],
)
def test_a_paper_names_only_what_is_personal_and_can_be_printed(data, paper, code):
    document = {"template": "permit", "prefix": "PER", "title": "Permiso", "personal": ["que"], **paper}
    found = check(program(data__que={**data, "label": "¿Qué?"}, document=document))
    assert (code, "document") in {(one.code, one.path[0]) for one in found}


def test_a_sealed_answer_may_be_named_and_an_unknown_one_is_told():
    document = {"template": "permit", "prefix": "PER", "title": "Permiso", "personal": ["que"]}
    found = check(program(data__que={"type": "text", "label": "¿Qué?"}, document=document))
    assert not [one for one in found if one.path[:2] in {("document", "personal"), ("data", "que")}]
    _, problems = load(tree(document={**document, "personal": ["quien"]}))
    assert [(one.code, one.path) for one in problems] == [("unknown_name", ("document", "personal", 0))]
