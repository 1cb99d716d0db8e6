"""Seals are renewed and revoked without a word about what they sealed before; keys may live in a token."""

import json
import shutil
import subprocess
from datetime import UTC, datetime

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from django.test import Client

from alcaldia.documents import actions, certificates, key_actions, keys, queries, sealing
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.ledger import keys as log_keys
from alcaldia.ledger import queries as ledger
from alcaldia.ledger.rules import receipt
from alcaldia.ledger.rules.note import Algorithm
from alcaldia.project.cli import main
from tests.conftest import missing

MODULE = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.fixture(autouse=True)
def _own_keys(settings, tmp_path):
    """Keys are changed here: a home of their own."""
    settings.HOME = tmp_path / "home"


def act(name, town, **more):
    return getattr(key_actions, name)(town, by="t", channel="cli", **more)


def test_a_renewed_seal_signs_and_the_old_documents_stay_valid(issue, town):
    before = queries.pdf(issue()[1].folio)
    old = keys.seal(town).certificate
    made = act("rotate_seal", town)
    after = queries.pdf(issue()[1].folio)
    assert made.certificate != old
    assert queries.verify(before).valid
    assert queries.verify(after).valid
    assert made.certificate.public_bytes(Encoding.DER).hex().encode() in after.lower()
    assert not (keys.place_of(town) / "seal.key").exists()
    assert ledger.counts()["documents.seal_rotated"] == 1


@pytest.fixture
def stolen(issue, town):
    """An act of before, its document, and the seal that was stolen and revoked since."""
    entry, document = issue()
    found = keys.seal(town)
    act("rotate_seal", town)
    act("revoke_seal", town, serial=found.certificate.serial_number, at=datetime.now(UTC))
    return entry, document, found


def test_a_revoked_seal_proves_nothing_not_even_around_an_act_of_before(stolen, town):
    """Whoever stole it draws other pages around an old act and its receipt."""
    entry, _, seal = stolen
    lie = actions.draw(entry, "ruling", "", Municipality(name="Otra cosa"), receipt=ledger.receipt(entry))
    found = queries.verify(sealing.sign(lie, seal, reason="x", place="x"))
    assert (found.valid, found.checks[-1].name) == (False, "force")


def test_what_a_revoked_seal_had_sealed_is_sealed_anew_and_nothing_else(stolen, issue, town):
    _, document, seal = stolen
    later = queries.pdf(issue()[1].folio)
    assert not queries.verify(queries.pdf(document.folio)).valid
    assert actions.seal_again(town, serial=seal.certificate.serial_number) == (1, 0)
    assert queries.verify(queries.pdf(document.folio)).valid
    assert queries.verify(later).valid
    assert actions.seal_again(town, serial=seal.certificate.serial_number) == (0, 0)


def test_one_command_revokes_a_seal_and_seals_its_documents_anew(issue, town, capsys):
    folio, serial = issue()[1].folio, keys.seal(town).certificate.serial_number
    act("rotate_seal", town)
    assert main(["keys", "revoke", "--municipality", town.slug, "--serial", f"{serial:x}"]) == 0
    assert "ya llevan el nuevo: 1" in capsys.readouterr().out
    assert queries.verify(queries.pdf(folio)).valid


def test_the_seal_in_force_cannot_be_revoked(issue, town):
    issue()
    with pytest.raises(Refusal, match="Renuévelo antes"):
        act("revoke_seal", town, serial=keys.seal(town).certificate.serial_number, at=datetime.now(UTC))


def test_the_revocation_list_is_served_and_named_by_the_certificate(issue, town):
    issue()
    made = keys.seal(town)
    points = made.certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert points[0].full_name[0].value.endswith(f"/bitacora/crl/{town.slug}.crl")
    served = x509.load_der_x509_crl(Client().get(f"/bitacora/crl/{town.slug}.crl").content)
    assert served.is_signature_valid(made.root.public_key())
    assert Client().get("/bitacora/crl/nadie.crl").status_code == 404


def test_a_list_that_another_root_signed_says_nothing(issue, town):
    issue()
    made = keys.seal(town)
    stranger = ec.generate_private_key(ec.SECP256R1())
    row = certificates.Revoked(made.certificate.serial_number, datetime(2020, 1, 1, tzinfo=UTC))
    forged = certificates.revocation_list(made.root, stranger, [row])
    assert certificates.revoked_at(made.certificate, made.root, [forged]) is None


