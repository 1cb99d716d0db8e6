"""The public list of what a permit may be for."""

import pytest

from alcaldia.vault.purposes import CATALOGUE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


def _in_english(client, page):
    client.cookies["idioma"] = "en"
    return client.get(page)


def test_everybody_reads_each_purpose_in_plain_words(client):
    page = client.get("/privacidad/finalidades/").content.decode()
    english = _in_english(client, "/privacidad/finalidades/").content.decode()
    for one in CATALOGUE.purposes:
        assert one.name.es in page
        assert one.name.in_("en") in english
    assert 'lang="es"' not in english.partition("<main")[2].partition("</main")[0]


def test_programs_read_the_same_with_its_version(client):
    told = client.get("/privacidad/finalidades.json").json()
    assert (told["version"], len(told["purposes"])) == (CATALOGUE.version, len(CATALOGUE.purposes))
    first = told["purposes"][0]
    assert first["dpv"] == "https://w3id.org/dpv#RequestedServiceProvision"
    assert {"es", "en"} == first["name"].keys()


@pytest.mark.parametrize("page", ["/privacidad/", "/seguridad/"])
def test_who_asks_about_privacy_finds_it(client, page):
    assert "/privacidad/finalidades/" in client.get(page).content.decode()
