"""The signature container of a PAdES B-B or B-T seal (RFC 5652, ETSI EN 319 122), in its one DER form.

It is written here because everything but one digest and one signature is constant per seal, and
because a verifier that can write the only allowed form notices every changed bit, also in the
parts that no signature covers. Signed attributes: content type, message digest, signing
certificate v2. SHA-256 with ECDSA throughout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError


def tlv(tag: int, *parts: bytes) -> bytes:
    """One DER value: tag, shortest length, content."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _oid(text: str) -> bytes:
    first, second, *rest = (int(part) for part in text.split("."))
    content = bytearray((40 * first + second,))
    for part in rest:
        digits = [part & 0x7F]
        while part := part >> 7:
            digits.append(0x80 | part & 0x7F)
        content += bytes(reversed(digits))
    return tlv(0x06, bytes(content))


SEQUENCE, SET, OCTETS, INTEGER = 0x30, 0x31, 0x04, 0x02
ONE = tlv(INTEGER, b"\x01")
DATA, SIGNED_DATA = _oid("1.2.840.113549.1.7.1"), _oid("1.2.840.113549.1.7.2")
CONTENT_TYPE, MESSAGE_DIGEST = _oid("1.2.840.113549.1.9.3"), _oid("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE_V2 = _oid("1.2.840.113549.1.9.16.2.47")
TIME_STAMP = _oid("1.2.840.113549.1.9.16.2.14")
SHA256 = tlv(SEQUENCE, _oid("2.16.840.1.101.3.4.2.1"))
ECDSA_SHA256 = tlv(SEQUENCE, _oid("1.2.840.10045.4.3.2"))


def _integer(value: int) -> bytes:
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _attribute(name: bytes, value: bytes) -> bytes:
    return tlv(SEQUENCE, name, tlv(SET, value))


@dataclass(frozen=True)
class Container:
    """What the containers of one certificate have in common."""

    certificate: bytes
    signer_id: bytes

    @classmethod
    def of(cls, certificate: x509.Certificate) -> "Container":
        issuer = certificate.issuer.public_bytes()
        signer_id = tlv(SEQUENCE, issuer, _integer(certificate.serial_number))
        return cls(certificate.public_bytes(Encoding.DER), signer_id)

    def signed_attributes(self, digest: bytes) -> bytes:
        """The attributes that are signed, as the content of their SET (sorted, as DER wants)."""
        of_certificate = tlv(OCTETS, sha256(self.certificate).digest())
        signing_certificate = tlv(SEQUENCE, tlv(SEQUENCE, tlv(SEQUENCE, of_certificate)))
        attributes = (
            _attribute(CONTENT_TYPE, DATA),
            _attribute(MESSAGE_DIGEST, tlv(OCTETS, digest)),
            _attribute(SIGNING_CERTIFICATE_V2, signing_certificate),
        )
        return b"".join(sorted(attributes))

    def to_sign(self, digest: bytes) -> bytes:
        """The bytes under the signature (RFC 5652 §5.4: the explicit SET, not its implicit tag)."""
        return tlv(SET, self.signed_attributes(digest))

    def write(self, digest: bytes, signature: bytes, token: bytes = b"") -> bytes:
        """The whole container over the document digest; `token` is a time stamp over the signature (B-T)."""
        signer = tlv(
            SEQUENCE,
            ONE,
            self.signer_id,
            SHA256,
            tlv(0xA0, self.signed_attributes(digest)),
            ECDSA_SHA256,
            tlv(OCTETS, signature),
            tlv(0xA1, _attribute(TIME_STAMP, token)) if token else b"",
        )
        signed = tlv(
            SEQUENCE,
            ONE,
            tlv(SET, SHA256),
            tlv(SEQUENCE, DATA),
            tlv(0xA0, self.certificate),
            tlv(SET, signer),
        )
        return tlv(SEQUENCE, SIGNED_DATA, tlv(0xA0, signed))


def stamp_holds(token: bytes, data: bytes, roots: Sequence[x509.Certificate]) -> bool:
    """Is it a time stamp over `data` by an authority of these roots? (RFC 3161: a granted response holds it.)"""
    granted = tlv(SEQUENCE, tlv(SEQUENCE, tlv(INTEGER, b"\0")), token)
    try:
        response = decode_timestamp_response(granted)
        return VerifierBuilder(roots=list(roots)).build().verify_message(response, data)
    except (VerificationError, ValueError):
        return False
