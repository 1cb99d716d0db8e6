"""A person abroad applies, is seen by video, an official signs the decision, anyone checks the credential."""

import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from html import unescape

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from alcaldia.identity import credential_keys, credentials, queries, residency
from alcaldia.identity.models import Residency
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.identity.rules.residency import is_set
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.models import Entry
from tests.factories.people import log_in, made_official, made_person, with_key

pytestmark = pytest.mark.django_db
DOCUMENT = "DOC-2026-7K3M-9QXF-04TC"


@pytest.fixture(autouse=True)
def plain(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


@pytest.fixture
def town():
    return Municipality.objects.create(slug="prueba", name="Prueba")


@pytest.fixture
def registrar(town):
    """An official who decides, their device and their client."""
    one = made_official(town, "registrar")
    client = Client()
    device = with_key(one)
    log_in(client, one)
    return one, device, client


@pytest.fixture
def applied(client, town):
    person, _ = made_person()
    log_in(client, person)
    given = {"municipio": "prueba", "documentos": f"{DOCUMENT.lower()}\n"}
    assert client.post("/cuenta/residencia/", given).status_code == 302
    return Residency.objects.get()


def decide(registrar, folio, decision):
    _, device, client = registrar
    address = f"/oficina/residencias/{folio}/"
    page = client.get(f"{address}?decision={decision}").content.decode()
    options = re.search(r'data-options="([^"]+)"', page)
    if not options:
        return None
    state = unescape(re.search(r'name="state" value="([^"]+)"', page).group(1))
    answer = json.dumps(device.get(json.loads(unescape(options.group(1)))))
    return client.post(address, {"state": state, "credential": answer})


def granted(registrar, applied):
    registrar[2].post(f"/oficina/residencias/{applied.folio}/cita/", {"cita": "Lunes 10:00"})
    assert decide(registrar, applied.folio, "granted").status_code == 302
    applied.refresh_from_db()
    return residency.credential(applied)


def test_the_whole_way_from_application_to_a_credential_that_anyone_checks(client, registrar, applied):
    text = granted(registrar, applied)

    shown = client.get(f"/cuenta/residencia/{applied.folio}/credencial/").content.decode()
    page = Client().post("/residencia/verificar/", {"credencial": text}).content.decode()
    assert "Credencial de residencia" in shown
    assert "Auténtica y vigente" in page
    assert applied.folio in page
    acts = Entry.objects.filter(type__startswith="identity.residency").order_by("index")
    assert [one.type.rpartition("_")[2] for one in acts] == ["requested", "appointed", "granted"]
    assert applied.decided_by == registrar[0]


def _bytes(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_another_reader_checks_it_with_nothing_of_ours(client, registrar, applied):
    """As RFC 9901 and SD-JWT VC say it, by `cryptography` alone: key from the issuer's address, digests of disclosures."""
    signed, *disclosures, binding = granted(registrar, applied).split("~")
    head, body, signature = signed.split(".")
    header, claims = json.loads(_bytes(head)), json.loads(_bytes(body))
    jwks = client.get("/.well-known/jwt-vc-issuer/residencia/prueba").json()
    [jwk] = [one for one in jwks["jwks"]["keys"] if one["kid"] == header["kid"]]
    x, y = (int.from_bytes(_bytes(jwk[name]), "big") for name in "xy")
    raw = _bytes(signature)
    made = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    key.verify(made, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))

    assert (header["typ"], header["alg"], binding) == ("dc+sd-jwt", "ES256", "")
    assert claims["iss"] == jwks["issuer"]
    digests = {urlsafe_b64encode(sha256(one.encode()).digest()).rstrip(b"=").decode() for one in disclosures}
    assert digests == set(claims["_sd"])
    assert ["folio", applied.folio] in [json.loads(_bytes(one))[1:] for one in disclosures]


def test_a_credential_names_nobody(registrar, applied):
    checked = credentials.check(granted(registrar, applied), time.time())

    assert set(checked.claims) <= {"iss", "vct", "iat", "exp", "municipality", "status", "folio", "granted"}
    assert applied.person.public_id not in json.dumps(checked.claims)


def test_its_holder_may_withhold_what_is_not_asked(registrar, applied):
    bare = granted(registrar, applied).split("~")[0] + "~"
    checked = credentials.check(bare, time.time())

    assert (checked.problem, "folio" in checked.claims) == ("", False)


def test_a_revoked_credential_is_told_and_its_bit_is_set(client, registrar, applied):
    text = granted(registrar, applied)
    session = log_in(client, applied.person)
    before = queries.assurance_of(session)

    decide(registrar, applied.folio, "revoked")

    from joserfc import jwt
    from joserfc.jwk import KeySet

    keys = KeySet.import_key_set(client.get("/.well-known/jwt-vc-issuer/residencia/prueba").json()["jwks"])
    told = jwt.decode(client.get("/residencia/prueba/estados").content.decode(), keys, algorithms=["ES256"])
    assert told.header["typ"] == "statuslist+jwt"
    assert is_set(told.claims["status_list"]["lst"], 0)
    assert "revocó" in credentials.check(text, time.time()).problem
    assert (before, queries.assurance_of(session)) == (Assurance.VERIFIED, Assurance.PASSKEY)


def test_an_old_a_changed_and_a_foreign_credential_are_refused(registrar, applied):
    text = granted(registrar, applied)
    middle = len(text) // 3
    changed = text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]

    assert "venció" in credentials.check(text, time.time() + 3 * 365 * 86400).problem
    for wrong in (changed, "", "~", "a.b.c~", "x" * 20_000, text.replace("~", ".")):
        assert credentials.check(wrong, time.time()).problem


