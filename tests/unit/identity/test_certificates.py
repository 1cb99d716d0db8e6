"""Certificates: the chain, the signature, whose they are; and no private key is ever taken."""

import base64
import re
from contextlib import suppress
from html import unescape
from random import Random

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from django.core.files.uploadedfile import SimpleUploadedFile

from alcaldia.identity import certificates
from alcaldia.identity.models import LinkedIdentity, Verification
from alcaldia.identity.rules.private_keys import looks_private
from alcaldia.kernel.errors import Refusal
from alcaldia.project.commands import doctor
from tests.factories.authority import CURP, NOW, RFC, YEAR, Authority
from tests.factories.people import log_in, made_person

ACT = b'{"act":"x","nonce":"1"}'


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def ana(authority, settings, tmp_path):
    settings.HOME = tmp_path
    holder = authority.citizen()
    authority.trust(tmp_path / "identity" / "trust")
    return holder


def refused(holder, data=ACT, signature=None):
    with pytest.raises(Refusal) as caught:
        certificates.check(certificate=holder.der, signature=signature or holder.sign(ACT), data=data)
    return caught.value.code


def test_a_signature_over_exactly_these_bytes_is_accepted_and_says_whose_it_is(ana):
    found = certificates.check(certificate=ana.der, signature=ana.sign(ACT), data=ACT)

    assert (found.rfc, found.curp) == (RFC, CURP)
    assert RFC not in repr(found)
    assert CURP not in repr(found)


def test_another_text_or_another_hand_is_refused(ana, authority):
    assert refused(ana, data=ACT + b" ") == "bad_signature"
    assert refused(ana, signature=authority.citizen().sign(ACT)) == "bad_signature"


def test_a_chain_from_elsewhere_is_refused(ana):
    assert refused(Authority().citizen()) == "untrusted_certificate"


@pytest.mark.parametrize("wrong", [{"until": NOW - YEAR / 2}, {"since": NOW + YEAR / 2}, {"ca": True}])
def test_an_expired_a_future_and_an_authoritys_certificate_are_refused(ana, authority, wrong):
    assert refused(authority.citizen(**wrong)) == "untrusted_certificate"


def test_a_revocation_list_that_should_be_renewed_is_named_to_the_operator(ana):
    assert (certificates.late_lists(NOW), list(doctor._revocation_lists())) == ([], [])
    assert certificates.late_lists(NOW + 2 * YEAR) == ["lista.crl"]
    (certificates.trust_folder() / "otra.crl").write_bytes(b"nada")
    assert [fine for fine, _ in doctor._revocation_lists()] == [False]


def test_a_revoked_certificate_is_refused(authority, settings, tmp_path):
    settings.HOME = tmp_path
    holder = authority.citizen()
    authority.trust(tmp_path / "identity" / "trust", holder)

    assert refused(holder) == "untrusted_certificate"


def test_without_a_trust_list_nothing_is_believed(authority, settings, tmp_path):
    settings.HOME = tmp_path

    assert refused(authority.citizen()) == "no_trust_list"


def test_what_is_no_certificate_says_so(ana):
    with pytest.raises(Refusal, match="no es un certificado"):
        certificates.read_certificate(b"hola")


def private_forms(key):
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    open_, secret = serialization.NoEncryption(), serialization.BestAvailableEncryption(b"x")
    pkcs8, pkcs1 = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
    forms = [key.private_bytes(e, f, open_) for e in (pem, der) for f in (pkcs8, pkcs1)]
    forms += [key.private_bytes(e, pkcs8, secret) for e in (pem, der)]
    forms.append(pkcs12.serialize_key_and_certificates(b"x", key, None, None, secret))
    return forms + [base64.b64encode(one) for one in forms]


def test_every_form_of_a_private_key_is_seen(ana):
    assert all(looks_private(form, "archivo.cer") for form in private_forms(ana.key))


def test_a_name_that_says_key_is_enough_and_a_certificate_is_no_key(ana):
    pem = ana.certificate.public_bytes(serialization.Encoding.PEM)

    assert looks_private(b"x", "FIEL.KEY")
    assert not any(
        looks_private(one, "a.cer") for one in (ana.der, pem, base64.b64encode(ana.der), ana.sign(ACT), b"")
    )


@pytest.mark.parametrize("more", range(8))
def test_base64_of_any_length_is_looked_into_and_breaks_nothing(ana, more):
    key = base64.b64encode(private_forms(ana.key)[2])
    assert looks_private(key.rstrip(b"=") + b"A" * more)
    assert not looks_private(b"A" * (64 + more))


def text_to_sign(client):
    """The form's state, and the bytes that it asks to have signed."""
    page = client.get("/cuenta/certificado/").content.decode()
    state = unescape(re.search(r'name="state" value="([^"]+)"', page).group(1))
    return state, client.post("/cuenta/certificado/texto/", {"state": state}).content


def send(client, state, certificate, signature, name="a.cer"):
    files = {
        "certificado": SimpleUploadedFile(name, certificate),
        "firma": SimpleUploadedFile("f.bin", signature),
    }
    return client.post("/cuenta/certificado/", {"state": state, **files})


def upload(client, certificate, signature, name="a.cer"):
    state, text = text_to_sign(client)
    return send(client, state, certificate, signature(text), name)


@pytest.fixture
def inside(client, settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}
    person, _ = made_person()
    log_in(client, person)
    return client


@pytest.mark.django_db
def test_a_person_proves_who_they_are_and_one_certificate_is_one_account(ana, inside):
    done = upload(inside, ana.der, ana.sign)
    other, _ = made_person()
    log_in(inside, other)

    assert (done.status_code, Verification.objects.count()) == (302, 1)
    assert upload(inside, ana.der, ana.sign).status_code == 409
    assert RFC not in str(list(LinkedIdentity.objects.values()))


@pytest.mark.django_db
def test_an_uploaded_key_is_refused_with_a_sentence_and_left_nowhere(ana, inside, settings):
    key = ana.key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )

    page = upload(inside, key, ana.sign, name="certificado.cer")

    assert (page.status_code, "No la suba nunca" in page.content.decode()) == (422, True)
    kept = [path for path in settings.HOME.rglob("*") if path.is_file() and key in path.read_bytes()]
    assert (kept, Verification.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_after_a_wrong_file_the_same_page_takes_the_right_one_and_only_once(ana, inside):
    state, text = text_to_sign(inside)
    for wrong in ((ana.der, ana.sign(b"another text")), (b"no certificate", ana.sign(text))):
        assert send(inside, state, *wrong).status_code in {403, 422}
    assert send(inside, state, ana.der, ana.sign(text)).status_code == 302
    assert send(inside, state, ana.der, ana.sign(text)).status_code == 409


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_broken_certificate_is_refused_wherever_it_is_broken(ana):
    random = Random(20261201)
    for _ in range(2000):
        broken = bytearray(ana.der)
        for _ in range(random.choice((1, 1, 2, 3))):
            broken[random.randrange(len(broken))] = random.randrange(256)
        with suppress(Refusal):
            certificates.check(certificate=bytes(broken), signature=ana.sign(ACT), data=ACT)
