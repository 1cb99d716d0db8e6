"""Sealed boxes at the server: what it keeps is bytes, what it refuses is what would lock a person out."""

import json
import secrets
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client

from alcaldia.ledger.models import Entry
from alcaldia.vault import actions, sealed
from alcaldia.vault.models import SealedBox, SealedFile, SealedNote
from alcaldia.vault.rules import sealed_box
from alcaldia.vault.rules.text64 import to_text
from tests.flows.test_no_debt import _plain_static_files, enter

pytestmark = pytest.mark.django_db(transaction=True)
assert _plain_static_files
MARK = "ab" * 32
CODE = {"kind": "code", "name": "", "salt": to_text(bytes(16)), "data": to_text(bytes(60))}
KEY = CODE | {"kind": "prf", "name": to_text(b"credential")}
NOTE = to_text(bytes(12 + 256 + 16))


@pytest.fixture
def citizen(broker, client):
    found = broker.citizen()
    enter(client, found)
    return found


def post(client, where, **told):
    return client.post(f"/boveda/sellado/{where}/", {"told": json.dumps(told)}).status_code


def test_a_box_and_its_notes_come_back_as_they_were_sealed(client, citizen):
    assert post(client, "llaves", mark=MARK, wraps=[CODE, KEY]) == 200
    assert post(client, "texto", group="family", number=1, data=NOTE) == 200
    assert sealed.box_of(citizen.subject) == {
        "mark": MARK, "wraps": [CODE, KEY], "notes": {"family": {"number": 1, "data": NOTE}}, "files": [],
    }  # fmt: skip
    assert NOTE in client.get("/boveda/sellado/").content.decode()
    assert not any(NOTE.encode() in bytes(one.body) for one in Entry.objects.all())


@pytest.mark.parametrize(
    "wraps",
    [[], [KEY], [CODE, CODE], [CODE | {"data": to_text(bytes(59))}], [CODE | {"name": "x"}], [CODE, KEY, KEY], "no",
     [CODE | {"more": "1"}], [CODE | {"salt": "*"}]],
)  # fmt: skip
def test_a_box_that_does_not_open_by_a_printed_code_is_refused(client, citizen, wraps):
    assert post(client, "llaves", mark=MARK, wraps=wraps) == 422
    assert SealedBox.objects.count() == 0


def test_another_secret_over_a_box_is_refused_and_other_keys_of_the_same_are_not(client, citizen):
    post(client, "llaves", mark=MARK, wraps=[CODE])
    assert post(client, "llaves", mark="cd" * 32, wraps=[CODE]) == 409
    assert post(client, "llaves", mark=MARK, wraps=[CODE, KEY]) == 200
    assert len(sealed.box_of(citizen.subject)["wraps"]) == 2


def test_two_windows_do_not_overwrite_each_other(client, citizen):
    post(client, "llaves", mark=MARK, wraps=[CODE])
    assert post(client, "texto", group="family", number=1, data=NOTE) == 200
    assert post(client, "texto", group="family", number=1, data=NOTE) == 409
    assert post(client, "texto", group="identity", number=1, data=NOTE) == 422
    assert post(client, "texto", group="family", number=2, data=to_text(b"clear text")) == 422


def test_an_erased_vault_takes_its_box_along(client, citizen):
    post(client, "llaves", mark=MARK, wraps=[CODE])
    post(client, "texto", group="family", number=1, data=NOTE)
    actions.erase(citizen.subject, **citizen.erasing(), by="citizen", channel="portal")
    assert (SealedBox.objects.count(), SealedNote.objects.count()) == (0, 0)


def test_a_stolen_cookie_without_a_session_at_the_broker_gets_nothing(client, citizen, broker):
    post(client, "llaves", mark=MARK, wraps=[CODE])
    broker.ask("close_session", token=citizen.token)
    answer = client.get("/boveda/sellado/")
    assert answer.status_code == 302
    assert "/boveda/abrir/" in answer.url


FILE, HEAD = "A" * 22, NOTE
PART = 1024 * 1024


def keep(client, name=FILE, data=bytes(28 + 65536), head=HEAD):
    sent = {"told": json.dumps({"name": name, "head": head}), "data": ContentFile(data, "x")}
    return client.post("/boveda/sellado/archivo/", sent).status_code


def on_disk():
    return [one for one in (Path(settings.HOME) / "sealed").rglob("*") if one.is_file()]


@pytest.fixture
def boxed(client, citizen):
    post(client, "llaves", mark=MARK, wraps=[CODE])
    yield citizen
    sealed.discard(citizen.subject, by="citizen", channel="portal")


def test_a_sealed_file_comes_back_to_its_owner_alone_and_goes_with_the_box(client, boxed, broker):
    data = secrets.token_bytes(PART + 28 + 65536 + 28)
    assert keep(client, data=data) == 200
    answer = client.get(f"/boveda/sellado/archivo/{FILE}/")
    assert answer.content == data
    assert (answer["Content-Disposition"], answer["Content-Type"]) == (
        "attachment",
        "application/octet-stream",
    )
    other = Client()
    enter(other, broker.citizen())
    assert other.get(f"/boveda/sellado/archivo/{FILE}/").status_code == 404
    assert other.post(f"/boveda/sellado/archivo/{FILE}/quitar/", {"told": "{}"}).status_code == 200
    assert len(on_disk()) == 1
    actions.erase(boxed.subject, **boxed.erasing(), by="citizen", channel="portal")
    assert (SealedFile.objects.count(), on_disk()) == (0, [])


def test_a_changed_or_lost_file_is_said_and_taking_it_out_twice_is_once(client, boxed):
    keep(client)
    [path] = on_disk()
    path.write_bytes(bytes(28 + 65536 - 1) + b"x")
    assert client.get(f"/boveda/sellado/archivo/{FILE}/").status_code == 404
    for _ in range(2):
        assert client.post(f"/boveda/sellado/archivo/{FILE}/quitar/", {"told": "{}"}).status_code == 200
    assert on_disk() == []


@pytest.mark.parametrize(
    "given",
    [{"data": b""}, {"data": bytes(28)}, {"data": b"clear text"}, {"data": bytes(28 + 65535)}, {"name": "../" + "A" * 19},
     {"name": "A" * 21}, {"head": to_text(b"clear")}, {"data": bytes(11 * (PART + 28))}],
)  # fmt: skip
def test_what_no_browser_of_ours_sealed_is_refused_and_not_kept(client, boxed, given):
    assert keep(client, **given) in {413, 422}
    assert on_disk() == []


def test_a_name_is_taken_once_and_a_box_is_full_after_twenty(client, boxed, monkeypatch):
    assert (keep(client), keep(client)) == (200, 409)
    monkeypatch.setattr(sealed_box, "MOST_FILES", 1)
    assert keep(client, name="B" * 22) == 422
    assert len(on_disk()) == 1
