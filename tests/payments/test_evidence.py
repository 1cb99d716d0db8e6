"""Of a provider's message the city keeps what proves the money, and nothing of who paid."""

import json
from hashlib import sha256

import pytest

from alcaldia.connectors.simulated_bank.signing import HEADER, signature
from alcaldia.payments import actions
from alcaldia.payments.models import PaymentEvent
from alcaldia.payments.rules.evidence import kept
from tests.factories.money import SECRET, order, started

PAYER = {
    "billing_details": {"name": "Cañárya Ficticia", "email": "canarya@example.org", "phone": "3411234567"},
    "receipt_email": "canarya@example.org",
    "payer": {"first_name": "Cañárya", "identification": {"type": "CURP", "number": "CAFI800101MJCXXX01"}},
    "customer": {"id": "cus_canarya", "name": "Cañárya"},
    "payment_method_details": {"card": {"last4": "4242", "fingerprint": "canarya"}},
    "description": "Predial de Cañárya",
}
TOLD = {
    "id": "evt_1",
    "type": "charge.succeeded",
    "data": {"object": {"id": "ch_1", "amount": 81240, **PAYER}},
    **PAYER,
}


def test_what_says_who_paid_is_left_out_and_what_finds_the_money_stays():
    raw = json.dumps(TOLD).encode()
    found = json.loads(kept(raw))
    assert found == {
        "sha256": sha256(raw).hexdigest(),
        "told": {
            "id": "evt_1",
            "type": "charge.succeeded",
            "data": {"object": {"id": "ch_1", "amount": "81240"}},
        },
    }


@pytest.mark.parametrize("raw", [b"", b"canarya@example.org", b"\xff", b"[" * 5000, b'"canarya"', b"[[1]]"])
def test_what_is_no_message_is_kept_as_its_hash(raw):
    assert b"canarya" not in kept(raw)
    assert sha256(raw).hexdigest().encode() in kept(raw)


@pytest.mark.django_db
@pytest.mark.parametrize("secret", [SECRET, "of a stranger"])
def test_no_row_of_the_database_tells_who_paid(city, secret):
    attempt = started(order())
    city.pay(attempt)
    [row] = city.bank.store.all("SELECT body FROM outbox ORDER BY seq DESC LIMIT 1")
    raw = json.dumps({**json.loads(bytes(row["body"])), **PAYER}).encode()
    at = int(city.clock())
    actions.receive_webhook(provider="simulated", headers={HEADER: signature(secret, at, raw)}, raw=raw)
    event = PaymentEvent.objects.get()
    assert event.signature_ok == (secret == SECRET)
    assert b"arya" not in bytes(event.raw)
    assert sha256(raw).hexdigest().encode() in bytes(event.raw)
