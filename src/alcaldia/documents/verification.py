"""Is this file what the municipality issued, to the last bit? No database, no network.

The seal covers every byte but its own container; the container has exactly one allowed form
(cms.py writes it again and compares), so no bit of the file can change unnoticed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.reader import PdfFileReader

from alcaldia.documents.certificates import revoked_at
from alcaldia.documents.cms import Container, stamp_holds
from alcaldia.ledger.rules import receipt as receipts
from alcaldia.ledger.rules.keyset import KeySet
from alcaldia.ledger.rules.leaf import Leaf, read_leaf

Lists = Sequence[x509.CertificateRevocationList]
ACT, RECEIPT = "acto.json", "recibo.tlog-proof"
SENTENCES = {
    "whole": (
        "El sello abarca el archivo completo.",
        "El archivo no es el que se selló: está alterado, incompleto o se le agregó algo.",
    ),
    "seal": (
        "El sello digital es auténtico y el archivo no cambió desde que se selló.",
        "El sello digital no corresponde a este archivo: alguien lo cambió o no está sellado.",
    ),
    "chain": (
        "El certificado del sello es de un municipio en el que esta instalación confía.",
        "El certificado del sello no es de ningún municipio en el que esta instalación confía.",
    ),
    "act": (
        "El acto que va dentro es el que se inscribió.",
        "El acto que va dentro no es el que se inscribió en el registro.",
    ),
    "force": (
        "El sello valía cuando se inscribió el acto y nadie lo ha revocado.",
        "El sello de este archivo se revocó o ya había vencido, así que no prueba nada. Descargue otro ejemplar con el folio.",
    ),
    "log": (
        "El acto está inscrito en el registro público y la raíz firmada lo prueba.",
        "No hay prueba de que el acto esté inscrito en el registro público.",
    ),
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `sentence` says in Spanish what was found."""

    name: str
    ok: bool
    sentence: str


@dataclass(frozen=True)
class Verification:
    """`valid` None: it could not be told (no keys to compare with). `leaf` only where it was proven."""

    valid: bool | None
    checks: tuple[Check, ...]
    leaf: Leaf | None = None


class Forged(Exception):
    """The check whose name it carries does not hold."""


def verify_pdf(
    data: bytes,
    *,
    trusted_log: KeySet | None,
    trusted_roots: Sequence[x509.Certificate],
    crls: Lists = (),
    tsa_roots: Sequence[x509.Certificate] = (),
) -> Verification:
    """Every check on the file in order; it stops at the first that does not hold.

    A seal's time stamp is checked where `tsa_roots` are given, and proves nothing where they are not.
    """
    if trusted_log is None or not trusted_roots:
        sentence = (
            "Faltan las llaves públicas para comparar. Pídalas al municipio (keys/log.vkey y root.pem)."
        )
        return Verification(None, (Check("keys", False, sentence),))
    checks: list[Check] = []
    steps = _steps(data, trusted_log, trusted_roots, crls, tsa_roots)
    for name, good_and_bad in SENTENCES.items():
        try:
            leaf = next(steps)
        except Exception:  # noqa: BLE001 - whatever a forged file makes a parser do, it is not valid
            return Verification(False, (*checks, Check(name, False, good_and_bad[1])))
        checks.append(Check(name, True, good_and_bad[0]))
    return Verification(True, tuple(checks), leaf)


def _steps(
    data: bytes,
    log: KeySet,
    roots: Sequence[x509.Certificate],
    crls: Lists,
    tsa_roots: Sequence[x509.Certificate],
) -> Iterator[Leaf | None]:
    """One step per key of SENTENCES, in its order; each raises where it does not hold."""
    reader = PdfFileReader(BytesIO(data))
    digest, container = _covered(data, reader)
    yield None
    certificate = _sealed(digest, container, tsa_roots)
    yield None
    root = _issuer(certificate, roots)
    yield None
    files = _attachments(reader)
    receipt = receipts.read(files[RECEIPT].decode())
    leaf = read_leaf(receipt.entry)
    if not leaf.matches(files[ACT]):
        raise Forged("act")
    yield None
    _in_force(certificate, root, leaf, crls)
    yield None
    receipts.verify(receipt, log)
    yield leaf


