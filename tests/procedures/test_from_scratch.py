"""A procedure that no code knows, written as one file: the portal, the office, the till and the API run it as it is."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from alcaldia.agenda.models import Appointment
from alcaldia.kernel import strict_yaml
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import definitions
from alcaldia.procedures.actions import clocks
from alcaldia.procedures.actions.paying import CasePayments
from alcaldia.procedures.city import city_of
from alcaldia.procedures.models import Attachment, Case, Draft
from alcaldia.procedures.registries.earlier import earlier
from alcaldia.procedures.rules.evaluate import evaluate
from alcaldia.procedures.rules.form import typed
from alcaldia.procedures.rules.program import load
from tests.conftest import ROOT
from tests.factories.people import log_in
from tests.procedures.conftest import begun
from tests.procedures.officials import official
from tests.procedures.test_attachments import picture

pytestmark = pytest.mark.django_db(transaction=True)
FILE = ROOT / "tests" / "samples" / "definitions" / "permiso-feria.yaml"
STALLS = {
    "puestos.0.giro": "tacos",
    "puestos.0.metros": "12",
    "puestos.1.giro": "aguas",
    "puestos.1.metros": "8",
}
ROWS = [{"giro": "tacos", "metros": "12"}, {"giro": "aguas", "metros": "8"}]


def photo(name="croquis.jpg"):
    return SimpleUploadedFile(name, picture(), content_type="image/jpeg")


def next_page(client, answer):
    assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())[:900]
    return client.get(answer.url)


def apply_by_portal(client):
    found = client.get("/m/pueblo/buscar/", {"q": "kermés"}).content.decode()
    assert "/m/pueblo/tramite/permiso-feria/" in found
    page = next_page(client, client.post("/m/pueblo/tramite/permiso-feria/empezar/"))
    page = next_page(client, client.post(page.request["PATH_INFO"], {"predio": "L1", "musica": "si"}))
    page = next_page(client, client.post(page.request["PATH_INFO"], {**STALLS, "croquis": photo()}))
    assert "Lo ven las dependencias" in page.content.decode()
    page = next_page(client, client.post(page.request["PATH_INFO"], {"aviso_correo": "ana@ejemplo.mx"}))
    return Case.objects.get()


def desk(town, agency, role="reviewer"):
    """A browser of somebody of that agency."""
    client = Client()
    log_in(client, official(town, f"{agency}-{role}", agency, role))
    return client


def opine(client, case, agency):
    return client.post(f"/oficina/pueblo/solicitud/{case.folio}/opinion/",
                       {"dependencia": agency, "opinion": "favourable", "nota": "Bien."})  # fmt: skip


def visit(client, case):
    return client.post(f"/oficina/pueblo/solicitud/{case.folio}/visita/",
                       {"punto.Medidas": "bien", "punto.Salidas": "bien", "nota": "Bien.", "resultado": "favourable",
                        "foto": photo("a.jpg")})  # fmt: skip


def pay(case):
    from django.db import transaction

    case.refresh_from_db()
    with transaction.atomic():
        CasePayments().order_paid(PaymentOrder.objects.get(folio=case.order))


def state(case):
    return Case.objects.get(pk=case.pk).state


def test_the_file_has_nothing_to_mend():
    program, complaints = definitions.check_file(FILE)
    assert program
    assert [one.sentence() for one in complaints if one.problem.level != "warning"] == []


def test_portal_office_till_and_paper(client, fair):
    case = apply_by_portal(client)
    later = desk(fair, "proteccion-civil")
    assert opine(later, case, "proteccion-civil").status_code == 409
    assert opine(desk(fair, "seguridad"), case, "seguridad").status_code == 302
    assert opine(later, case, "proteccion-civil").status_code == 302
    assert state(case) == "inspection"
    assert visit(desk(fair, "comercio-y-via-publica", "inspector"), case).status_code == 302
    page = client.get(f"/tramite/{case.folio}/").content.decode()
    assert "400.00" in page
    pay(case)
    assert state(case) == "issued"
    assert client.get(f"/tramite/{case.folio}/documento.pdf").content.startswith(b"%PDF")


def test_its_appointment_lasts_as_long_as_it_says(client, fair):
    case = apply_by_portal(client)
    days = client.get(f"/tramite/{case.folio}/cita/ferias/").content.decode()
    day = re.findall(r"cita/ferias/(\d{4}-\d\d-\d\d)/", days)[1]
    where = f"/tramite/{case.folio}/cita/ferias/{day}/"
    hour = re.search(r'<option value="(\d\d:\d\d)"', client.get(where).content.decode())[1]
    assert client.post(where, {"hora": hour}).status_code == 302
    assert Appointment.objects.get().minutes == 30


def test_by_the_api_with_its_file_and_where_silence_speaks(client, fair):
    file = {"name": "croquis.jpg", "data": b64encode(picture()).decode()}
    answers = {"predio": "L1", "musica": False, "puestos": ROWS, "croquis": file}
    sent = client.post("/api/v1/municipalities/pueblo/cases", {"procedure": "permiso-feria", "answers": answers},
                       content_type="application/json")  # fmt: skip
    assert sent.status_code == 201, sent.content
    told = sent.json()
    assert [one["agency"] for one in told["desks"]][:2] == ["Seguridad pública", "Protección civil"]
    case = Case.objects.get()
    clocks.run(fair, case.due_on - timedelta(days=8))
    clocks.run(fair, case.due_on + timedelta(days=1))
    assert (Case.objects.get().outcome, case.attachments.count()) == ("denied", 1)


@pytest.mark.parametrize("file", ["croquis.jpg", {"name": "x"}, {"name": "x", "data": "no es base64"},
                                  {"name": "virus.pdf", "data": b64encode(b"MZ program").decode()}])  # fmt: skip
def test_what_is_no_file_is_refused_by_its_name_and_nothing_is_kept(client, fair, file):
    answers = {"predio": "L1", "musica": False, "puestos": ROWS, "croquis": file}
    sent = client.post("/api/v1/municipalities/pueblo/cases", {"procedure": "permiso-feria", "answers": answers},
                       content_type="application/json")  # fmt: skip
    assert sent.status_code == 422
    assert set(sent.json()["errors"]) == {"croquis"}
    assert (Case.objects.count(), Draft.objects.count(), Attachment.objects.count()) == (0, 0, 0)


def test_a_wrong_answer_beside_a_good_file_leaves_no_file_behind(client, fair):
    folder = settings.HOME / "attachments"
    before = {one for one in folder.rglob("*") if one.is_file()}
    file = {"name": "croquis.jpg", "data": b64encode(picture()).decode()}
    answers = {"predio": "L1", "musica": False, "puestos": [{"giro": "", "metros": "x"}], "croquis": file}
    sent = client.post("/api/v1/municipalities/pueblo/cases", {"procedure": "permiso-feria", "answers": answers},
                       content_type="application/json")  # fmt: skip
    assert sent.status_code == 422
    assert {one for one in folder.rglob("*") if one.is_file()} == before
    assert not Attachment.objects.exists()


def test_a_datum_comes_from_an_earlier_request_of_the_same_account(fair, broker):
    someone = broker.citizen()
    draft = begun(fair, "permiso-feria", predio="L1", musica="no", puestos=ROWS)
    Case.objects.create(
        municipality=fair, folio="SOL-1", procedure="permiso-feria", definition=definitions.pin(fair, draft.program), state="issued",
        agency="x", channel="t", account=someone.subject, answers={"predio": "L1"}, submitted_at=timezone.now(),
    )  # fmt: skip
    data = {**draft.program.definition.data}
    data["predio"] = replace(data["predio"], source="earlier:permiso-feria.predio")
    program = replace(draft.program, definition=replace(draft.program.definition, data=data))
    assert earlier(program, fair, someone.subject) == {"predio": "L1"}
    assert earlier(program, fair, "") == earlier(program, fair, broker.citizen().subject) == {}


def dated(*rows):
    tree = strict_yaml.read(FILE.read_text()).value
    tree["parameters"]["por_metro"]["dated"] = [
        dict(zip(("from", "value"), one, strict=True)) for one in rows
    ]
    return load(tree)


@pytest.mark.parametrize(("on", "fee"), [("2026-12-31", "80"), ("2027-01-01", "100"), ("2028-06-01", "120")])
def test_a_figure_is_that_of_its_day(on, fee):
    program, problems = dated(("2028-01-01", 30), ("2027-01-01", 25))
    assert program, problems
    day = date.fromisoformat(on)
    given = typed(
        program, {"predio": "L1", "musica": False, "puestos": [{"giro": "a", "metros": "4"}]}, today=day
    )
    assert evaluate(program, given, today=day).fee == Decimal(fee)


def test_a_day_that_does_not_exist_is_said_where_it_stands():
    _, problems = dated(("2027-02-30", 25))
    assert [(one.code, one.path[-1]) for one in problems] == [("bad_date", "from")]


def test_a_municipality_s_own_figure_changes_on_its_day(fair):
    program = definitions.program_in(fair.slug, "permiso-feria")
    fair.settings = {**fair.settings, "procedures": {"permiso-feria": {
        "por_metro": 40, "dated": {"2020-01-01": {"por_metro": 50}, "2999-01-01": {"por_metro": 99}},
    }}}  # fmt: skip
    assert city_of(fair, program).figures == {"por_metro": Decimal(50)}
