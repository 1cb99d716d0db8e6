"""Persons and officials, with a key in software and a session of their own, as a browser would have them."""

import datetime
import html
import json
import re

from django.db import transaction
from django.utils import timezone

from alcaldia.identity import actions, challenges, queries, sessions
from alcaldia.identity.ids import new_subject
from alcaldia.identity.models import Official, Passkey, Person, Post
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.web.components.sessions import COOKIES, DEVICE_COOKIE
from tests.factories.passkey import SoftPasskey, to_text

LONG_AGO = datetime.date(2020, 1, 1)


def made_official(town=None, role="planner", *, username="ana", since=LONG_AGO, until=None) -> Official:
    """An official, with a post where a town is given; without a passkey yet."""
    known = Official.objects.filter(username=username).first()
    one = known or Official.objects.create(username=username, created_at=timezone.now())
    if town is not None:
        Post.objects.create(official=one, municipality=town, role=role, since=since, until=until)
    return one


def made_person(device: SoftPasskey | None = None) -> tuple[Person, SoftPasskey]:
    """A registered person and the device that holds their key."""
    device = device or SoftPasskey()
    challenge = challenges.fresh("test", subject=new_subject("p"))
    answer = device.create(
        {"challenge": to_text(challenge.value), "user": {"id": to_text(challenge.subject.encode())}}
    )
    entered = actions.register_person(answer=answer, challenge=challenge, label="Aparato", channel="test")
    return entered.owner, device  # type: ignore[return-value]


def with_key(owner: Official | Person) -> SoftPasskey:
    """One more key for whoever it is, a further one as if an earlier had allowed it; returns the device."""
    device = SoftPasskey()
    challenge = challenges.fresh("test", subject=owner.public_id)
    answer = device.create(
        {"challenge": to_text(challenge.value), "user": {"id": to_text(owner.public_id.encode())}}
    )
    if queries.credential_ids(owner):
        with transaction.atomic():
            actions._keep_passkey(owner, answer, challenge, "Otra", {"kind": "new"}, "test")
        return device
    code = actions.invite(owner=owner, lasting=True)
    invitation = queries.invitation(code)
    assert invitation is not None
    actions.register_invited(
        invitation=invitation, code=code, answer=answer, challenge=challenge, label="Otra", channel="test"
    )
    return device


def log_in(client, owner: Official | Person, assurance: Assurance = Assurance.PASSKEY):
    """Put a live session of the owner into the test client, as a login would; returns the session."""
    kept = client.cookies.get(DEVICE_COOKIE)
    passkey = Passkey.objects.filter(**sessions.of(owner)).first()
    opened = sessions.open_session(
        owner,
        assurance=assurance,
        passkey=passkey,
        device=kept.value if kept else "",
        agent="pytest Firefox/1 Linux",
    )
    client.cookies[COOKIES[sessions.kind_of(owner)]] = opened.key
    client.cookies[DEVICE_COOKIE] = opened.device
    return opened.session


def answered(device: SoftPasskey, page: str) -> dict[str, str]:
    """The form of a page that asks for a key, with the device's answer in it."""
    options = json.loads(html.unescape(re.search(r'data-options="([^"]+)"', page)[1]))  # type: ignore[index]
    state = html.unescape(re.search(r'name="state" value="([^"]+)"', page)[1])  # type: ignore[index]
    return {"state": state, "credential": json.dumps(device.get(options))}
