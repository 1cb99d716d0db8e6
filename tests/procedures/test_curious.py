"""An official with a valid session and curiosity, before what a person sent: files and data need the permit, always."""

from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from alcaldia.identity.models import Official
from alcaldia.procedures import attaching, filestore
from alcaldia.vault import custodian
from alcaldia.web.components.sessions import VAULT_COOKIES
from tests.factories import people
from tests.factories.custody import Someone
from tests.factories.people import made_official
from tests.procedures.conftest import begun, sent, submitted

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "Hermenegilda Cañárya"


@pytest.fixture
def case(town, broker):
    """A report with a photo, and the code that its person keeps."""
    draft = begun(town, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")
    out = BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG")
    draft = attaching.receive(draft, "foto", file_name="foto.jpg", data=out.getvalue())
    sent = submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test")
    sent.code = draft.code
    return sent


def desk(town, broker, agency, *, vault=True):
    """A browser with a live session of an official of this agency; with or without one at the broker."""
    official = made_official(username=f"o-{agency}")
    official.posts.get_or_create(municipality=town, role="reviewer", agency=agency, since="2020-01-01")
    client = Client()
    people.log_in(client, official)
    if vault:
        code = broker.operate("invite", office=f"{town.slug}/{agency}", role="reviewer", name="Ada Ficticia", subject=official.public_id)  # fmt: skip
        subject = Official.objects.get(pk=official.pk).public_id
        someone = Someone(broker, subject, {"kind": "invitation", "code": code})
        client.cookies[VAULT_COOKIES["official"]] = someone.token
    return client


def pages(case):
    [row] = case.attachments.all()
    base = f"/oficina/{case.municipality.slug}/solicitud/{case.folio}"
    return f"{base}/archivo/{row.public_id}/", f"{base}/datos/"


def told(case):
    token = custodian.ask("enter_coded", code=case.code)["token"]
    return [one["event"] for one in custodian.ask("my_accesses", token=token, limit=20)]


def test_the_office_of_the_case_sees_the_file_by_its_permit_and_the_person_reads_who(town, broker, case):
    file, _ = pages(case)
    answer = desk(town, broker, case.agency).post(file)
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert ("Ada Ficticia", "shown") in {(one["official"], one["kind"]) for one in told(case)}


def test_the_page_of_my_data_names_them_and_who_looked_at_what(town, broker, case, client):
    client.post("/mi-tramite/", {"folio": case.folio, "codigo": case.code})
    page = client.post(f"/tramite/{case.folio}/datos/").content.decode()
    assert ("Nadie todavía." in page, "dice" in page, "prueba" in page) == (True, False, False)
    desk(town, broker, case.agency).post(pages(case)[0])
    page = client.post(f"/tramite/{case.folio}/datos/").content.decode()
    assert ("Vio sus datos" in page, "Ada Ficticia" in page, "Nadie todavía." in page) == (True, True, False)
    assert ("Resolver su solicitud" in page, "resolve-request" in page) == (True, False)


def test_nobody_looks_in_the_name_of_a_colleague_whose_vault_cookie_they_hold(town, broker, case):
    theirs = desk(town, broker, case.agency).cookies[VAULT_COOKIES["official"]].value
    curious = made_official(username="curious")
    curious.posts.get_or_create(municipality=town, role="reviewer", agency=case.agency, since="2020-01-01")
    client = Client()
    people.log_in(client, curious)
    client.cookies[VAULT_COOKIES["official"]] = theirs
    before = told(case)
    for page in pages(case):
        assert "/oficina/datos/abrir/" in client.post(page).url
    assert told(case) == before


def test_whose_vault_session_ended_opens_it_again_and_asks_the_person_for_nothing(town, broker, case):
    client = desk(town, broker, case.agency)
    custodian.ask("close_session", token=client.cookies[VAULT_COOKIES["official"]].value)
    for page in pages(case):
        assert "/oficina/datos/abrir/" in client.post(page).url


def test_another_agency_a_session_without_the_vault_and_a_revoked_permit_see_nothing(town, broker, case):
    file, data = pages(case)
    assert desk(town, broker, "tesoreria").post(file).status_code == 404
    plain = desk(town, broker, case.agency, vault=False)
    assert "/oficina/datos/abrir/" in plain.post(file).url
    assert "/oficina/datos/abrir/" in plain.post(data).url
    token = custodian.ask("enter_coded", code=case.code)["token"]
    for one in custodian.ask("my_grants", token=token):
        custodian.ask("revoke_grant", grant=one["id"], token=token)
    with_vault = desk(town, broker, case.agency)
    assert with_vault.post(file).status_code == 403
    assert with_vault.post(data).status_code == 403


def test_no_page_of_the_office_shows_what_is_personal_before_the_permit_is_used(town, broker):
    case, _ = sent(
        town, "correccion-acta", acta="12", tipo_error="ortografico", dice=NAME, debe="Otro", prueba="x"
    )
    client = desk(town, broker, case.agency)
    town_pages = f"/oficina/{case.municipality.slug}"
    for path in (
        "/bandeja/",
        f"/solicitud/{case.folio}/",
        "/carga/",
        "/palabras/",
        "/avisos/",
        "/por-firmar/",
    ):
        answer = client.get(town_pages + path)
        assert answer.status_code in {200, 403}
        assert NAME not in answer.content.decode()
    assert NAME in client.post(f"{town_pages}/solicitud/{case.folio}/datos/").content.decode()


def test_a_file_on_the_disk_and_its_row_tell_nothing(case):
    [row] = case.attachments.all()
    stored = filestore.path_of(row.public_id)
    assert stored.is_relative_to(settings.HOME)
    assert b"JFIF" not in stored.read_bytes()
    assert "foto.jpg" not in str(vars(row))
