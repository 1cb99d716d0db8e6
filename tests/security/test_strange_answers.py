"""What no browser and no device would send is refused with a sentence; it never ends in a failure of ours."""

import datetime
import json
import re
from base64 import urlsafe_b64encode
from html import unescape

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.files.uploadedfile import SimpleUploadedFile
from webauthn.helpers import base64url_to_bytes, encode_cbor, parse_cbor

from alcaldia.broker import passkeys as broker_passkeys
from alcaldia.broker.config import Config
from alcaldia.identity import certificates, credentials, passkeys
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import whole_number
from alcaldia.land.models import ImportJob
from tests.factories.passkey import SoftPasskey, to_text
from tests.factories.people import log_in, made_official, made_person
from tests.factories.town import town

CHALLENGE = b"c" * 32


def text64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def form_of(client, address):
    page = client.get(address).content.decode()
    options = json.loads(unescape(re.search(r'data-options="([^"]+)"', page).group(1)))
    return options, unescape(re.search(r'name="state" value="([^"]+)"', page).group(1))


def created(**changed):
    """A registration answer to CHALLENGE."""
    made = SoftPasskey().create({"challenge": to_text(CHALLENGE), "user": {"id": to_text(b"p_x")}})
    return made | {"response": made["response"] | changed}


@pytest.mark.django_db
def test_an_answer_without_end_enters_nobody(client):
    _, state = form_of(client, "/cuenta/entrar/")
    sent = client.post("/cuenta/entrar/", {"state": state, "credential": "[" * 16_000})

    assert sent.status_code == 403


@pytest.mark.django_db
def test_client_data_without_end_registers_nobody():
    deep = created(clientDataJSON=text64(b"[" * 9_000))

    with pytest.raises(Refusal):
        passkeys.check_registration(deep, CHALLENGE)


def test_transports_that_are_no_words_are_left_out():
    assert passkeys.check_registration(created(transports=[[], {}, 5, "usb"]), CHALLENGE).transports == [
        "usb"
    ]


def test_an_attestation_that_no_device_makes_is_refused_by_web_and_broker(tmp_path):
    data = parse_cbor(base64url_to_bytes(created()["response"]["attestationObject"]))["authData"]
    wrong = {"fmt": "android-safetynet", "attStmt": {"ver": "2.0", "response": "a"}, "authData": data}
    answer = created(attestationObject=to_text(encode_cbor(wrong)))
    config = Config(tmp_path, address=passkeys.origin())

    with pytest.raises(Refusal):
        passkeys.check_registration(answer, CHALLENGE)
    with pytest.raises(Refusal):
        broker_passkeys.registered(config, answer, CHALLENGE)


@pytest.mark.django_db
def test_a_credential_without_end_is_none():
    head, deep = text64(b'{"alg":"ES256"}'), text64(b"[" * 6000)

    assert credentials.check(f"{head}.{deep}.x~", 0.0).problem


def test_a_certificate_of_no_known_version_is_refused():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 5, day, day.replace(year=2030)).sign(key, hashes.SHA256())  # fmt: skip
    data = made.public_bytes(serialization.Encoding.DER)
    sixth = data.replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020105"), 1)

    with pytest.raises(Refusal):
        certificates.read_certificate(sixth)


@pytest.mark.parametrize("text", ["²", "٣", "1²", "", "-1", " 1", "1" * 19])
def test_a_number_is_written_with_ascii_digits(text):
    assert whole_number(text) is None


@pytest.mark.django_db
def test_odd_digits_choose_no_mandate_and_no_answer(client):
    town()
    log_in(client, made_person()[0])

    assert client.post("/cuenta/actuar-por/", {"mandato": "²"}).status_code == 404
    assert client.get("/m/pueblo/familia/construir/?r=².1").status_code in {200, 302, 404}


@pytest.mark.django_db
def test_odd_digits_name_no_coordinate_system(client):
    log_in(client, made_official(town(), "planner"))

    file = SimpleUploadedFile("zonas.geojson", b"{}")
    sent = client.post("/oficina/pueblo/cargas/", {"tipo": "zones", "srid": "²", "archivo": file})

    assert (sent.status_code, ImportJob.objects.exists()) == (422, False)


@pytest.mark.django_db
def test_a_nul_in_a_form_with_files_is_refused_at_the_door(client):
    sent = client.post("/cuenta/codigo/", {"contacto": "a\0b@example.org"})

    assert (sent.status_code, "carácter invisible" in sent.content.decode()) == (400, True)


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["[" * 480 + "]" * 480, "[" * 9_000, '"a\\u0000b"', '"\\ud800"', "NaN"])
def test_answers_without_end_or_of_no_text_are_no_json_for_the_api(client, value):
    town()
    body = f'{{"procedure": "reporte-ciudadano", "answers": {{"que": {value}}}}}'

    sent = client.post("/api/v1/municipalities/pueblo/cases", body, content_type="application/json")

    assert (sent.status_code, sent.json()["code"]) == (400, "bad_request")
