"""The X.509 papers of a municipality's seal: root, seal, request to an outside root, revocation list. No files."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT_YEARS, SEAL_YEARS = 20, 5
CRL_DAYS = 30
PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey


@dataclass(frozen=True)
class Revoked:
    """A seal that must not be believed any more; `at` is since when, as its list says. What it sealed is sealed anew."""

    serial: int
    at: datetime
    reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise


def name(prefix: str, town: str, state: str, country: str) -> x509.Name:
    """The subject of a certificate of the municipality."""
    # X.520 limits: common name 64 characters, organisation 64, state 128.
    parts = [
        (NameOID.COUNTRY_NAME, country[:2]),
        (NameOID.STATE_OR_PROVINCE_NAME, state[:128]),
        (NameOID.ORGANIZATION_NAME, town[:64]),
        (NameOID.COMMON_NAME, f"{prefix} · {town}"[:64]),
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def root(subject: x509.Name, key: PrivateKey) -> x509.Certificate:
    """The self-signed trust anchor."""
    builder = _builder(subject, subject, key.public_key(), ROOT_YEARS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    return builder.sign(key, hashes.SHA256())


def seal(
    subject: x509.Name, public: PublicKey, issuer: x509.Certificate, issuer_key: PrivateKey, *, crl_url: str
) -> x509.Certificate:
    """The seal's certificate: signs documents and commits to them, nothing else, as PAdES wants."""
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
    return (
        _builder(subject, issuer.subject, public, SEAL_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        .add_extension(authority, critical=False)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def revocation_list(
    issuer: x509.Certificate, issuer_key: PrivateKey, revoked: Iterable[Revoked]
) -> x509.CertificateRevocationList:
    """The signed list as of now, good for `CRL_DAYS`."""
    now = datetime.now(UTC).replace(microsecond=0)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now)
        .next_update(now + timedelta(days=CRL_DAYS))
        .add_extension(authority, critical=False)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    )
    for row in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(row.serial).revocation_date(row.at)
        entry = entry.add_extension(x509.CRLReason(row.reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer_key, hashes.SHA256())


def revoked_at(
    certificate: x509.Certificate, issuer: x509.Certificate, lists: Iterable[x509.CertificateRevocationList]
) -> datetime | None:
    """Since when the issuer's own lists say that the certificate must not be believed; None: they do not."""
    key = issuer.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return None
    for crl in lists:
        row = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if row is not None and crl.issuer == issuer.subject and crl.is_signature_valid(key):
            return row.revocation_date_utc
    return None


def _builder(subject: x509.Name, issuer: x509.Name, key: PublicKey, years: int) -> x509.CertificateBuilder:
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
