"""A message goes once, waits longer after each failure, and is given up loudly."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from alcaldia.connectors.simulated_post import SimulatedPost
from alcaldia.kernel.errors import NotFound
from alcaldia.notices import actions, postman, queries, resealing
from alcaldia.notices.models import Message
from alcaldia.notices.ports import plugged
from tests.factories.town import town as make_town

pytestmark = pytest.mark.django_db
FACTS = {
    "town": "Pueblo",
    "folio": "SOL-2026-AAAA",
    "name": "Poda de un árbol",
    "link": "https://pueblo.example/t/",
}


@pytest.fixture
def mailbox(tmp_path, monkeypatch):
    one = SimulatedPost("email", tmp_path / "post.jsonl")
    monkeypatch.setattr(plugged, "senders", {"email": one})
    return one


def queued(**changes):
    words = {"town": make_town(), "template": "received", "channels": ("email", "sms", "portal"), "subject": "case:SOL",
             "number": 1, "facts": FACTS, "contact": postman.pack({"email": "ana@ejemplo.mx"})} | changes  # fmt: skip
    actions.queue(**words)
    return words


def test_a_message_goes_once_however_often_it_is_queued(mailbox):
    words = queued()
    actions.queue(**words)
    assert (actions.deliver().sent, actions.deliver().sent) == (1, 0)
    assert [row["to"] for row in mailbox.read()] == ["ana@ejemplo.mx"]


def test_a_channel_without_an_address_is_left_out(mailbox):
    queued()
    assert list(Message.objects.values_list("channel", flat=True)) == ["email"]


def test_the_address_is_gone_once_the_message_went(mailbox):
    queued()
    assert b"ana@" not in bytes(Message.objects.get().address)
    actions.deliver()
    assert bytes(Message.objects.get().address) == b""


def test_what_nobody_foresaw_holds_up_no_other_and_is_given_up_in_the_end(mailbox, monkeypatch):
    """A gateway whose answer nobody can read: the message went perhaps, and must not go every ten minutes for ever."""
    words = queued()
    actions.queue(**words | {"number": 2})
    send = mailbox.send

    def odd(address, message, *, key):
        if "/1/" in key:
            raise AttributeError("'str' object has no attribute 'get'")
        return send(address, message, key=key)

    monkeypatch.setattr(mailbox, "send", odd)
    done = actions.deliver()
    assert (done.sent, done.failed) == (1, 1)
    later = timezone.now()
    for _ in range(10):
        later += timedelta(days=2)
        actions.deliver(now=lambda later=later: later)
    row = Message.objects.get(number=1)
    assert (row.state, row.problem) == ("given_up", "El servicio contestó algo que no se entiende.")


def test_a_sender_that_is_down_is_tried_again_later_and_not_before(mailbox):
    mailbox.faults = ["down"]
    queued()
    now = timezone.now() + timedelta(seconds=1)
    assert actions.deliver(lambda: now).failed == 1
    assert actions.deliver(lambda: now + timedelta(seconds=59)).sent == 0
    assert actions.deliver(lambda: now + timedelta(seconds=61)).sent == 1


def test_after_the_last_pause_it_is_given_up_and_shown(mailbox):
    mailbox.faults = ["slow"] * 7
    town, now = queued()["town"], timezone.now() + timedelta(seconds=1)
    for _ in range(7):
        actions.deliver(lambda: now)  # noqa: B023
        now += timedelta(days=2)
    assert Message.objects.get().state == "given_up"
    assert [one.attempts for one in queries.in_trouble(town)] == [7]
    actions.try_again(town=town, pk=Message.objects.get().pk)
    assert actions.deliver(lambda: now).sent == 1


def test_an_address_that_takes_nothing_is_given_up_at_once(mailbox):
    mailbox.faults = ["refuses"]
    queued()
    assert actions.deliver().given_up == 1
    assert "ana" not in Message.objects.get().problem


def test_a_channel_that_is_down_is_asked_once_a_round(mailbox):
    mailbox.faults = ["down", "down", "down"]
    words = queued()
    for number in (2, 3):
        actions.queue(**words | {"number": number})
    actions.deliver()
    assert len(mailbox.faults) == 2


def test_what_was_given_up_long_ago_keeps_no_address(mailbox):
    mailbox.faults = ["refuses"]
    town = queued()["town"]
    actions.deliver()
    assert actions.forget(timezone.now() + timedelta(seconds=1)) == 1
    with pytest.raises(NotFound):
        actions.try_again(town=town, pk=Message.objects.get().pk)


def test_the_database_holds_no_address_and_only_the_postmans_key_opens(mailbox):
    packed = postman.pack({"email": "ana@ejemplo.mx", "phone": "3781234567"})
    assert b"ana" not in packed
    assert {len(box) for box in postman.unpack(packed).values()} == {32 + 256 + 16}
    assert (settings.HOME / "keys" / "postman").stat().st_mode & 0o777 == 0o600
    box = bytearray(postman.unpack(packed)["email"])
    assert postman.unseal(bytes(box)) == "ana@ejemplo.mx"
    box[-1] ^= 1
    with pytest.raises(postman.Unreadable):
        postman.unseal(bytes(box))


def test_the_doctor_says_what_was_lost_and_which_subscriber_is_late(mailbox, settings, tmp_path):
    from alcaldia.project.commands import doctor

    mailbox.faults = ["refuses"]
    queued()
    actions.deliver()
    settings.HOME = tmp_path
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "webhooks.toml").write_text('[a]\nurl = "https://a.example"\n')
    said = [*doctor._notices(), *doctor._webhooks()]
    assert [text.partition(" ")[0] for good, text in said if not good] == ["1", "keys/webhooks.toml:"]


def test_a_renewed_postman_opens_what_was_sealed_before_and_the_old_key_nothing(mailbox, settings):
    queued()
    old, box = (settings.HOME / "keys" / "postman").read_bytes(), bytes(Message.objects.get().address)
    postman.renew()
    assert postman.unseal(box) == "ana@ejemplo.mx"
    fresh = postman.seal("otra@ejemplo.mx")
    assert resealing.messages() == 1
    postman.forget_old()
    assert postman.unseal(fresh) == "otra@ejemplo.mx"
    with pytest.raises(postman.Unreadable):
        postman.unseal(box)
    assert postman.unseal(bytes(Message.objects.get().address)) == "ana@ejemplo.mx"
    assert old not in (settings.HOME / "keys" / "postman").read_bytes()
    assert (settings.HOME / "keys" / "postman").stat().st_mode & 0o777 == 0o600
