"""The seal of a municipality: a short chain (root, seal) of P-256 keys in `keys/<slug>/`, made on first use.

`root.pem` is the trust anchor to hand to verifiers; `root.key` may live elsewhere (`install_issued`). The
seal in force is named by `seal.current` (`seal` where there is no such file), so that a renewed one takes
its place in one step; certificates of earlier seals stay, their keys do not. `revoked.json` feeds the
revocation list; `crl.pem` is one that an outside root signed.
"""

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from alcaldia.documents import certificates
from alcaldia.documents.certificates import Revoked
from alcaldia.documents.signers import FileSigner, SealSigner, TokenPlace, TokenSigner, private_key
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.keyfiles import made_once, write_whole
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.keys import folder

FIRST = "seal"


class Seal:
    """A loaded signer with its certificate and the root above it."""

    def __init__(self, signer: SealSigner, certificate: x509.Certificate, root: x509.Certificate) -> None:
        self.signer, self.certificate, self.root = signer, certificate, root


def place_of(municipality: Municipality) -> Path:
    """Its folder of keys."""
    return folder() / municipality.slug


def seal(municipality: Municipality) -> Seal:
    """The seal in force, loaded once per process and per renewal."""
    place = place_of(municipality)
    return _seal(place, current(place), municipality.name, municipality.state, municipality.country)


def current(place: Path) -> str:
    """The name of the seal in force in a folder of keys."""
    pointer = place / "seal.current"
    return pointer.read_text(encoding="utf-8").strip() if pointer.exists() else FIRST


def trusted_roots() -> tuple[x509.Certificate, ...]:
    """The roots of every municipality of this installation, former ones included."""
    found = [*sorted(folder().glob("*/root.pem")), *sorted(folder().glob("*/root-*.pem"))]
    return tuple(x509.load_pem_x509_certificate(path.read_bytes()) for path in found)


@cache
def _seal(place: Path, current_name: str, name: str, state: str, country: str) -> Seal:
    root = _root(place, name, state, country)
    signer = signer_of(place, current_name)
    issued = _certificate(
        place / f"{current_name}.pem", lambda: issue(place, signer, name=name, state=state, country=country)
    )
    return Seal(signer, issued, root)


def signer_of(place: Path, seal_name: str) -> SealSigner:
    """Who holds the key of a seal: the token of `token.json`, or a file."""
    token = place / "token.json"
    if token.exists() and not (place / f"{seal_name}.key").exists():
        found = TokenPlace.read(token)
        label = found.key if seal_name == FIRST else f"{found.key}-{seal_name}"
        return TokenSigner(TokenPlace(found.module, found.token, label, found.pin_file))
    return FileSigner(place / f"{seal_name}.key")


def issue(place: Path, signer: SealSigner, *, name: str, state: str, country: str) -> x509.Certificate:
    """A seal certificate by the root of this folder. Refusal where the root's key lives elsewhere."""
    root = _root(place, name, state, country)
    return certificates.seal(
        certificates.name("Sello digital", name, state, country),
        signer.public_key(),
        root,
        _root_key(place),
        crl_url=f"{settings.PUBLIC_URL}/bitacora/crl/{place.name}.crl",
    )


def _root(place: Path, name: str, state: str, country: str) -> x509.Certificate:
    subject = certificates.name("Autoridad raíz", name, state, country)
    return _certificate(
        place / "root.pem", lambda: certificates.root(subject, private_key(place / "root.key"))
    )


def _root_key(place: Path) -> certificates.PrivateKey:
    path = place / "root.key"
    if not path.exists():
        raise Refusal(
            "root_elsewhere",
            "La llave raíz no está en esta máquina. Firme el sello nuevo donde esté y tráigalo con "
            "./alcaldia keys import-root.",
        )
    return private_key(path)


def _certificate(path: Path, make: Callable[[], x509.Certificate]) -> x509.Certificate:
    data = made_once(path, lambda: make().public_bytes(Encoding.PEM), mode=0o644)
    return x509.load_pem_x509_certificate(data)


# Renewal and revocation


def renew(municipality: Municipality) -> Seal:
    """Make a new key and certificate and put them in force; the old private key is destroyed."""
    place, old = place_of(municipality), current(place_of(municipality))
    seal(municipality)
    name = f"{FIRST}-{secrets.token_hex(4)}"
    signer = signer_of(place, name)
    facts = {"name": municipality.name, "state": municipality.state, "country": municipality.country}
    _certificate(place / f"{name}.pem", lambda: issue(place, signer, **facts))
    write_whole(place / "seal.current", name.encode(), mode=0o644)
    (place / f"{old}.key").unlink(missing_ok=True)
    return seal(municipality)


def install_issued(municipality: Municipality, *, root: bytes, certificate: bytes) -> Seal:
    """Put a chain that an outside root made in force; it must be for the key of the seal in force.

    Raises Refusal. The former root stays trusted, under the name root-<serial>.pem.
    """
    place = place_of(municipality)
    now = seal(municipality)
    try:
        anchor, issued = x509.load_pem_x509_certificate(root), x509.load_pem_x509_certificate(certificate)
        issued.verify_directly_issued_by(anchor)
        fits = issued.public_key() == now.signer.public_key()
    except (ValueError, TypeError) as error:
        raise Refusal(
            "bad_chain", "Esos certificados no se pueden leer o la raíz no firmó el sello."
        ) from error
    except Exception as error:
        raise Refusal("bad_chain", "La raíz que indicó no firmó ese sello.") from error
    if not fits:
        raise Refusal(
            "other_key", "Ese certificado es para otra llave. Pídalo de nuevo con ./alcaldia keys request."
        )
    old = x509.load_pem_x509_certificate((place / "root.pem").read_bytes())
    write_whole(place / f"root-{old.serial_number:x}.pem", (place / "root.pem").read_bytes(), mode=0o644)
    write_whole(place / f"{current(place)}.pem", certificate, mode=0o644)
    write_whole(place / "root.pem", root, mode=0o644)
    (place / "root.key").unlink(missing_ok=True)
    _seal.cache_clear()
    return seal(municipality)


def revoked(place: Path) -> list[Revoked]:
    """The seals of a folder that were revoked."""
    path = place / "revoked.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [
        Revoked(int(row["serial"], 16), datetime.fromisoformat(row["at"]), x509.ReasonFlags[row["reason"]])
        for row in rows
    ]


def add_revoked(place: Path, row: Revoked) -> None:
    """Put a seal on the list."""
    rows = [*(one for one in revoked(place) if one.serial != row.serial), row]
    written = [{"serial": f"{r.serial:x}", "at": r.at.isoformat(), "reason": r.reason.name} for r in rows]
    write_whole(place / "revoked.json", json.dumps(written, indent=1).encode(), mode=0o644)


def crl(place: Path) -> x509.CertificateRevocationList | None:
    """The revocation list of a folder: signed now by its root, or the one that an outside root signed."""
    if (place / "root.key").exists() and (place / "root.pem").exists():
        root = x509.load_pem_x509_certificate((place / "root.pem").read_bytes())
        return certificates.revocation_list(root, private_key(place / "root.key"), revoked(place))
    path = place / "crl.pem"
    return x509.load_pem_x509_crl(path.read_bytes()) if path.exists() else None


def crls() -> tuple[x509.CertificateRevocationList, ...]:
    """The lists of every municipality that has revoked something or whose root is elsewhere."""
    marked = {path.parent for name in ("revoked.json", "crl.pem") for path in folder().glob(f"*/{name}")}
    found = (crl(place) for place in sorted(marked))
    return tuple(one for one in found if one is not None)
