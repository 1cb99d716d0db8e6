"""X.509: a chain against the city's trust list, a signature made on the citizen's device, RFC and CURP of the subject.

The trust list is a folder of PEM or DER certificates and, beside them, CRLs (`identity/trust/` under home).
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import verification
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.db import transaction

from alcaldia.identity.federation import verify as note_verification
from alcaldia.identity.keys import keyed
from alcaldia.identity.models import LinkedIdentity, Person, Verification
from alcaldia.identity.rules.private_keys import looks_private
from alcaldia.kernel.errors import Refusal

LARGEST = 64 * 1024
CHAIN_DEPTH = 4
RFC = re.compile(r"\b[A-ZÑ&]{3,4}[0-9]{6}[A-Z0-9]{3}\b")
CURP = re.compile(r"\b[A-Z][AEIOUX][A-Z]{2}[0-9]{6}[HMX][A-Z]{5}[A-Z0-9][0-9]\b")
SMALLEST_RSA = 2048


@dataclass(frozen=True)
class Subject:
    """Whose certificate it is. Personal: goes to the vault, never into a log; `repr` shows nothing of it."""

    rfc: str = field(repr=False)
    curp: str = field(repr=False)
    issuer: str
    serial: str = field(repr=False)


def refuse_private(data: bytes, name: str) -> None:
    """Refusal where an upload looks like a private key. Whoever calls has not stored it."""
    if looks_private(data, name):
        detail = (
            "Ese archivo parece su llave privada (.key). No la suba nunca, aquí ni en otro sitio: no la guardamos. "
            "Suba sólo el certificado (.cer) y la firma. Si alguien más pudo verla, revóquela."
        )
        raise Refusal("private_key", detail)


def trust_folder() -> Path:
    return Path(settings.HOME) / "identity" / "trust"


UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
              x509.UnsupportedGeneralNameType)  # fmt: skip
"""What the library raises for bytes that are no certificate, or for a part of one that it reads only when asked."""


def read_certificate(data: bytes) -> x509.Certificate:
    """PEM or DER, every part of it readable; Refusal for anything else."""
    pem = b"-----BEGIN" in data
    try:
        found = x509.load_pem_x509_certificate(data) if pem else x509.load_der_x509_certificate(data)
        _read_whole(found)
    except UNREADABLE:
        raise Refusal(
            "bad_certificate", "Ese archivo no es un certificado (.cer). Elija el correcto."
        ) from None
    return found


def _read_whole(certificate: x509.Certificate) -> None:
    """The parts that are parsed late: broken ones show here, not in the middle of a check."""
    for part in ("subject", "issuer", "extensions", "not_valid_before_utc", "not_valid_after_utc"):
        getattr(certificate, part)
    certificate.public_key()


def _trusted() -> tuple[list[x509.Certificate], list[x509.CertificateRevocationList]]:
    found: list[x509.Certificate] = []
    revoked: list[x509.CertificateRevocationList] = []
    folder = trust_folder()
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        data = path.read_bytes()
        if path.suffix in {".pem", ".crt", ".cer"}:
            found += (
                x509.load_pem_x509_certificates(data)
                if b"-----BEGIN" in data
                else [x509.load_der_x509_certificate(data)]
            )
        elif path.suffix == ".crl":
            revoked.append(_read_list(data))
    return found, revoked


def _read_list(data: bytes) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl(data) if b"-----BEGIN" in data else x509.load_der_x509_crl(data)


def late_lists(now: datetime) -> list[str]:
    """Names of the revocation lists whose authority should have published the next one by now."""
    folder = trust_folder()
    dated = {
        path.name: _read_list(path.read_bytes()).next_update_utc for path in sorted(folder.glob("*.crl"))
    }
    return [name for name, until in dated.items() if until is not None and until < now]


def check_chain(certificate: x509.Certificate, at: datetime) -> list[x509.Certificate]:
    """The chain from the certificate to a root of the trust list, valid at that time and not revoked. Refusal otherwise.

    Self-signed certificates of the folder are roots, the others intermediates. Public web rules (names,
    key usages of servers) do not apply to persons' certificates; basic constraints of CAs do.
    """
    given, revoked = _trusted()
    roots = [one for one in given if one.issuer == one.subject]
    if not roots:
        raise Refusal(
            "no_trust_list",
            "Esta ciudad no ha cargado su lista de autoridades de confianza. Avise a la oficina digital.",
        )
    policy = (
        verification.PolicyBuilder().store(verification.Store(roots)).time(at).max_chain_depth(CHAIN_DEPTH)
    )
    policy = policy.extension_policies(
        ca_policy=verification.ExtensionPolicy.permit_all().require_present(
            x509.BasicConstraints, verification.Criticality.AGNOSTIC, _is_ca
        ),
        ee_policy=verification.ExtensionPolicy.permit_all(),
    )
    try:
        others = [one for one in given if one not in roots]
        chain = policy.build_client_verifier().verify(certificate, others).chain
    except verification.VerificationError:
        raise _refused("no lo emitió una autoridad de la lista de esta ciudad, o ya venció") from None
    _check_use(certificate)
    _check_revoked(chain, revoked)
    return list(chain)


def _is_ca(policy: object, certificate: x509.Certificate, extension: x509.BasicConstraints | None) -> None:
    if extension is None or not extension.ca:
        raise ValueError("not an authority")


def _check_use(certificate: x509.Certificate) -> None:
    """An authority's own certificate signs nothing as a person; one with key usage must be for signing."""
    try:
        if certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise _refused("es de una autoridad, no de una persona")
    except x509.ExtensionNotFound:
        pass
    try:
        use = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (use.digital_signature or use.content_commitment):
        raise _refused("no sirve para firmar")


