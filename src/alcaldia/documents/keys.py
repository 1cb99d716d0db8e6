"""The seal of a municipality: a short chain (root, seal) of P-256 keys, made on first use.

`keys/<slug>/root.pem` is the trust anchor to hand to verifiers. The seal's certificate may sign
documents and commit to them (digitalSignature, nonRepudiation) and nothing else, as PAdES wants.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from alcaldia.kernel.keyfiles import made_once
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.keys import folder

ROOT_YEARS, SEAL_YEARS = 20, 5
PrivateKey = ec.EllipticCurvePrivateKey


class Seal:
    """A loaded private key with its certificate and the root above it."""

    def __init__(self, key: PrivateKey, certificate: x509.Certificate, root: x509.Certificate) -> None:
        self.key, self.certificate, self.root = key, certificate, root


def seal(municipality: Municipality) -> Seal:
    """The municipality's seal, loaded once per process."""
    return _seal(folder() / municipality.slug, municipality.name, municipality.state, municipality.country)


def trusted_roots() -> tuple[x509.Certificate, ...]:
    """The roots of every municipality of this installation."""
    return tuple(
        x509.load_pem_x509_certificate(path.read_bytes()) for path in sorted(folder().glob("*/root.pem"))
    )


@cache
def _seal(place: Path, name: str, state: str, country: str) -> Seal:
    root_key, key = _private(place / "root.key"), _private(place / "seal.key")
    root_name, seal_name = (
        _name(prefix, name, state, country) for prefix in ("Autoridad raíz", "Sello digital")
    )
    root = _certificate(place / "root.pem", lambda: _make_root(root_name, root_key))
    issued = _certificate(place / "seal.pem", lambda: _make_seal(seal_name, key.public_key(), root, root_key))
    return Seal(key, issued, root)


def _private(path: Path) -> PrivateKey:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    data = made_once(path, lambda: ec.generate_private_key(ec.SECP256R1()).private_bytes(*form))
    key = serialization.load_pem_private_key(data, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path.name} is not an elliptic-curve key")
    return key


def _certificate(path: Path, make: Callable[[], x509.Certificate]) -> x509.Certificate:
    data = made_once(path, lambda: make().public_bytes(serialization.Encoding.PEM), mode=0o644)
    return x509.load_pem_x509_certificate(data)


def _name(prefix: str, town: str, state: str, country: str) -> x509.Name:
    # X.520 limits: common name 64 characters, organisation 64, state 128.
    parts = [
        (NameOID.COUNTRY_NAME, country[:2]),
        (NameOID.STATE_OR_PROVINCE_NAME, state[:128]),
        (NameOID.ORGANIZATION_NAME, town[:64]),
        (NameOID.COMMON_NAME, f"{prefix} · {town}"[:64]),
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, years: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*allowed: str) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in allowed for name in every})


def _make_root(name: x509.Name, key: PrivateKey) -> x509.Certificate:
    builder = _builder(name, name, key.public_key(), ROOT_YEARS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True).sign(
        key, hashes.SHA256()
    )


def _make_seal(
    name: x509.Name, public: ec.EllipticCurvePublicKey, root: x509.Certificate, root_key: PrivateKey
) -> x509.Certificate:
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    return (
        _builder(name, root.subject, public, SEAL_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        .add_extension(authority, critical=False)
        .sign(root_key, hashes.SHA256())
    )
