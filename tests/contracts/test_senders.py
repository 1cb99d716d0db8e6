"""One contract for all senders: what notices asks of each, the simulated post office included."""

import json
import smtplib

import httpx
import pytest

from alcaldia.connectors.mail import Mail, Server, read_server
from alcaldia.connectors.simulated_post import SimulatedPost
from alcaldia.connectors.sms import Sms
from alcaldia.connectors.whatsapp import WhatsApp
from alcaldia.notices.ports import BadAddress, NotSent
from alcaldia.notices.rules.templates import Written

MESSAGE = Written("Ya hay respuesta", "Ya hay respuesta a su solicitud.\n\nFolio: SOL-2026-AAAA")
SERVER = Server("smtp", "correo.pueblo.example", 587, "", "", "avisos@pueblo.example")
TO = {"email": "ana@ejemplo.mx", "sms": "3781234567", "whatsapp": "3781234567"}


class Line:
    """A session of a mail server in this process."""

    def __init__(self, post):
        self.post = post

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def send_message(self, mail):
        if self.post.mode == "refuses":
            raise smtplib.SMTPRecipientsRefused({mail["To"]: (550, b"no such user")})
        if self.post.mode == "down":
            raise smtplib.SMTPServerDisconnected("gone")
        self.post.seen.append(mail)


class Outside:
    """The gateway of a channel in this process; `mode` is its mood."""

    def __init__(self, channel, tmp_path):
        self.channel, self.mode, self.seen = channel.removeprefix("simulated-"), "good", []
        client = httpx.Client(transport=httpx.MockTransport(self.answer))
        self.box = SimulatedPost(self.channel, tmp_path / "post.jsonl")
        made = {
            "email": lambda: Mail(SERVER, lambda _: Line(self)),
            "sms": lambda: Sms(client, {"url": "https://sms.example/v1/messages", "token": "t"}),
            "whatsapp": lambda: WhatsApp(
                client, {"phone_id": "1", "token": "t", "template": "aviso_tramite"}
            ),
        }
        self.sender = self.box if channel.startswith("simulated") else made[channel]()

    def set(self, mode):
        self.mode, self.box.faults = mode, [mode]

    def answer(self, request):
        if self.mode == "down":
            raise httpx.ConnectTimeout("slow")
        if self.mode == "refuses":
            return httpx.Response(400, json={"error": {"code": 131026}})
        self.seen.append(json.loads(request.content))
        return httpx.Response(200, json={"id": "m-1", "messages": [{"id": "wamid.1"}]})


@pytest.fixture(params=["email", "sms", "whatsapp", "simulated-email", "simulated-sms"])
def outside(request, tmp_path):
    return Outside(request.param, tmp_path)


def test_a_message_is_taken_and_has_an_id(outside):
    assert outside.sender.send(TO[outside.channel], MESSAGE, key="case:SOL/1")
    assert outside.sender.channel == outside.channel


def test_no_answer_means_later(outside):
    outside.set("down")
    with pytest.raises(NotSent):
        outside.sender.send(TO[outside.channel], MESSAGE, key="k")


def test_an_address_that_is_refused_means_never(outside):
    outside.set("refuses")
    with pytest.raises(BadAddress):
        outside.sender.send(TO[outside.channel], MESSAGE, key="k")


def test_an_address_of_another_kind_means_never(outside):
    with pytest.raises(BadAddress):
        outside.sender.send("nada" if outside.channel == "email" else "ana@ejemplo.mx", MESSAGE, key="k")


def test_the_same_key_is_the_same_message(outside):
    first, again = (outside.sender.send(TO[outside.channel], MESSAGE, key="k") for _ in range(2))
    assert first == again


def test_a_letter_takes_no_header_from_outside():
    mail = Mail(SERVER)
    with pytest.raises(BadAddress):
        mail.made("ana@ejemplo.mx\r\nBcc: todos@ejemplo.mx", MESSAGE, "k")
    assert mail.made("ana@ejemplo.mx", MESSAGE, "k")["Auto-Submitted"] == "auto-generated"


def test_whatsapp_is_asked_as_its_documentation_says(tmp_path):
    outside = Outside("whatsapp", tmp_path)
    outside.sender.send(TO["whatsapp"], MESSAGE, key="k")
    asked = outside.seen[0]
    assert (asked["messaging_product"], asked["to"], asked["type"]) == (
        "whatsapp",
        "523781234567",
        "template",
    )
    places = asked["template"]["components"][0]["parameters"]
    assert [one["text"] for one in places] == [
        "Ya hay respuesta",
        "Ya hay respuesta a su solicitud. Folio: SOL-2026-AAAA",
    ]


@pytest.mark.parametrize("url", ["correo", "http://x", "smtp+plain://correo.example"])
def test_a_mail_server_that_is_written_wrong_is_refused(url):
    with pytest.raises(ValueError, match=r"smtp"):
        read_server(url, "avisos@pueblo.example")


def test_a_mail_server_is_read_from_its_address():
    read = read_server("smtps://ana:c%40v@correo.example", "avisos@pueblo.example")
    assert (read.port, read.user, read.password) == (465, "ana", "c@v")