def seal_of(data: bytes) -> int | None:
    """The serial number of the certificate that a file names as its seal, believed or not; None where it names none."""
    try:
        (signature,) = PdfFileReader(BytesIO(data)).embedded_signatures
        return int(signature.signer_cert.serial_number)
    except Exception:  # noqa: BLE001 - whatever a broken file makes a parser do, it names no seal
        return None


def _covered(data: bytes, reader: PdfFileReader) -> tuple[bytes, bytes]:
    """SHA-256 of all bytes but the container, and the container (DER)."""
    (signature,) = reader.embedded_signatures
    start, gap, resume, rest = (int(number) for number in signature.byte_range)
    hole = data[gap:resume]
    if start != 0 or resume + rest != len(data) or hole[:1] != b"<" or hole[-1:] != b">":
        raise Forged("whole")
    padded = bytes.fromhex(hole[1:-1].decode("ascii"))
    container = padded[: _der_length(padded)]
    if hole[1:-1] != container.hex().upper().encode().ljust(len(hole) - 2, b"0"):
        raise Forged("whole")
    return sha256(data[:gap] + data[resume:]).digest(), container


def _der_length(data: bytes) -> int:
    """The length of the DER value at the start of `data`, its header included."""
    if data[1] < 128:
        return 2 + data[1]
    count = data[1] & 0x7F
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")


def _sealed(digest: bytes, container: bytes, tsa_roots: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate whose key signed this digest, where the container is the one allowed form."""
    signed = asn1_cms.ContentInfo.load(container, strict=True)["content"]
    (choice,), (signer,) = signed["certificates"], signed["signer_infos"]
    certificate = x509.load_der_x509_certificate(choice.chosen.dump())
    signature = signer["signature"].native
    form, token = Container.of(certificate), _token(signer)
    if form.write(digest, signature, token) != container:
        raise Forged("seal")
    if token and tsa_roots and not stamp_holds(token, signature, tsa_roots):
        raise Forged("seal")
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Forged("seal")
    try:
        key.verify(signature, form.to_sign(digest), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Forged("seal") from error
    return certificate


def _token(signer: Any) -> bytes:
    """The time stamp over the signature, the one attribute that a seal may carry unsigned; b"" without."""
    attributes = signer["unsigned_attrs"].native and signer["unsigned_attrs"]
    if not attributes:
        return b""
    (attribute,) = attributes
    (value,) = attribute["values"]
    return bytes(value.dump())


def _issuer(certificate: x509.Certificate, roots: Sequence[x509.Certificate]) -> x509.Certificate:
    """The trusted root that issued a certificate for signing documents."""
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    limits = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    for root in roots:
        if root.subject == certificate.issuer and usage.content_commitment and not limits.ca:
            try:
                certificate.verify_directly_issued_by(root)
            except InvalidSignature:
                continue
            return root
    raise Forged("chain")


def _in_force(certificate: x509.Certificate, root: x509.Certificate, leaf: Leaf, crls: Lists) -> None:
    # A file made again years later carries a newer seal than its act: only the end is compared.
    moment = datetime.fromisoformat(leaf.at)
    if moment > min(certificate.not_valid_after_utc, root.not_valid_after_utc):
        raise Forged("force")
    # The log says when the act was, nothing says when the pages were sealed: whoever stole a seal draws others around an
    # old act. What the city itself had sealed by it is sealed anew (`actions.seal_again`).
    if revoked_at(certificate, root, crls) is not None:
        raise Forged("force")


def _attachments(reader: PdfFileReader) -> dict[str, bytes]:
    """The associated files of the document by name."""
    found: dict[str, bytes] = {}
    files = reader.root["/AF"]
    for place in range(len(files)):
        spec: Any = files[place]
        found[str(spec["/UF"])] = bytes(spec["/EF"]["/F"].data)
    return found
