"""Files from outside: what they are is seen in their bytes, where they lie is our choice, and bombs do not open."""

import gzip
import io
import re
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from alcaldia.kernel.csv_cells import csv_safe
from alcaldia.kernel.errors import Refusal
from alcaldia.land.importing import files
from alcaldia.land.importing.readers import read
from alcaldia.land.models import ImportJob
from alcaldia.project.commands.export import safe_cell
from alcaldia.web.backoffice.reconciling import cells
from tests.factories.people import log_in, made_official, with_key
from tests.factories.town import town


@pytest.fixture
def planner(client, db):
    made = town()
    official = made_official(made, "planner")
    with_key(official)
    log_in(client, official)
    return client


def send(client, name: str, data: bytes, kind: str = "zones"):
    archive = SimpleUploadedFile(name, data)
    return client.post("/oficina/pueblo/cargas/", {"archivo": archive, "tipo": kind, "capa": ""})


NAMES = ("../../keys/secret_key", "..\\..\\main.sqlite3", "/etc/passwd", "zonas.geojson\0.exe", "a" * 300 + ".geojson", "con espacio y ñ.geojson", ".htaccess", "x.php")  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_the_name_of_a_file_never_chooses_its_place(planner, settings, name):
    before = {path for path in Path(settings.HOME).rglob("*") if path.is_file()}
    answer = send(planner, name, b'{"type":"FeatureCollection","features":[]}')
    assert answer.status_code < 500
    made = {path for path in Path(settings.HOME).rglob("*") if path.is_file()} - before
    strange = {
        path for path in made if Path(settings.UPLOADS_DIR) not in path.parents and "run" not in path.parts
    }
    assert {
        path
        for path in strange
        if path.suffix not in {".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".sqlite3-queue"}
    } == set()
    for job in ImportJob.objects.all():
        assert re.fullmatch(r"[0-9a-f]{32}\.geojson", job.stored)
        assert "/" not in job.file_name


def test_an_upload_lies_outside_of_what_is_served_and_only_its_owner_reads_it(planner, settings):
    send(planner, "zonas.geojson", b'{"type":"FeatureCollection","features":[]}')
    uploads = Path(settings.UPLOADS_DIR)
    served = [Path(settings.STATIC_ROOT), Path(settings.HOME) / "public"]
    assert not any(folder in uploads.parents or folder == uploads for folder in served)
    stored = [path for path in uploads.rglob("*") if path.is_file()]
    assert stored
    assert all(path.stat().st_mode & 0o007 == 0 or path.parent.stat().st_mode & 0o007 == 0 for path in stored)
    for path in stored:
        for address in (f"/uploads/{path.name}", f"/static/{path.name}", f"/static/../uploads/{path.name}"):
            assert planner.get(address).status_code == 404


LIES = [
    ("zonas.geojson", b"\x89PNG\r\n\x1a\n" + b"\0" * 100),
    ("zonas.gpkg", b"<html><script>alert(1)</script></html>"),
    ("zonas.zip", b"MZ" + b"\0" * 200),
    ("zonas.xlsx", b"%PDF-1.7\n" + b"x" * 100),
    ("zonas.kml", b"#!/bin/sh\nrm -rf /\n"),
    ("zonas.exe", b"MZ" + b"\0" * 200),
    ("zonas", b"hola"),
    ("zonas.dxf", b"\0\1\2\3" * 50),
]


@pytest.mark.parametrize(("name", "data"), LIES, ids=[name for name, _ in LIES])
def test_a_file_is_what_its_bytes_say(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(Refusal) as caught, files.opened(path) as found:
        list(read(found).rows)
    assert caught.value.detail.endswith(".")


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def opens(path: Path) -> None:
    with files.opened(path):
        pass


def test_bombs_do_not_open(tmp_path):
    zeros = b"\0" * (40 << 20)
    bombs = {"bomb.zip": zipped({"zonas.geojson": zeros}), "bomb.geojson.gz": gzip.compress(zeros), "many.zip": zipped({f"{n}.txt": b"" for n in range(501)})}  # fmt: skip
    for name, data in bombs.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(Refusal) as caught:
            opens(path)
        assert caught.value.code == "zip_bomb"


@pytest.mark.parametrize(
    "name", ["../x.geojson", "/etc/x.geojson", "..\\x.geojson", "a/../../x.geojson", "C:\\x.geojson"]
)
def test_a_zip_writes_nothing_outside_of_its_folder(tmp_path, name):
    path = tmp_path / "slip.zip"
    path.write_bytes(zipped({name: b"{}"}))
    with pytest.raises(Refusal):
        opens(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_inside_a_zip_is_a_small_text_and_leads_nowhere(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secreto")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("zonas.geojson")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, str(secret))
    path = tmp_path / "link.zip"
    path.write_bytes(out.getvalue())
    with files.opened(path) as found:
        assert not found.is_symlink()
        assert b"secreto" not in found.read_bytes()


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">%s]><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Placemark><name>&z;</name><Point><coordinates>-106,28</coordinates></Point></Placemark></Document></kml>"""


def entities(deep: int) -> bytes:
    letters = "abcdefghijklmnop"
    lines = [f'<!ENTITY {letters[n]} "{("&" + letters[n - 1] + ";") * 10}">' for n in range(1, deep)]
    return LAUGHS % ("".join(lines) + f'<!ENTITY z "&{letters[deep - 1]};">').encode()


def test_xml_entities_neither_explode_nor_read_files(tmp_path):
    (tmp_path / "secret.txt").write_text("canaria-secreta")
    outside = f'<!DOCTYPE l [<!ENTITY z SYSTEM "file://{tmp_path}/secret.txt">]>'.encode()
    reads = entities(2).replace(entities(2)[21 : entities(2).index(b"]>") + 2], outside)
    for data in (entities(9), reads):
        path = tmp_path / "zonas.kml"
        path.write_bytes(data)
        try:
            with files.opened(path) as found:
                rows = str(list(read(found).rows))
        except Refusal:
            continue
        assert "canaria-secreta" not in rows
        assert len(rows) < 1_000_000


@pytest.mark.parametrize(
    "text", ["=1+1", "+x", "-x", "@SUM(A1)", "\tx", "\rx", "\nx", "\0x", " =1+1", "＝1+1"]
)
def test_no_export_lets_a_spreadsheet_run_a_cell(text):
    assert csv_safe(text) == safe_cell(text) == "'" + text
    assert cells(text, "-12.50") == ["'" + text, "-12.50"]


def test_every_writer_of_csv_escapes():
    """A new one is noticed here and must join the test above."""
    from tests.conftest import ROOT

    found = {path.name for path in (ROOT / "src").rglob("*.py") if "csv.writer(" in path.read_text() or "csv.DictWriter(" in path.read_text()}  # fmt: skip
    assert found == {
        "bill_codes.py",
        "exporting.py",
        "export.py",
        "folder.py",
        "catalogue_import.py",
        "reconciling.py",
        "sheets.py",
    }  # the last writes the invented town
