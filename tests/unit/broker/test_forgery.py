"""Five thousand forged grants, and forged signatures and requests: each is refused, and the genuine one is not."""

import copy
import random
from functools import partial

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.project.bench.forgery import accepted, forged, mutated
from alcaldia.vault.rules.grant import Send
from alcaldia.vault.rules.text64 import to_bytes, to_text
from tests.factories import custody as factory
from tests.factories.custody import showing

HOW_MANY = 5_000


@pytest.fixture
def patient():
    """Rates are not what is tested here."""
    with factory.custody(shows_per_minute=10**6, refusals_per_minute=10**6) as made:
        yield made


def bits_flipped(assertion, rng):
    made = copy.deepcopy(assertion)
    name = rng.choice(("clientDataJSON", "authenticatorData", "signature"))
    data = bytearray(to_bytes(made["response"][name]))
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    made["response"][name] = to_text(bytes(data))
    return made


@pytest.fixture
def genuine(patient):
    """A person, what they sign in all modes, and their signature over it."""
    person = patient.person()
    send = Send("ab" * 32, (person.grant(fields=("identity.full_name", "tax.due")), person.use_grant()))
    return person, send.body(), person.key.sign(send.challenge())


def test_no_changed_grant_is_accepted_and_the_genuine_one_is(patient, genuine):
    rng, (person, send, assertion) = random.Random(1810), genuine
    told = [accepted(give(patient), mutated(send, rng), assertion) for _ in range(HOW_MANY)]
    assert (len(told), sum(told)) == (HOW_MANY, 0)
    assert patient.ask("my_grants", token=person.token) == []
    assert accepted(give(patient), send, assertion)
    assert len(patient.ask("my_grants", token=person.token)) == 2


def test_no_changed_signature_is_accepted_and_the_genuine_one_is(patient, genuine):
    rng, (person, send, assertion) = random.Random(1821), genuine
    told = [accepted(give(patient), send, bits_flipped(assertion, rng)) for _ in range(HOW_MANY // 2)]
    assert sum(told) == 0
    assert patient.ask("my_grants", token=person.token) == []
    assert accepted(give(patient), send, assertion)


def give(custody):
    return partial(custody.ask, "give")


def test_the_measurement_counts_what_is_accepted(patient, genuine):
    person, send, assertion = genuine
    assert forged(give(patient), send, assertion, 20) == {"tried": 20, "accepted": 0}
    assert forged(lambda **_: ["kept"], send, assertion, 20) == {"tried": 20, "accepted": 20}
    with pytest.raises(AssertionError, match="genuine"):
        forged(give(patient), send, person.key.sign(b"x" * 32), 1)


def test_no_changed_request_gets_more_than_the_grant_says(patient):
    rng, person, official = random.Random(7), patient.person(), patient.official()
    grant = person.grant(max_uses=100)
    person.give(grant)
    records = [person.record("identity", {"full_name": "N", "tax_code": "SECRET"})]
    asked = showing(grant, official.token, records)
    told = []
    for _ in range(500):
        try:
            told += patient.ask("show", **mutated(asked, rng))
        except Refusal:
            continue
    assert "SECRET" not in str(told)
