"""No paper of a citizen lies in the clear on a disk while its page runs; the land's public files may."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from alcaldia.kernel.errors import Refusal
from alcaldia.land import jobs
from alcaldia.payments.rules import statement
from alcaldia.procedures import attaching
from alcaldia.vault.rules import sealed_box
from alcaldia.web.components import uploads
from alcaldia.web.portal.account import residency
from alcaldia.web.transparency.views import MAX_BYTES
from tests.factories.people import log_in, made_official, made_person
from tests.factories.town import town

CANARY = b"PASAPORTE DE CASILDA"
PAPER = b"%PDF-1.7 " + CANARY + bytes(3_000_000)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads_of_these_tests_alone(settings, tmp_path):
    """The tests on the other engine may run beside these."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)


def on_disk():
    found = [path for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload*") if path.is_file()]
    return [path for path in found if CANARY in path.read_bytes()]


def seen_by(monkeypatch, module, name):
    """What the page handed over, and which files held the canary at that moment."""
    seen = {}

    def spy(*_, **given):
        seen.update(given, on_disk=on_disk())
        raise Refusal("enough", "Basta.")

    monkeypatch.setattr(module, name, spy)
    return seen


def test_a_big_paper_is_handed_over_from_memory(client, monkeypatch):
    town()
    log_in(client, made_person()[0])
    seen = seen_by(monkeypatch, residency.residency_papers, "apply")
    monkeypatch.setattr(residency, "signed", lambda _: ({}, {}))
    monkeypatch.setattr(residency, "read_send", lambda _: None)

    client.post("/cuenta/residencia/adjuntar/pueblo/", {"documento": SimpleUploadedFile("a.pdf", PAPER)})

    assert (seen["papers"][0].data, seen["on_disk"]) == (PAPER, [])


def test_the_lands_files_wait_on_the_disk_only_for_whoever_is_in_office(client, monkeypatch):
    made, seen = town(), seen_by(monkeypatch, jobs, "receive")

    def send():
        file = SimpleUploadedFile("zonas.geojson", PAPER)
        client.post("/oficina/pueblo/cargas/", {"archivo": file, "tipo": "zones"})
        return bool(seen.get("on_disk"))

    stranger = send()
    log_in(client, made_official(made, "planner"))

    assert (stranger, send()) == (False, True)


def test_a_file_over_the_limit_is_not_kept_whole_and_no_door_takes_it():
    handler = uploads.InMemory()
    handler.new_file("documento", "a.pdf", "application/pdf", None)
    part = bytes(1 << 20)
    for at in range(12):
        handler.receive_data_chunk(part, at * len(part))
    made = handler.file_complete(12 * len(part))

    assert (made.size, len(made.read())) == (12 << 20, uploads.LARGEST)
    assert not isinstance(made, TemporaryUploadedFile)
    doors = (
        attaching.MOST_BYTES,
        MAX_BYTES,
        statement.MOST_BYTES,
        sealed_box.LARGEST_FILE + sealed_box.FILLED,
    )
    assert max(doors) < uploads.LARGEST


def test_files_of_one_request_are_bounded_together(client, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_AT_ONCE", 1_000_000)

    sent = client.post("/verificar/", {"file": SimpleUploadedFile("a.pdf", PAPER)})

    assert sent.status_code == 413
    assert "en total" in sent.content.decode()