def test_a_root_may_live_elsewhere(issue, town, tmp_path, capsys):
    before = queries.pdf(issue()[1].folio)
    assert main(["keys", "request", "--municipality", town.slug]) == 0
    public = load_pem_public_key(capsys.readouterr().out.encode())
    outside = ec.generate_private_key(ec.SECP256R1())
    root = certificates.root(certificates.name("Raíz del estado", "Estado", "", "MX"), outside)
    sealed = certificates.seal(
        certificates.name("Sello", town.name, "", "MX"), public, root, outside, crl_url="https://x/c"
    )
    for name, one in (("r.pem", root), ("s.pem", sealed)):
        (tmp_path / name).write_bytes(one.public_bytes(Encoding.PEM))
    words = [
        "--root",
        str(tmp_path / "r.pem"),
        "--seal",
        str(tmp_path / "s.pem"),
        "--municipality",
        town.slug,
    ]
    assert main(["keys", "import-root", *words]) == 0
    assert not (keys.place_of(town) / "root.key").exists()
    assert queries.verify(queries.pdf(issue()[1].folio)).valid
    assert queries.verify(before).valid
    assert main(["keys", "rotate", "seal", "--municipality", town.slug]) == 1
    assert "no está en esta máquina" in capsys.readouterr().err


def test_a_chain_for_another_key_is_refused(issue, town):
    issue()
    outside = ec.generate_private_key(ec.SECP256R1())
    subject = certificates.name("x", "y", "", "MX")
    root = certificates.root(subject, outside)
    sealed = certificates.seal(subject, outside.public_key(), root, outside, crl_url="https://x/c")
    with pytest.raises(Refusal, match="otra llave"):
        keys.install_issued(
            town, root=root.public_bytes(Encoding.PEM), certificate=sealed.public_bytes(Encoding.PEM)
        )
    own = keys.seal(town).certificate.public_bytes(Encoding.PEM)
    with pytest.raises(Refusal, match="no firmó"):
        keys.install_issued(town, root=root.public_bytes(Encoding.PEM), certificate=own)


@pytest.mark.django_db
@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ML_DSA_44])
def test_the_key_of_the_log_is_renewed_by_acts_of_the_log_itself(issue, algorithm):
    entry, _ = issue()
    before = ledger.receipt(entry)
    new = key_actions.rotate_log_key(algorithm=algorithm, by="t", channel="cli")
    keyset = log_keys.signer().keys
    assert receipt.verify(receipt.read(before), keyset).size == entry.index + 1
    assert receipt.verify(receipt.read(ledger.receipt(entry)), keyset).size == entry.index + 3
    assert [row.key for row in keyset.keys if row.until is None and row.key.algorithm is algorithm] == [new]
    assert {"log.key_added", "log.key_retired"} <= set(ledger.counts())


@pytest.fixture
def token(town, tmp_path, monkeypatch):
    """The town's seal in a SoftHSM token."""
    if shutil.which("softhsm2-util") is None:
        missing("softhsm2 is not installed")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    words = ("--init-token", "--free", "--label", "municipio", "--pin", "1234", "--so-pin", "5678")
    subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)
    pkcs11.lib(MODULE).reinitialize()  # another test may have loaded it with its own tokens
    (tmp_path / "pin").write_text("1234\n")
    place = keys.place_of(town)
    place.mkdir(parents=True)
    where = {"module": MODULE, "token": "municipio", "key": "sello", "pin_file": str(tmp_path / "pin")}
    (place / "token.json").write_text(json.dumps(where))
    return place


def test_a_seal_in_a_token_signs_is_renewed_and_leaves_no_key_file(issue, town, token):
    first = queries.pdf(issue()[1].folio)
    act("rotate_seal", town)
    second = queries.pdf(issue()[1].folio)
    assert queries.verify(first).valid
    assert queries.verify(second).valid
    assert sorted(path.name for path in token.glob("*.key")) == ["root.key"]


def test_a_token_that_cannot_be_opened_is_a_sentence(town, token, tmp_path):
    (tmp_path / "pin").unlink()
    with pytest.raises(Refusal, match="No se pudo abrir el dispositivo"):
        keys.seal(town)
    (token / "token.json").write_text("{}")
    with pytest.raises(Refusal, match="no se entiende"):
        keys.seal(town)
