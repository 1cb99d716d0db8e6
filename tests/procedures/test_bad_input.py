"""What people, officials and files get wrong: a clear sentence each time, nothing lost, nothing done twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import registers, scanning
from alcaldia.procedures.actions import citizens, reviewing, submission
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.actions.paying import CasePayments
from alcaldia.procedures.models import Attachment, Case, Draft
from alcaldia.procedures.rules.findings import check
from alcaldia.procedures.rules.program import load
from tests.factories.people import log_in
from tests.factories.town import town as make_town
from tests.procedures.conftest import SAMPLES, begun, installed, sent, submitted
from tests.procedures.officials import official
from tests.procedures.test_pages import follow, words
from tests.samples.applications import file

pytestmark = pytest.mark.django_db(transaction=True)
EVENT = {"lugar": "Parque", "fecha": "15/06/2027", "personas": "400", "alcohol": "si", "ruido": "si",
         "cierra_calle": "si"}  # fmt: skip


@pytest.fixture
def party(town):
    registers.keep(town, "public_spaces", [("Parque", {"ocupado": False})])
    return sent(town, "permiso-evento", **EVENT)


def step(client, procedure, asked, **answers):
    """The answer to the screen that asks `asked`, revealed or not; the screens before it are answered on the way."""
    page = follow(client, client.post(f"/m/pueblo/tramite/{procedure}/empezar/"))
    before = {name: value for name, value in answers.items() if isinstance(value, str)}
    while f'name="{asked}"' not in page.content.decode():
        page = client.post(page.request["PATH_INFO"], before)
        page = client.get(page.url) if page.status_code == 302 else page
    return client.post(page.request["PATH_INFO"], answers)


@pytest.mark.parametrize(
    "curp", ["GOMC900514MJCMRR99", "GOMC900514", "GOMC901332MJCMRR01", "'; DROP TABLE", "GOMC901225MJCMRR٠1"]
)
def test_a_wrong_curp_is_said_beside_its_field_and_stays_typed(client, town, curp):
    page = step(client, "acta-nacimiento", "curp", tiene_curp="si", curp=curp)
    assert page.status_code == 422
    assert "CURP" in words(page)
    assert 'aria-invalid="true"' in page.content.decode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"MZ program", "lo que eligió es otra cosa"),
        (b"%PDF-1.4 " + scanning.EICAR, "lo que eligió es otra cosa"),
        (b"\xff\xd8\xff" + b"0" * (10 * 2**20 + 1), "pasa de 10 MB"),
    ],
)
def test_a_bad_file_is_said_and_the_other_answers_stay(client, town, data, said):
    page = step(client, "reporte-ciudadano", "foto", que="bache", lugar="Hidalgo 3", peligro="no",
                foto=SimpleUploadedFile("foto.jpg", data))  # fmt: skip
    assert "Hidalgo 3" in str(Draft.objects.get().answers)
    assert said in words(page)
    assert not Attachment.objects.exists()


def test_a_virus_in_a_file_of_a_taken_type_is_said_as_one(client, town):
    name, kind, data = file("pdf")
    paper = SimpleUploadedFile(name, data + b"\n%" + scanning.EICAR, kind)
    page = step(
        client,
        "correccion-acta",
        "prueba",
        acta="12",
        tipo_error="ortografico",
        dice="Jose",
        debe="José",
        prueba=paper,
    )
    assert (page.status_code, "virus" in words(page), "José" in page.content.decode()) == (422, True, True)
    assert not Attachment.objects.exists()


def test_an_empty_file_is_none(client, town):
    page = step(client, "reporte-ciudadano", "foto", que="bache", lugar="Hidalgo 3", peligro="no",
                foto=SimpleUploadedFile("foto.jpg", b""))  # fmt: skip
    assert "vacío" in words(page)
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("row", ["²", "1e1", "9999"])
def test_a_row_that_no_page_has_is_no_failure(client, town, row):
    with installed(town, SAMPLES / "permiso-feria.yaml"):
        page = step(
            client,
            "permiso-feria",
            "puestos.0.giro",
            predio="L1",
            musica="si",
            **{f"puestos.{row}.giro": "tacos"},
        )
        assert page.status_code < 500


def test_an_expired_draft_says_what_to_do(client, town):
    page = follow(client, client.post("/m/pueblo/tramite/reporte-ciudadano/empezar/"))
    Draft.objects.update(expires_on=timezone.localdate() - timedelta(days=2))
    gone = client.get(page.request["PATH_INFO"])
    assert gone.status_code == 410
    assert "Empiece de nuevo" in words(gone)


def test_a_double_click_on_send_is_one_request(client, town):
    page = follow(client, client.post("/m/pueblo/tramite/dictamen-uso-de-suelo/empezar/"))
    page = follow(client, client.post(page.request["PATH_INFO"], {"predio": "L1"}))
    page = follow(client, client.post(page.request["PATH_INFO"], {"giro": "461110", "area": "40"}))
    first, second = (client.post(page.request["PATH_INFO"]) for _ in range(2))
    assert first.url.split("?")[0] == second.url.split("?")[0]
    assert Case.objects.count() == 1


def test_two_officials_who_resolve_at_once_resolve_once(party, town):
    case, _ = party
    reviewing.give_opinion(folio=case.folio, agency="vialidad", opinion="unfavourable", note="x", channel="t",
                           official=official(town, "vialidad", "vialidad"))  # fmt: skip
    heads = [official(town, f"jefa-{n}", "secretaria-ayuntamiento", "director") for n in range(2)]

    def resolve(head):
        try:
            reviewing.resolve(
                folio=case.folio, outcome="denied", reasons=["Sin paso"], official=head, channel="t"
            )
        except Refusal as refusal:
            return refusal.detail
        finally:
            if connection.vendor == "postgresql":
                connections.close_all()
        return ""

    if connection.vendor == "postgresql":
        with ThreadPoolExecutor(2) as pool:
            said = sorted(pool.map(resolve, heads))
    else:  # SQLite's test database lives in memory, on one connection
        said = sorted(map(resolve, heads))
    assert said[0] == ""
    assert "ya no se puede hacer" in said[1]
    assert case.events.filter(kind="decided").count() == 1


def test_money_of_another_amount_or_for_a_request_that_was_withdrawn_is_not_taken(party):
    case, code = party
    owed = PaymentOrder(
        folio="PAG-1", subject=f"case:{case.folio}", total=Decimal("1.00"), municipality=case.municipality
    )
    from django.db import transaction

    with pytest.raises(Refusal, match="conciliación"), transaction.atomic():
        CasePayments().order_paid(owed)
    citizens.withdraw(folio=case.folio, bearer=Bearer(code), by="citizen", channel="t")
    with pytest.raises(Refusal), transaction.atomic():
        CasePayments().order_paid(owed)
    assert not case.events.filter(kind="paid").exists()


def test_a_fee_that_divides_by_zero_goes_to_a_person_and_never_to_zero():
    from alcaldia.kernel import strict_yaml
    from tests.procedures.test_from_scratch import FILE

    tree = strict_yaml.read(FILE.read_text()).value
    tree["rules"]["formulas"]["derechos"] = "por_metro / (metros - metros)"
    program, problems = load(tree)
    assert program, problems
    from datetime import date

    from alcaldia.procedures.rules.evaluate import evaluate
    from alcaldia.procedures.rules.form import typed

    given = typed(program, {"predio": "L1", "musica": True, "puestos": [{"giro": "a", "metros": "4"}], "croquis": "f"},
                  today=date(2026, 1, 1))  # fmt: skip
    found = evaluate(program, given, today=date(2026, 1, 1))
    assert (found.outcome, found.fee) == ("missing_data", None)
    assert any("derechos" in one for one in found.reasons)


def test_what_a_definition_says_and_does_not_mean_is_told():
    from alcaldia.kernel import strict_yaml
    from tests.procedures.test_from_scratch import FILE

    tree = strict_yaml.read(FILE.read_text()).value
    tree["fee"]["moment"] = "before_review"
    tree["notices"]["decidido"] = ["email"]
    assert [one.code for one in load(tree)[1]] == ["unknown_notice"]
    del tree["notices"]["decidido"]
    tree["reviews"], tree["inspections"] = [], []
    assert "nothing_waits" in [one.code for one in check(load(tree)[0])]


# Abuses that the issue does not name.


def test_an_answer_to_what_was_not_asked_for_changes_nothing_when_completing(party, town):
    case, code = party
    reviewing.ask_correction(folio=case.folio, agency="vialidad", fields={"personas": "¿Cuántas?"}, channel="t",
                             official=official(town, "v", "vialidad"))  # fmt: skip
    done = citizens.comply(folio=case.folio, answers={"personas": "90", "alcohol": "no", "fee": "0", "state": "issued"},
                           bearer=Bearer(code), by="citizen", channel="t")  # fmt: skip
    assert (done.answers["alcohol"], done.state) == (case.answers["alcohol"], "in_review")
    with pytest.raises(Refusal, match="ya no se puede hacer"):
        citizens.comply(
            folio=case.folio, answers={"personas": "9"}, bearer=Bearer(code), by="citizen", channel="t"
        )


def test_an_official_of_another_town_neither_sees_nor_touches_a_case(client, party, db):
    case, _ = party
    other = make_town("vecino")
    log_in(client, official(other, "vecina", "vialidad"))
    for town in ("pueblo", "vecino"):
        for end in ("", "visita/"):
            assert client.get(f"/oficina/{town}/solicitud/{case.folio}/{end}").status_code in (403, 404)
    posted = client.post(f"/oficina/vecino/solicitud/{case.folio}/opinion/",
                         {"dependencia": "vialidad", "opinion": "favourable", "nota": "x"})  # fmt: skip
    assert posted.status_code == 404
    assert not case.events.filter(kind="opinion_given").exists()


def test_the_code_of_one_request_opens_no_other(party, town):
    _, code = party
    other, _ = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="722412", area="40")
    with pytest.raises(Refusal, match="código"):
        citizens.appeal(folio=other.folio, reasons="No.", bearer=Bearer(code), by="citizen", channel="t")


def test_answers_that_change_in_another_tab_while_sending_are_not_sent_unseen(town, monkeypatch):
    draft = begun(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    told = submission.review

    def slow(opened):
        found = told(opened)
        Draft.objects.filter(pk=opened.draft.pk).update(changed_at=timezone.now())
        return found

    monkeypatch.setattr(submission, "review", slow)
    with pytest.raises(Refusal, match="otra pestaña"):
        submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="t")
    assert not Case.objects.exists()


def test_a_photo_that_unpacks_to_gigabytes_is_refused(client, town):
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    page = step(client, "reporte-ciudadano", "foto", que="bache", lugar="Hidalgo 3", peligro="no",
                foto=SimpleUploadedFile("foto.png", out.getvalue()))  # fmt: skip
    assert "demasiado grande" in words(page)
    assert not Attachment.objects.exists()
