"""Rules that every page keeps: nothing inline, everything translated, light, and Spanish first."""

import gettext
import gzip
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template

from tests.factories.town import town

WEB = Path(__file__).resolve().parents[3] / "src" / "alcaldia" / "web"
OURS = ("components", "kiosk", "portal", "visor", "transparency")
TEMPLATES = sorted(path for face in OURS for path in (WEB / face).rglob("*.html"))
MARKED = (r'\{% trans "([^"]+)"', r"\{% trans '([^']+)'")


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_template_has_inline_script_or_style(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


def test_every_marked_sentence_has_an_english_one():
    english = gettext.translation("django", WEB / "locale", ["en"])
    marked = {text for path in TEMPLATES for rule in MARKED for text in re.findall(rule, path.read_text())}
    # Django looks a template's "%" up as "%%": a catalogue that holds the bare sign is never found.
    missing = [text for text in marked if text.replace("%", "%%") not in english._catalog]  # type: ignore[attr-defined]
    assert len(marked) > 150
    assert not missing


def test_the_compiled_translation_is_that_of_the_source():
    english = gettext.translation("django", WEB / "locale", ["en"])
    source = (WEB / "locale" / "en" / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', source, re.MULTILINE)
    assert len(pairs) > 150
    assert all(english.gettext(a.replace('\\"', '"')) == b.replace('\\"', '"') for a, b in pairs)


@pytest.mark.django_db
def test_the_home_is_light(client):
    town()
    page = client.get("/").content
    files = re.findall(r'(?:href|src)="/static/([^"?]+)"', page.decode())
    weight = len(gzip.compress(page)) + sum(
        len(gzip.compress(Path(finders.find(f)).read_bytes())) for f in files
    )
    assert weight <= 45_000
    assert len(files) + 2 <= 8
    assert b"<script" not in page


def test_the_visor_is_light():
    folder = WEB / "visor" / "static" / "visor"
    files = [path for path in folder.rglob("*") if path.suffix in {".mjs", ".js", ".css"}]
    assert len(files) == 5
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= 550_000


@pytest.mark.django_db
def test_no_page_has_an_inline_script_of_any_kind(client):
    town()
    for address in (
        "/",
        "/visor/pueblo/",
        "/visor/pueblo/predio/id-L1/",
        "/visor/pueblo/predio/id-L1/obra/?levels=2",
    ):
        page = client.get(address).content.decode()
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
        assert " style=" not in page


@pytest.mark.django_db
def test_an_english_browser_still_gets_spanish_until_its_person_chooses(client):
    town()
    assert "¿Qué necesita hacer?" in client.get("/", headers={"Accept-Language": "en"}).content.decode()
    client.post("/idioma/", {"language": "en", "next": "/"})
    page = client.get("/").content.decode()
    assert 'lang="en"' in page
    assert "What do you need to do?" in page


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/ayuda/", "/accesibilidad/", "/privacidad/", "/visor/pueblo/"])
def test_pages_forbid_anything_inline(client, address):
    town()
    policy = client.get(address).headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.django_db
def test_a_colour_that_cannot_be_read_is_left_out(client):
    made = town()
    made.settings["theme"] = {"colour": "#ffee00", "accent": "#17605c"}
    made.save()
    assert client.get("/m/pueblo/tema.css").content == b":root{--accent:#17605c;}"


@pytest.mark.django_db
def test_a_colour_that_is_not_one_never_reaches_the_page(client):
    made = town()
    made.settings["theme"] = {"colour": "red;} body{display:none"}
    made.save()
    assert client.get("/m/pueblo/tema.css").content == b""


@pytest.mark.django_db
def test_a_missing_page_says_what_to_do(client):
    response = client.get("/no-existe/")
    assert response.status_code == 404
    assert "Vuelva al inicio" in response.content.decode()


def test_a_sentence_with_a_per_cent_sign_has_its_english(client):
    client.cookies["idioma"] = "en"
    page = client.get("/accesibilidad/").content.decode()
    assert "enlarge the text to 200 %" in page
    assert "Puede ampliar" not in page


def test_the_office_says_it_is_spanish_whatever_was_chosen(client):
    client.cookies["idioma"] = "en"
    answer = client.get("/oficina/entrar/")
    assert 'lang="es"' in answer.content.decode()[:60]
    assert answer.headers["Content-Language"] == "es"


def test_a_moment_is_spoken_in_the_zone_of_the_page():
    at = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
    page = Template(
        '{% load shown tz %}{% timezone "America/Tijuana" %}{{ at|spoken:"j F, H:i" }}{% endtimezone %}'
    )
    assert page.render(Context({"at": at})) == "30 de noviembre, 07:00"
