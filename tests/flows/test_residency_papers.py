"""Files with an application for residency: written anew, encrypted, read by who decides and by nobody else, then destroyed."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from alcaldia.identity import residency
from alcaldia.identity.models import Passkey, Person, Residency
from alcaldia.identity.ports import plugged
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import residency_papers
from alcaldia.procedures.filestore import path_of
from alcaldia.vault import queries
from alcaldia.vault.rules.text64 import to_bytes
from alcaldia.web.components.sessions import VAULT_COOKIES
from tests.factories import people
from tests.factories.custody import Someone
from tests.flows.test_no_debt import _plain_static_files, enter
from tests.procedures.test_attachments import SECRET, paper, picture

pytestmark = pytest.mark.django_db(transaction=True)
assert _plain_static_files


@pytest.fixture(autouse=True)
def _plugged(monkeypatch):
    monkeypatch.setattr(plugged, "papers", residency_papers)


@pytest.fixture
def town():
    return Municipality.objects.create(slug="prueba", name="Prueba")


@pytest.fixture
def citizen(broker, client):
    found = broker.citizen()
    enter(client, found)
    return found


def desk(broker, town, role="registrar", office="atencion", username="ana"):
    """An official's browser with an open vault."""
    official = people.made_official(town, role, username=username)
    code = broker.operate("invite", office=f"{town.slug}/{office}", role=role, name="Ada Ficticia", subject=official.public_id)  # fmt: skip
    someone = Someone(broker, official.public_id, {"kind": "invitation", "code": code})
    Passkey.objects.create(
        official=official, credential_id=someone.key.id, public_key=b"x", algorithm=-7, sign_count=0, label="T",
        created_at="2026-01-01T00:00Z",
    )  # fmt: skip
    client = Client()
    people.log_in(client, official)
    client.cookies[VAULT_COOKIES["official"]] = someone.token
    return official, client


def send(client, citizen, *files, slug="prueba", change=lambda state: state):
    page = client.get(f"/cuenta/residencia/?m={slug}").content.decode()
    options = json.loads(unescape(re.search(r'data-options="([^"]+)"', page)[1]))
    state = change(unescape(re.search(r'name="state" value="([^"]+)"', page)[1]))
    credential = json.dumps(citizen.key.sign(to_bytes(options["challenge"])))
    sent = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post(
        f"/cuenta/residencia/adjuntar/{slug}/", {"state": state, "credential": credential, "documento": sent}
    )


@pytest.fixture
def applied(client, citizen, town):
    assert send(client, citizen, ("pasaporte.jpg", picture()), ("carta.pdf", paper())).status_code == 302
    return Residency.objects.get()


def addresses(client, folio):
    page = client.get(f"/oficina/residencias/{folio}/").content.decode()
    return re.findall(r'action="(/oficina/residencias/[^"]+/documento/[^"]+)"', page)


def test_who_decides_opens_each_file_and_the_person_reads_who(client, broker, town, applied):
    _, office = desk(broker, town)
    first, second = (office.post(one) for one in addresses(office, applied.folio))
    assert (first.content[:3], second.content[:5]) == (b"\xff\xd8\xff", b"%PDF-")
    assert SECRET not in first.content
    assert b"JavaScript" not in second.content
    assert "no-store" in first["Cache-Control"]
    told = client.get("/boveda/consultas/").content.decode()
    assert ("Ada Ficticia" in told, "Resolver su residencia electrónica" in told) == (True, True)


def test_nothing_of_them_lies_open(applied):
    names = [one.public_id for one in residency_papers.files(applied.folio)]
    assert len(names) == 2
    assert all(path_of(one).read_bytes()[:3] not in (b"\xff\xd8\xff", b"%PD") for one in names)
    home = b"".join(one.read_bytes() for one in Path(settings.HOME).rglob("*") if one.is_file())
    assert b"pasaporte" not in home


def test_nobody_else_of_the_office_opens_one(broker, town, applied):
    [address, _] = addresses(desk(broker, town)[1], applied.folio)
    for role, office in (("clerk", "atencion"), ("registrar", "catastro")):
        _, other = desk(broker, town, role, office, username=f"u-{role}-{office}")
        assert other.post(address).status_code == 403
    elsewhere = Municipality.objects.create(slug="otra", name="Otra")
    assert desk(broker, elsewhere, username="eva")[1].post(address).status_code == 403


@pytest.mark.parametrize("end", ["refused", "withdrawn"])
def test_they_are_destroyed_when_it_is_over(broker, town, citizen, applied, end):
    names = [one.public_id for one in residency_papers.files(applied.folio)]
    if end == "refused":
        residency.decide(residency=applied, grant=False, by=desk(broker, town)[0], channel="test")
    else:
        residency.withdraw(residency=applied, by="x", channel="test")
    assert not residency_papers.files(applied.folio)
    assert not any(path_of(one).exists() for one in names)
    held = queries.own(citizen.subject, citizen.token, ["case"])
    assert {str(one.value)[: len(residency_papers.WORDS)] for one in held} == {residency_papers.WORDS}


def test_a_file_that_is_not_what_it_says_keeps_nothing(client, citizen, town):
    assert send(client, citizen, ("carta.pdf", b"MZ\x90 program")).status_code == 415
    assert send(client, citizen).status_code == 422
    assert send(client, citizen, *[("a.pdf", paper())] * 6).status_code == 422
    assert (Residency.objects.count(), queries.own(citizen.subject, citizen.token, ["case"])) == (0, [])


def test_another_permit_than_the_page_asked_for_is_refused(client, citizen, town):
    wider = send(client, citizen, ("a.pdf", paper()), change=lambda state: state.replace("decide-residency", "pay-out"))  # fmt: skip
    assert wider.status_code == 409
    assert Residency.objects.count() == 0
    assert Person.objects.filter(public_id=citizen.subject).exists()
