"""The council's key: what seals the keys in a backup. Its opening is split among members, as words on paper.

X25519 by HPKE (RFC 9180) seals; SLIP-39 splits: any `needed` of `members` parts open, fewer say nothing.
"""

import io
import secrets
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import shamir_mnemonic
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from alcaldia.kernel.errors import Refusal

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
INFO = b"alcaldia backup keys v1"
MAX_MEMBERS = 16


def split(members: int, needed: int) -> tuple[bytes, list[str]]:
    """A fresh public key (32 bytes) and each member's 33 words. The private key is not kept anywhere."""
    if not 2 <= needed <= members <= MAX_MEMBERS:
        raise Refusal("bad_council", f"Elija de 2 a {MAX_MEMBERS} integrantes y cuántos bastan (2 o más).")
    private = secrets.token_bytes(32)
    words = shamir_mnemonic.generate_mnemonics(1, [(needed, members)], private)[0]
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw(), words


def join(words: Sequence[str]) -> X25519PrivateKey:
    """The private key from enough parts. Refuses too few, mistyped or foreign parts."""
    try:
        return X25519PrivateKey.from_private_bytes(
            shamir_mnemonic.combine_mnemonics([" ".join(part.split()) for part in words])
        )
    except (shamir_mnemonic.MnemonicError, ValueError) as error:
        raise Refusal(
            "bad_parts",
            "Con esas partes no se abre: faltan integrantes, o hay una palabra mal escrita o de otro reparto.",
        ) from error


def seal(files: Iterable[tuple[str, Path]], public: bytes) -> bytes:
    """The files (name, path) as one sealed archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, path in files:
            archive.add(path, arcname=name, recursive=False)
    return SUITE.encrypt(out.getvalue(), X25519PublicKey.from_public_bytes(public), info=INFO)


def unseal(data: bytes, private: X25519PrivateKey, into: Path) -> list[str]:
    """Write the sealed files under `into`, 0600; never over one that is there. Returns their names."""
    try:
        opened = SUITE.decrypt(data, private, info=INFO)
    except InvalidTag as error:
        raise Refusal(
            "other_council", "Estas partes son de otro reparto: no abren las llaves de este respaldo."
        ) from error
    names = []
    with tarfile.open(fileobj=io.BytesIO(opened)) as archive:
        for member in archive.getmembers():
            source = archive.extractfile(member)
            if source is None or member.name.startswith("/") or ".." in Path(member.name).parts:
                raise Refusal("bad_archive", "El archivo de llaves del respaldo no es válido.")
            path = into / member.name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with path.open("xb") as out:
                path.chmod(0o600)
                out.write(source.read())
            names.append(member.name)
    return names
