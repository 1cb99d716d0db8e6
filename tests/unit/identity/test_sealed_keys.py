"""The broker seals the keys of officials in the log: whoever took over the web can not make one up."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_urlsafe

import pytest
from django.db import transaction
from webauthn.helpers import bytes_to_base64url

from alcaldia.identity import actions, challenges, events, passkeys, queries, signatures
from alcaldia.identity.ports import plugged
from alcaldia.kernel.canonical import canonical
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.ledger.models import Entry
from alcaldia.project.commands import log
from alcaldia.vault.custody import BrokerCustodian
from tests.factories.passkey import SoftPasskey, to_text
from tests.factories.people import made_official

pytestmark = pytest.mark.django_db


def registered(username):
    """An official who came in by invitation, and the device with their key."""
    official, device = made_official(username=username), SoftPasskey()
    code = actions.invite(owner=official)
    challenge = challenges.fresh("test", subject=official.public_id, kept_for="enrol")
    options = {"challenge": to_text(challenge.value), "user": {"id": to_text(official.public_id.encode())}}
    actions.register_invited(
        invitation=queries.invitation(code), code=code, answer=device.create(options), challenge=challenge,
        label="x", channel="t",
    )  # fmt: skip
    return official, device


@transaction.atomic
def planted(username, device, **sealed):
    """What a hacked web writes: that this key is that official's."""
    key = bytes_to_base64url(device.public())
    body = {"subject": "x", "algorithm": -7, "official": username, "public_key": key, **sealed}
    actions.announce(events.PASSKEY_REGISTERED, body, by="x", channel="backoffice")


@transaction.atomic
def resolved(username, device):
    """And a resolution that this key signed."""
    act = {"act": "cases.resolve", "folio": "LIC-2026-AAAA", "decision": "granted", "by": "o_x",
           "at": "2026-01-01T00:00:00+00:00", "nonce": token_urlsafe(16)}  # fmt: skip
    answer = device.sign(sha256(canonical(act)).digest())
    body = {
        "official": username, "signed": act["act"], "nonce": act["nonce"], "at": act["at"],
        "sha256": sha256(canonical(act)).hexdigest(), "key": passkeys.key_id(device.public()),
        "proof": {name: answer["response"][name] for name in signatures.PROOF}, "text": act,
    }  # fmt: skip
    actions.announce(events.ACT_SIGNED, body, by="x", channel="backoffice")
    facts = {"decision": "granted", "signature": {"nonce": act["nonce"]}}
    record(
        Act("case.resolved", "LIC-2026-AAAA", {"folio": "LIC-2026-AAAA", "facts": facts}),
        by=username,
        channel="t",
    )


def body_of_the_first():
    return json.loads(bytes(Entry.objects.get(type=events.PASSKEY_REGISTERED).body))


def test_what_an_official_signs_with_a_sealed_key_holds(broker):
    official, device = registered("directora")
    resolved("directora", device)
    found = signatures.audit()
    assert (found.checked, found.unsealed, found.problems) == (1, 0, [])
    assert body_of_the_first()["account"] == official.public_id


def test_a_key_that_a_hacked_web_writes_into_the_log_is_named_and_signs_nothing(broker):
    made_official(username="directora")
    thief = SoftPasskey()
    planted("directora", thief)
    resolved("directora", thief)
    first, second = signatures.audit().problems
    assert "registra una llave de «directora» sin el sello" in first
    assert "no es de «directora»" in second


def test_a_seal_over_another_key_or_of_nobody_is_no_seal(broker):
    registered("directora")
    told = body_of_the_first()
    for seal in (told["seal"], "", "AAAA", "á"):
        planted("directora", SoftPasskey(), account=told["account"], seal=seal)
    assert len(signatures.audit().problems) == 4


def test_a_sealed_key_of_one_official_is_not_anothers(broker):
    registered("directora")
    told = body_of_the_first()
    _, device = registered("cajero")
    mine = json.loads(
        bytes(Entry.objects.filter(type=events.PASSKEY_REGISTERED).order_by("index").last().body)
    )
    sealed = {"account": mine["account"], "seal": mine["seal"]}
    planted("directora", device, **sealed)
    planted("presidenta", device, **sealed)
    planted("cajero", device, account=told["account"], seal=mine["seal"])
    problems = signatures.audit().problems
    assert ["otra cuenta" in one for one in problems] == [True, True, False]


def test_keys_of_before_there_were_seals_are_counted_and_go_on_serving(broker, monkeypatch, capsys):
    with monkeypatch.context() as before:
        before.setattr(plugged, "custodian", None)
        _, device = registered("directora")
    monkeypatch.setattr(BrokerCustodian, "sealing_since", lambda _: datetime(2999, 1, 1, tzinfo=UTC))
    resolved("directora", device)
    found = signatures.audit()
    assert (found.checked, found.unsealed, found.problems) == (1, 1, [])
    assert log._signatures() == 0
    assert "1 llaves sin sello" in capsys.readouterr().out


def test_a_date_of_before_does_not_help_once_the_log_is_past_it(broker, monkeypatch):
    registered("directora")
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2020, 1, 1, tzinfo=UTC))
    planted("directora", SoftPasskey())
    assert len(signatures.audit().problems) == 1


def test_a_citizens_registration_says_neither_key_nor_seal_nor_account(broker):
    challenge = challenges.fresh("test", subject="p_" + "x" * 22, kept_for="enrol")
    options = {"challenge": to_text(challenge.value), "user": {"id": to_text(challenge.subject.encode())}}
    answer = SoftPasskey().create(options)
    actions.register_person(answer=answer, challenge=challenge, label="x", channel="t")
    assert set(body_of_the_first()) == {"subject", "algorithm", "salt"}
