"""A person is told of their own account where they said, by the city's senders, and the message says nothing of them."""

import pytest
from django.test import override_settings

from alcaldia.notices import accounts, actions, postman, resealing
from alcaldia.notices.models import AccountContact, Message
from alcaldia.project import wiring
from alcaldia.project.notices import AccountPost
from alcaldia.vault import digests
from alcaldia.vault.models import DigestMessage
from alcaldia.vault.ports import plugged as vault
from tests.factories.people import log_in, made_person

pytestmark = pytest.mark.django_db
PAGE = "/cuenta/donde-avisar/"
WORDS = {"text": "Ya está su resumen del mes 2026-02.", "path": "/boveda/consultas/resumenes/"}


@pytest.fixture(autouse=True)
def post(own_post, monkeypatch):
    monkeypatch.setattr(vault, "sender", AccountPost())
    return own_post


@pytest.fixture
def ana(client):
    person, _ = made_person()
    log_in(client, person)
    return person


def say(person, key="digest-2026-02"):
    vault.sender.send(subject=person.public_id, kind="vault.digest", key=key, **WORDS)


def test_the_months_summary_comes_where_the_person_said_and_names_nobody(client, ana, post):
    client.post(PAGE, {"aviso_correo": "ana@ejemplo.mx", "aviso_celular": ""})
    DigestMessage.objects.create(subject=ana.public_id, month="2026-02")

    assert digests.hand_over("2026-02") == 1
    actions.deliver()
    [row] = post["email"].read()

    assert (row["to"], "https://pueblo.example/boveda/consultas/resumenes/" in row["text"]) == (
        "ana@ejemplo.mx",
        True,
    )
    assert ana.public_id not in str(row) + str(Message.objects.values())
    assert not digests.waiting()


def test_the_same_message_handed_over_twice_goes_once_and_by_one_channel(client, ana, post):
    client.post(PAGE, {"aviso_correo": "ana@ejemplo.mx", "aviso_celular": "3781234567"})

    say(ana), say(ana)

    assert (actions.deliver().sent, len(post["email"].read())) == (1, 1)


def test_a_telephone_alone_is_written_to_by_sms(client, ana, post):
    client.post(PAGE, {"aviso_correo": "", "aviso_celular": "3781234567"})

    say(ana)
    actions.deliver()

    assert [row["channel"] for row in post["sms"].read()] == ["sms"]


def test_who_left_no_address_reads_it_in_their_account_and_nothing_waits(ana):
    DigestMessage.objects.create(subject=ana.public_id, month="2026-02")

    digests.hand_over("2026-02")

    assert (Message.objects.count(), digests.waiting()) == (0, False)


def test_a_city_that_begins_to_send_does_not_tell_the_months_before(ana):
    for month in ("2025-12", "2026-01", "2026-02"):
        DigestMessage.objects.create(subject=ana.public_id, month=month)

    assert digests.hand_over("2026-02") == 1
    assert list(DigestMessage.objects.values_list("month", flat=True)) == ["2026-02"]


def test_an_address_is_sealed_never_shown_again_and_gone_when_they_say_so(client, ana):
    client.post(PAGE, {"aviso_correo": "ana@ejemplo.mx", "aviso_celular": ""})
    say(ana)
    page = client.get(PAGE).content.decode()
    assert b"ana@" not in bytes(AccountContact.objects.get().contact)
    assert ("Hay un correo guardado" in page, "ana@" in page) == (True, False)

    client.post(f"{PAGE}quitar/")

    assert (AccountContact.objects.count(), Message.objects.count(), actions.deliver().sent) == (0, 0, 0)


@pytest.mark.parametrize("typed", ["", "nadie", "a@b"])
def test_what_is_no_address_is_said_beside_the_field(client, ana, typed):
    page = client.post(PAGE, {"aviso_correo": typed, "aviso_celular": ""})

    assert (page.status_code, AccountContact.objects.count()) == (422, 0)
    assert 'role="alert"' in page.content.decode()


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
