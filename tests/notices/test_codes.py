"""Codes for entering go by the channels that the city has, soon or not at all, and no row says to whom."""

import re
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from alcaldia.connectors.simulated_post import SimulatedPost
from alcaldia.identity.ports import plugged as identity
from alcaldia.kernel.errors import Refusal
from alcaldia.notices import codes, postman
from alcaldia.notices.models import CodeMessage
from alcaldia.project.city_clock import jobs
from alcaldia.project.codes import DemoSender, QueuedCodes, code_sender

pytestmark = pytest.mark.django_db
ANA, CELL = "ana@ejemplo.mx", "378 123 4567"


@pytest.fixture(autouse=True)
def post(own_post, monkeypatch):
    monkeypatch.setattr(identity, "code_sender", QueuedCodes())
    return own_post


def ask(client, contact):
    page = client.post("/cuenta/codigo/", {"contacto": contact})
    found = re.search(r'name="enviado" value="([^"]+)"', page.content.decode())
    return page, found[1] if found else ""


@pytest.mark.parametrize(("contact", "channel"), [(ANA, "email"), (CELL, "sms")])
def test_a_code_comes_by_mail_or_message_and_opens_the_lowest_level(client, post, contact, channel):
    _, enviado = ask(client, contact)
    assert codes.deliver() == 1
    [row] = post[channel].read()
    code = re.match(r"[0-9A-Z-]+", row["text"])[0]

    inside = client.post("/cuenta/codigo/entrar/", {"enviado": enviado, "codigo": code})

    assert (row["channel"], row["to"], inside.url) == (channel, contact, "/cuenta/con-codigo/")
    assert "pueblo.example" in row["text"]
    assert not CodeMessage.objects.exists()


def test_no_row_holds_the_code_or_the_address_while_it_is_on_its_way(client):
    ask(client, ANA)

    [row] = CodeMessage.objects.values()
    boxes = postman.unpack(bytes(row["contents"]))

    assert ANA not in str({**row, "contents": bytes(row["contents"])})
    assert postman.unseal(boxes["to"]) == ANA
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", postman.unseal(boxes["code"]))


def test_a_channel_that_is_down_is_tried_again_and_one_that_refuses_is_not(client, post):
    post["email"].faults = ["down", "refuses"]
    ask(client, ANA)
    later = timezone.now() + timedelta(seconds=30)

    first, soon, again = codes.deliver(), codes.deliver(), codes.deliver(now=lambda: later)

    assert (first, soon, again) == (0, 0, 0)
    assert not CodeMessage.objects.exists()


def test_a_code_whose_minutes_passed_is_not_sent_and_leaves_no_row(client, post):
    ask(client, ANA)

    assert codes.deliver(now=lambda: timezone.now() + codes.LIFE) == 0
    assert (post["email"].read(), CodeMessage.objects.count()) == ([], 0)


def test_a_kind_of_address_that_nobody_writes_to_is_said_without_a_code(client, post):
    del post["sms"]

    page, _ = ask(client, CELL)

    assert (page.status_code, "sólo por correo" in page.content.decode()) == (422, True)
    assert not CodeMessage.objects.exists()


def test_whatsapp_takes_a_telephone_where_there_is_no_sms(post, tmp_path):
    post["whatsapp"] = SimulatedPost("whatsapp", tmp_path / "post.jsonl")
    del post["sms"]

    assert codes.channel_of(CELL) == "whatsapp"


def test_an_address_too_long_for_a_box_is_refused():
    with pytest.raises(Refusal):
        codes.queue(address=f"{'ñ' * 64}@{'a' * 180}.mx", code="X", use="enter")


def test_codes_are_offered_where_the_city_has_a_channel_and_only_there(post):
    assert isinstance(code_sender(post), QueuedCodes)
    assert code_sender({}) is None
    with override_settings(DEMO=True):
        assert isinstance(code_sender(post), DemoSender)


def test_the_citys_clock_takes_codes_in_lanes_of_their_own():
    named = {job.name: job.lane for job in jobs()}

    assert named["códigos por email"] != named["avisos por email"]
