"""Four at once do what one after another does: in threads where the engine has rows to lock, else one by one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections
from django.utils import timezone

from alcaldia.identity import actions, challenges, recovery
from alcaldia.identity.ids import new_code
from alcaldia.identity.keys import plain_hash
from alcaldia.identity.models import Passkey, RecoveryCode, RecoveryRequest
from alcaldia.identity.rules.ids import RECOVERY_LETTERS
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from tests.factories.passkey import SoftPasskey, to_text
from tests.factories.people import made_official, made_person, with_key

pytestmark = pytest.mark.django_db(transaction=True)


NOT_SIGNED = recovery.Approval({"nonce": "n"}, {}, "")
"""Without a custodian nobody checks it again."""


def together(jobs):
    """What each said: "done", or the code of its refusal."""
    if connection.vendor != "postgresql":  # SQLite's test database lives in memory, on one connection
        return [said(job) for job in jobs]
    barrier = Barrier(len(jobs))

    def run(job):
        try:
            barrier.wait(10)
            return said(job)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def said(job):
    try:
        job()
    except Refusal as refusal:
        return refusal.code
    return "done"


def recovering(person, code):
    """A recovery with a device of its own, ready to run."""
    challenge = challenges.fresh("test", subject=person.public_id)
    user = {"id": to_text(person.public_id.encode())}
    answer = SoftPasskey().create({"challenge": to_text(challenge.value), "user": user})
    return lambda: recovery.recover(code=code, answer=answer, challenge=challenge, label="x", channel="test")


@pytest.fixture
def counter():
    made = Municipality.objects.create(slug="prueba", name="Prueba")
    return [made_official(made, "clerk", username=name) for name in ("uno", "dos")]


def asked(person, official):
    half = recovery.new_half()
    made = recovery.request_recovery(
        account=person.public_id, half=half, by=official, approval=NOT_SIGNED, channel="test"
    )
    return made, half


def test_a_printed_code_used_four_times_at_once_opens_once():
    person, _ = made_person()
    code = new_code(RECOVERY_LETTERS)
    RecoveryCode.objects.create(
        person=person, code_hash=plain_hash("recovery", code), created_at=timezone.now()
    )

    assert sorted(together([recovering(person, code) for _ in range(4)])) == ["bad_code"] * 3 + ["done"]
    assert Passkey.objects.filter(person=person).count() == 2


def test_a_counter_code_used_four_times_at_once_opens_once(counter):
    person, _ = made_person()
    row, first = asked(person, counter[0])
    second = recovery.new_half()
    recovery.confirm_recovery(request=row, half=second, by=counter[1], approval=NOT_SIGNED, channel="test")
    code = first + second
    RecoveryRequest.objects.update(opens_at=timezone.now() - timedelta(hours=1))

    assert sorted(together([recovering(person, code) for _ in range(4)])) == ["bad_code"] * 3 + ["done"]
    assert Passkey.objects.filter(person=person).count() == 2


def test_four_requests_at_once_leave_one_open(counter):
    person, _ = made_person()

    answers = together([lambda: asked(person, counter[0])] * 4)

    assert sorted(answers) == ["already_open"] * 3 + ["done"]
    assert RecoveryRequest.objects.filter(person=person).count() == 1


def test_the_last_two_keys_are_not_both_removed_at_once():
    person, _ = made_person()
    with_key(person)
    jobs = [
        lambda one=one: actions.revoke_passkey(passkey=one, token="", by="x", channel="test")
        for one in Passkey.objects.filter(person=person)
    ]

    assert sorted(together(jobs)) == ["done", "last_passkey"]
    assert Passkey.objects.filter(person=person, revoked_at__isnull=True).count() == 1
