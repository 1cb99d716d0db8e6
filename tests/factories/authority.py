"""A certification authority of the tests: root, issuing authority and citizens' certificates as the SAT writes them."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.UTC)
YEAR = datetime.timedelta(days=365)
RFC, CURP = "VADA800927DJ3", "VADA800927HSRSRL05"


@dataclass
class Holder:
    """A citizen with their certificate and the key that only they hold."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())


class Authority:
    def __init__(self) -> None:
        self.root_key, self.key = (
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(ec.SECP256R1()),
        )
        self.root_name, self.name = named("Raíz de Prueba"), named("Autoridad de Prueba")
        self.root = self._issue(
            self.root_name, self.root_key.public_key(), self.root_name, self.root_key, ca=True
        )
        self.certificate = self._issue(
            self.name, self.key.public_key(), self.root_name, self.root_key, ca=True
        )

    def citizen(self, *, since=NOW - YEAR, until=NOW + YEAR, unique=f"{RFC} / OTRO800101AB1", serial=f" / {CURP}", ca=False, bits=2048) -> Holder:  # fmt: skip
        key = rsa.generate_private_key(65537, bits)
        name = x509.Name([
            x509.NameAttribute(NameOID.COMMON_NAME, "PERSONA DE PRUEBA"),
            x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, unique.encode(), x509.name._ASN1Type.BitString),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, serial),
        ])  # fmt: skip
        return Holder(
            key, self._issue(name, key.public_key(), self.name, self.key, ca=ca, since=since, until=until)
        )

    def trust(self, folder: Path, *revoked: Holder) -> None:
        """Write the trust list, with a CRL of those that were revoked."""
        folder.mkdir(parents=True)
        (folder / "raiz.pem").write_bytes(self.root.public_bytes(serialization.Encoding.PEM))
        (folder / "autoridad.cer").write_bytes(self.certificate.public_bytes(serialization.Encoding.DER))
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(NOW)
            .next_update(NOW + YEAR)
        )
        for one in revoked:
            row = (
                x509.RevokedCertificateBuilder()
                .serial_number(one.certificate.serial_number)
                .revocation_date(NOW)
            )
            builder = builder.add_revoked_certificate(row.build())
        (folder / "lista.crl").write_bytes(
            builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
        )

    @staticmethod
    def _issue(name, public, issuer, key, *, ca, since=NOW - YEAR, until=NOW + YEAR) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(public)
        builder = (
            builder.serial_number(x509.random_serial_number()).not_valid_before(since).not_valid_after(until)
        )
        if ca:
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return builder.sign(key, hashes.SHA256())


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def self_signed(folder: Path, name: str) -> tuple[Path, Path]:
    """Certificate and key files of a server that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(NOW - YEAR).not_valid_after(NOW + YEAR)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    files = folder / "server.pem", folder / "server.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return files
