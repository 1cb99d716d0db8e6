"""Five thousand forged grants, and forged signatures and requests: each is refused, and the genuine one is not."""

import copy
import random

import pytest

from alcaldia.kernel.errors import Refusal
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


def leaves(value, path=()):
    """Every place in nested JSON that can be changed."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for at, item in enumerate(value):
            yield from leaves(item, (*path, at))
    else:
        yield path


def changed(value, rng):
    if isinstance(value, bool) or value is None or isinstance(value, list):
        return "x"
    if isinstance(value, int):
        return value + rng.choice((-1, 1, 7, 90))
    if isinstance(value, str) and value:
        at = rng.randrange(len(value))
        return value[:at] + rng.choice("abcxyzAQ019-_Z".replace(value[at], "")) + value[at + 1 :]
    return "x"


def mutated(value, rng):
    """The same with one thing really changed somewhere."""
    made = copy.deepcopy(value)
    *way, last = rng.choice(list(leaves(made)))
    part = made
    for step in way:
        part = part[step]
    part[last] = changed(part[last], rng)
    assert made != value
    return made


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
    told = [accepted(patient, mutated(send, rng), assertion) for _ in range(HOW_MANY)]
    assert (len(told), sum(told)) == (HOW_MANY, 0)
    assert patient.ask("my_grants", token=person.token) == []
    assert accepted(patient, send, assertion)
    assert len(patient.ask("my_grants", token=person.token)) == 2


def test_no_changed_signature_is_accepted_and_the_genuine_one_is(patient, genuine):
    rng, (person, send, assertion) = random.Random(1821), genuine
    told = [accepted(patient, send, bits_flipped(assertion, rng)) for _ in range(HOW_MANY // 2)]
    assert sum(told) == 0
    assert patient.ask("my_grants", token=person.token) == []
    assert accepted(patient, send, assertion)


def accepted(custody, send, assertion):
    try:
        return bool(custody.ask("give", send=send, assertion=assertion))
    except Refusal:
        return False


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