def test_after_the_key_was_renewed_old_and_new_credentials_hold_and_later_ones_under_the_old_key_do_not(
    client, registrar, applied, town, monkeypatch
):
    old, stolen = granted(registrar, applied), credential_keys.pem(town)
    credential_keys.rotate(town, by="operador", channel="cli")
    applied.refresh_from_db()
    new = credentials.issue(applied)
    assert [credentials.check(text, time.time()).problem for text in (old, new)] == ["", ""]
    assert new.partition(".")[0] != old.partition(".")[0]
    told = client.get("/.well-known/jwt-vc-issuer/residencia/prueba").json()["jwks"]["keys"]
    assert len(told) == len(credential_keys.before(town)) + 1
    assert not any("d" in one for one in told)
    assert Entry.objects.filter(type="identity.credential_key_rotated").count() == 1
    assert stolen not in b"".join(path.read_bytes() for path in credential_keys.folder().rglob("credential*"))
    monkeypatch.setattr(credential_keys, "pem", lambda _: stolen)
    applied.decided_at += timedelta(hours=1)
    forged = credentials.issue(applied)
    monkeypatch.undo()
    assert "fue alterada" in credentials.check(forged, time.time() + 7200).problem


def test_a_renewal_that_was_interrupted_is_repeated(registrar, applied, town, monkeypatch):
    text = granted(registrar, applied)
    known = len(credential_keys.before(town))
    with monkeypatch.context() as killed:
        killed.setattr(
            credential_keys, "write_whole", lambda *_, **__: (_ for _ in ()).throw(OSError("full"))
        )
        with pytest.raises(OSError, match="full"):
            credential_keys.rotate(town, by="operador", channel="cli")
    credential_keys.rotate(town, by="operador", channel="cli")
    assert credentials.check(text, time.time()).problem == ""
    assert len(credential_keys.before(town)) == known + 1


def test_a_disclosure_that_was_not_signed_is_refused(registrar, applied):
    import base64

    forged = base64.urlsafe_b64encode(b'["salt","folio","RES-2026-0000-0000-0000"]').rstrip(b"=").decode()
    checked = credentials.check(f"{granted(registrar, applied).split('~')[0]}~{forged}~", time.time())

    assert checked.claims.get("folio") is None


def test_nothing_is_granted_without_an_appointment(registrar, applied):
    assert decide(registrar, applied.folio, "granted") is None
    with pytest.raises(Refusal, match="solicitada"):
        residency.decide(residency=applied, grant=True, by=registrar[0], channel="test")


