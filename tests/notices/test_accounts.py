"""A person is told of their own account where they said, by the city's senders, and the message says nothing of them."""

import re
from datetime import timedelta

import pytest
from django.test import override_settings

from alcaldia.identity import codes as identity_codes
from alcaldia.identity.ports import plugged as identity
from alcaldia.notices import accounts, actions, codes, postman, resealing
from alcaldia.notices.models import AccountContact, Message
from alcaldia.project import wiring
from alcaldia.project.codes import QueuedCodes
from alcaldia.project.notices import AccountPost
from alcaldia.vault import digests
from alcaldia.vault.models import DigestMessage
from alcaldia.vault.ports import plugged as vault
from tests.factories.people import log_in, made_person

pytestmark = pytest.mark.django_db
PAGE = "/cuenta/donde-avisar/"
CONFIRM = f"{PAGE}confirmar/"
ANA, CELL = "ana@ejemplo.mx", "3781234567"
WORDS = {"text": "Ya está su resumen del mes 2026-02.", "path": "/boveda/consultas/resumenes/"}


@pytest.fixture(autouse=True)
def post(own_post, monkeypatch):
    monkeypatch.setattr(vault, "sender", AccountPost())
    monkeypatch.setattr(identity, "code_sender", QueuedCodes())
    return own_post


def ask(client, contact):
    """The page that asks for the code, and what it carries."""
    page = client.post(PAGE, {"contacto": contact})
    found = re.search(r'name="enviado" value="([^"]+)"', page.content.decode())
    return page, found[1] if found else ""


def code_to(post, contact):
    """The newest code that came to that address."""
    codes.deliver()
    channel = "email" if "@" in contact else "sms"
    *_, row = [one for one in post[channel].read() if one["to"] == contact]
    return re.match(r"[0-9A-Z-]+", row["text"])[0]


def told_at(client, post, contact):
    _, carried = ask(client, contact)
    return client.post(CONFIRM, {"enviado": carried, "codigo": code_to(post, contact)})


@pytest.fixture
def ana(client):
    person, _ = made_person()
    log_in(client, person)
    return person


def say(person, key="digest-2026-02"):
    vault.sender.send(subject=person.public_id, kind="vault.digest", key=key, **WORDS)


def test_the_months_summary_comes_where_the_person_said_and_names_nobody(client, ana, post):
    told_at(client, post, ANA)
    DigestMessage.objects.create(subject=ana.public_id, month="2026-02")

    assert digests.hand_over("2026-02") == 1
    actions.deliver()
    *_, row = post["email"].read()

    assert (row["to"], "https://pueblo.example/boveda/consultas/resumenes/" in row["text"]) == (
        "ana@ejemplo.mx",
        True,
    )
    assert ana.public_id not in str(row) + str(Message.objects.values())
    assert not digests.waiting()


def test_the_same_message_handed_over_twice_goes_once_and_by_one_channel(client, ana, post):
    told_at(client, post, ANA), told_at(client, post, CELL)
    before = len(post["email"].read())

    say(ana), say(ana)

    assert (actions.deliver().sent, len(post["email"].read()) - before) == (1, 1)


def test_a_telephone_alone_is_written_to_by_sms(client, ana, post):
    told_at(client, post, CELL)

    say(ana)

    assert (actions.deliver().sent, post["sms"].read()[-1]["channel"]) == (1, "sms")


def test_who_left_no_address_reads_it_in_their_account_and_nothing_waits(ana):
    DigestMessage.objects.create(subject=ana.public_id, month="2026-02")

    digests.hand_over("2026-02")

    assert (Message.objects.count(), digests.waiting()) == (0, False)


def test_a_city_that_begins_to_send_does_not_tell_the_months_before(ana):
    for month in ("2025-12", "2026-01", "2026-02"):
        DigestMessage.objects.create(subject=ana.public_id, month=month)

    assert digests.hand_over("2026-02") == 1
    assert list(DigestMessage.objects.values_list("month", flat=True)) == ["2026-02"]


def test_an_address_is_sealed_never_shown_again_and_gone_when_they_say_so(client, ana, post):
    told_at(client, post, ANA)
    say(ana)
    page = client.get(PAGE).content.decode()
    assert b"ana@" not in bytes(AccountContact.objects.get().contact)
    assert ("Hay un correo guardado" in page, "ana@" in page) == (True, False)

    client.post(f"{PAGE}quitar/")

    assert (AccountContact.objects.count(), Message.objects.count(), actions.deliver().sent) == (0, 0, 0)


@pytest.mark.parametrize("typed", ["", "nadie", "a@b"])
def test_what_is_no_address_is_said_beside_the_field(client, ana, typed):
    page, _ = ask(client, typed)

    assert (page.status_code, AccountContact.objects.count()) == (422, 0)
    assert 'role="alert"' in page.content.decode()


@pytest.mark.parametrize("wrong", ["code", "person", "use", "late"])
def test_nothing_is_kept_until_its_owner_has_read_there(client, ana, post, wrong, monkeypatch):
    """Not by a guess, in another's account, by a code for entering, or after its minutes."""
    _, carried = ask(client, ANA)
    code = "AAAA-AAAA" if wrong == "code" else code_to(post, ANA)
    if wrong == "person":
        log_in(client, made_person()[0])
    if wrong == "use":
        client.post("/cuenta/codigo/", {"contacto": ANA})
        code = code_to(post, ANA)
    if wrong == "late":
        monkeypatch.setattr(identity_codes, "LIFE", timedelta(0))

    page = client.post(CONFIRM, {"enviado": carried, "codigo": code})

    assert (page.status_code, AccountContact.objects.count()) == (403, 0)


def test_a_second_address_of_the_other_kind_stays_beside_the_first(client, ana, post):
    for contact in (ANA, CELL, "otra@ejemplo.mx"):
        told_at(client, post, contact)

    boxes = postman.unpack(bytes(AccountContact.objects.get().contact))

    assert {kind: postman.unseal(box) for kind, box in boxes.items()} == {
        "email": "otra@ejemplo.mx",
        "phone": CELL,
    }


def test_a_city_that_sends_nothing_asks_for_no_address(client, ana, monkeypatch):
    monkeypatch.setattr(identity, "code_sender", None)

    page = client.get(PAGE).content.decode()

    assert ("no envía avisos todavía" in page, 'name="contacto"' in page) == (True, False)


def test_the_page_is_of_whoever_is_here_with_a_key(client):
    assert client.get(PAGE).status_code == 302
    assert client.post(f"{PAGE}quitar/").status_code == 302


def test_addresses_of_accounts_are_sealed_anew_with_the_others(ana):
    accounts.keep(subject=ana.public_id, contact=postman.pack({"email": "ana@ejemplo.mx"}))
    postman.renew()

    assert resealing.accounts() == 1
    postman.forget_old()

    box = postman.unpack(bytes(AccountContact.objects.get().contact))["email"]
    assert postman.unseal(box) == "ana@ejemplo.mx"


def test_the_city_plugs_its_senders_into_the_vault_and_none_where_it_has_none():
    with override_settings(DEMO=True):
        wiring.connect()
    plugged_in = vault.sender
    wiring.connect()

    assert isinstance(plugged_in, AccountPost)
    assert vault.sender is None
