"""Anyone checks a document on the public pages, and a monitor reads the log over HTTP."""

import json
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from alcaldia.documents import actions as documents
from alcaldia.documents import queries
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.ledger import actions as ledger
from alcaldia.ledger.events import Act
from alcaldia.ledger.rules import tiles
from tests.samples import independent_log as rfc
from tests.samples import ruling_bodies

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def issue():
    """issue(**changes to the body) -> folio of a document that the town has issued."""
    town, _ = Municipality.objects.get_or_create(
        slug="demo", defaults={"name": "Villa Ejemplo", "state": "Jalisco"}
    )

    def make(**changes):
        folio = new_folio("DUS", 2026)
        act = Act("land.ruling_issued", folio, ruling_bodies.body(**changes) | {"folio": folio}, town)
        with transaction.atomic():
            entry = ledger.record(act, by="test", channel="portal")
        documents.issue(entry=entry, template="ruling", sketch_svg=None, municipality=town)
        return folio

    return make


def text(response):
    return " ".join(response.content.decode().split())


def upload(client, data):
    return client.post("/verificar/", {"file": SimpleUploadedFile("d.pdf", data, "application/pdf")})


def test_a_folio_shows_that_the_document_is_authentic_and_in_force(client, issue):
    until = date.today() + timedelta(days=30)
    page = text(client.get(f"/verificar/{issue(valid_until=until.isoformat())}"))
    for piece in ("Auténtico y vigente", "Dictamen de uso de suelo", "Villa Ejemplo", str(until.year)):
        assert piece in page


def test_nothing_of_the_person_or_the_parcel_is_shown(client, issue):
    page = text(client.get(f"/verificar/{issue()}"))
    body = ruling_bodies.body()
    for secret in (body["parcel"]["key"], body["parcel"]["address"], "Taquería", "Condicion", "El Carmen"):
        assert secret not in page


def test_an_expired_document_is_authentic_but_no_longer_in_force(client, issue):
    assert "Auténtico, pero vencido" in text(client.get(f"/verificar/{issue(valid_until='2020-01-01')}"))


def test_an_altered_stored_file_does_not_match(client, issue, settings):
    from alcaldia.documents import store

    folio = issue()
    store.write(folio, queries.pdf(folio) + b" ")
    assert "No coincide" in text(client.get(f"/verificar/{folio}"))


def test_a_folio_is_read_as_people_type_it(client, issue):
    folio = issue()
    typed = f" {folio.lower().replace('0', 'o')} "
    response = client.get("/verificar/", {"folio": typed}, follow=True)
    assert response.redirect_chain[-1][0] == f"/verificar/{folio}"
    assert client.get(f"/verificar/{folio.lower()}", follow=True).status_code == 200


@pytest.mark.parametrize("typed", ["DUS-2026-0000-0000-0000", "hola", "../../etc/passwd", "<script>"])
def test_an_unknown_folio_is_a_clear_sentence_and_the_form_again(client, typed):
    response = client.get(f"/verificar/{typed}")
    assert response.status_code == 404
    assert 'role="alert"' in text(response)
    assert 'name="folio"' in text(response)
    assert "<script>" not in text(response)


def test_an_uploaded_file_is_checked_and_one_changed_byte_is_refused(client, issue):
    data = queries.pdf(issue())
    assert "El archivo es auténtico" in text(upload(client, data))
    changed = data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
    assert "El archivo no es válido" in text(upload(client, changed))


def test_an_upload_leaves_nothing_behind(client, issue, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    before = {path for path in settings.HOME.rglob("*") if path.is_file()}
    upload(client, b"%PDF-" + bytes(2_000_000))
    assert {path for path in settings.HOME.rglob("*") if path.is_file()} == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "status", "said"), [(bytes(5_300_000), 413, "5 MB"), (b"", 422, "Elija primero")]
)
def test_a_file_that_cannot_be_checked_gets_a_sentence(client, data, status, said):
    response = upload(client, data) if data else client.post("/verificar/")
    assert (response.status_code, said in text(response)) == (status, True)


def test_an_upload_needs_the_form_of_this_site():
    client = Client(enforce_csrf_checks=True)
    assert upload(client, b"%PDF-").status_code == 403


def test_the_public_log_counts_the_acts_and_shortens_folios(client, issue):
    folio = issue()
    page = text(client.get("/bitacora/"))
    assert "Hay 1 acto inscrito" in page
    assert "Dictamen expedido" in page
    assert folio not in page


def test_a_monitor_rebuilds_the_signed_root_from_the_public_files(client, issue):
    for _ in range(3):
        issue()
    note = client.get("/log/checkpoint").content.decode()
    origin, size, root = note.split("\n\n")[0].split("\n")
    response = client.get("/" + "log/" + tiles.path("entries", 0, int(size)))
    entries = tiles.read_bundle(response.content)
    assert rfc.base64.b64encode(rfc.mth(entries)).decode() == root
    assert json.loads(entries[0])["municipality"] == "demo"
    assert client.get("/log/log.vkey").content.decode().startswith(origin + "+")


def test_changes_of_keys_are_public_for_monitors(client, issue):
    issue()
    for place in ("/log/log-statements.json", "/log/acts/log-statements.json"):
        assert client.get(place).json() == []
    assert client.get("/log/nada/log-statements.json").status_code == 404


def test_log_files_have_their_types_and_may_be_kept(client, issue):
    issue()
    tile, checkpoint = client.get("/log/tile/0/000.p/1"), client.get("/log/checkpoint")
    assert (tile["Content-Type"], len(tile.content)) == ("application/octet-stream", 32)
    assert "immutable" in tile["Cache-Control"]
    assert checkpoint["Content-Type"].startswith("text/plain")
    assert checkpoint["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["0/000", "0/0", "64/000.p/1", "00/000.p/1", "entries/x000/000", "a/000.p/1", "0/000.p/9"]
)
def test_other_paths_of_tiles_are_not_found(client, path):
    assert client.get(f"/log/tile/{path}").status_code == 404


def test_pages_carry_nothing_inline(client, issue):
    for path in ("/verificar/", f"/verificar/{issue()}", "/bitacora/"):
        page = text(client.get(path))
        assert "<script" not in page
        assert "style=" not in page
        assert "<style" not in page


def test_the_roots_of_the_seals_are_public(client, issue):
    data = queries.pdf(issue())
    roots = client.get("/log/roots.pem").content
    assert roots.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE" not in roots
    assert BytesIO(data).read(5) == b"%PDF-"