def _check_revoked(chain: list[x509.Certificate], revoked: list[x509.CertificateRevocationList]) -> None:
    for certificate, issuer in zip(chain, chain[1:], strict=False):
        for one in revoked:
            if one.issuer != certificate.issuer or not one.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
                continue
            if one.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
                raise _refused("fue revocado")


def check_signature(certificate: x509.Certificate, signature: bytes, data: bytes) -> None:
    """RSA (PKCS#1 v1.5, SHA-256, 2048 bits or more), ECDSA with SHA-256, or Ed25519, over exactly these bytes."""
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA:
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        else:
            raise _refused("su algoritmo no se admite")
    except (InvalidSignature, UnsupportedAlgorithm):
        raise Refusal("bad_signature", "La firma no corresponde a este texto o a este certificado. Firme de nuevo el archivo.", status=403) from None  # fmt: skip


def subject_of(certificate: x509.Certificate) -> Subject:
    """RFC of OID 2.5.4.45 (or serialNumber) and CURP of serialNumber; the SAT writes "RFC / RFC del representante"."""
    unique = _texts(certificate, NameOID.X500_UNIQUE_IDENTIFIER)
    serial = _texts(certificate, NameOID.SERIAL_NUMBER)
    issuer = certificate.issuer.rfc4514_string()[:80]
    return Subject(
        rfc=_first(RFC, unique) or _first(RFC, CURP.sub(" ", serial)),
        curp=_first(CURP, serial) or _first(CURP, unique),
        issuer=issuer,
        serial=f"{certificate.serial_number:x}",
    )


def _texts(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    values = [one.value for one in certificate.subject.get_attributes_for_oid(oid)]
    return " / ".join(v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values).upper()


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(0) if found else ""


def check(*, certificate: bytes, signature: bytes, data: bytes, at: datetime | None = None) -> Subject:
    """Chain, use, revocation and signature; whose certificate it is. The one door for signed acts."""
    held = read_certificate(certificate)
    check_chain(held, at or datetime.now(UTC))
    check_signature(held, signature, data)
    return subject_of(held)


@transaction.atomic
def prove(*, person: Person, certificate: bytes, signature: bytes, data: bytes) -> Subject:
    """The person proved who they are; one certificate's holder is one person here."""
    subject = check(certificate=certificate, signature=signature, data=data)
    holder = keyed("certificate", f"{subject.curp or subject.rfc or subject.issuer + subject.serial}")
    known = LinkedIdentity.objects.filter(subject_hash=holder).first()
    if known is not None and known.person_id != person.pk:
        raise Refusal(
            "identity_taken", "Esa e.firma ya comprobó la identidad de otra cuenta de aquí.", status=409
        )
    if known is None:
        from django.utils import timezone

        LinkedIdentity.objects.create(
            provider="certificate", subject_hash=holder, person=person, linked_at=timezone.now()
        )
    note_verification(person=person, method=Verification.Method.CERTIFICATE, source=subject.issuer)
    return subject


def _refused(reason: str) -> Refusal:
    return Refusal("untrusted_certificate", f"No aceptamos ese certificado: {reason}.", status=403)