def test_a_decision_is_signed_for_one_folio(registrar, applied, town):
    other, _ = made_person()
    second = residency.apply(person=other, town=town, documents=[DOCUMENT], by="x", channel="test")
    _, device, client = registrar
    page = client.get(f"/oficina/residencias/{applied.folio}/?decision=refused").content.decode()
    options = json.loads(unescape(re.search(r'data-options="([^"]+)"', page).group(1)))
    state = unescape(re.search(r'name="state" value="([^"]+)"', page).group(1))
    given = {"state": state, "credential": json.dumps(device.get(options))}

    assert client.post(f"/oficina/residencias/{second.folio}/", given).status_code == 409
    second.refresh_from_db()
    assert second.state == "requested"


def test_an_official_of_another_city_sees_nothing(applied):
    elsewhere = Municipality.objects.create(slug="otra", name="Otra")
    client = Client()
    log_in(client, made_official(elsewhere, "registrar", username="eva"))

    assert client.get(f"/oficina/residencias/{applied.folio}/").status_code == 403
    assert applied.folio not in client.get("/oficina/residencias/").content.decode()


def test_one_live_application_and_documents_by_folio_only(client, applied):
    again = client.post("/cuenta/residencia/", {"municipio": "prueba", "documentos": DOCUMENT})
    client.post(f"/cuenta/residencia/{applied.folio}/retirar/")
    wrong = client.post("/cuenta/residencia/", {"municipio": "prueba", "documentos": "mi pasaporte"})

    assert (again.status_code, wrong.status_code) == (409, 422)
    assert (
        client.post("/cuenta/residencia/", {"municipio": "prueba", "documentos": DOCUMENT}).status_code == 302
    )


def test_who_has_an_expired_residency_applies_anew_and_the_old_bit_is_set(client, registrar, applied):
    granted(registrar, applied)
    given = {"municipio": "prueba", "documentos": DOCUMENT}
    assert client.post("/cuenta/residencia/", given).status_code == 409
    Residency.objects.update(valid_until=timezone.localdate() - timedelta(days=1))

    assert client.post("/cuenta/residencia/", given).status_code == 302
    assert "Vencida" in client.get("/cuenta/residencia/").content.decode()
    applied.refresh_from_db()
    second = Residency.objects.exclude(pk=applied.pk).get()
    assert (applied.state, second.state) == ("expired", "requested")
    granted(registrar, second)
    assert second.status_index == applied.status_index + 1


@pytest.mark.parametrize(
    "number", [10**400, float("inf"), float("nan"), 1e308, "9" * 400, True, None, [], {}]
)
def test_a_credential_with_a_strange_date_is_none_and_no_error(town, number):
    head, body = {"kid": "x"}, {"iss": credentials.issuer(town), "iat": number}
    parts = [urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in (head, body, "")]
    page = Client().post("/residencia/verificar/", {"credencial": f"{'.'.join(parts)}~"})
    assert (page.status_code, "No es una credencial" in page.content.decode()) == (200, True)


def test_an_expired_residency_proves_no_identity_any_more(client, registrar, applied):
    granted(registrar, applied)
    session = log_in(client, applied.person)
    assert queries.assurance_of(session) == Assurance.VERIFIED
    Residency.objects.update(valid_until=timezone.localdate() - timedelta(days=1))
    assert queries.assurance_of(session) == Assurance.PASSKEY
    assert not queries.verifications_of(applied.person)


def test_the_database_itself_grants_nothing_by_nobody(applied):
    with pytest.raises(IntegrityError), transaction.atomic():
        Residency.objects.update(state="granted")


def test_a_video_plugin_sets_the_appointment(town, monkeypatch):
    from alcaldia.identity.ports import plugged

    class Video:
        def request(self, *, folio):
            return f"Sala de {folio}"

    monkeypatch.setattr(plugged, "video", Video())
    made = residency.apply(person=made_person()[0], town=town, documents=[DOCUMENT], by="x", channel="test")

    assert (made.state, made.appointment) == ("appointed", f"Sala de {made.folio}")
