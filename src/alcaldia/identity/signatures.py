"""What officials signed with their passkeys, kept so that anybody with the log can check it years later.

A device signs the SHA-256 of the act's canonical JSON (WebAuthn level 2, § 7.2: authenticator data and the hash of the
client data). Each signature is an act of its own (`identity.act_signed`); the act that it allowed names it by its nonce,
and the registration of the official's key, earlier in the same log, carries the public key with the broker's seal over it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException

from alcaldia.identity import events, passkeys
from alcaldia.identity.actions import announce
from alcaldia.identity.models import Official, Passkey
from alcaldia.identity.ports import KeySealer, plugged
from alcaldia.kernel.canonical import canonical
from alcaldia.ledger.models import Entry

PROOF = ("authenticatorData", "clientDataJSON", "signature")
NAMED = ("act", "by", "at", "nonce")
"""Of a signed act, what says who and when; the rest is what was decided."""


def keep(
    *, act: Mapping[str, Any], answer: Mapping[str, Any], passkey: Passkey, open_text: bool, channel: str
) -> None:
    """Record a signature that was checked just now. `open_text`: the act names no person, so its words are kept with it."""
    owner = passkey.owner
    body = {
        "official": owner.username if isinstance(owner, Official) else "", "signed": act["act"], "nonce": act["nonce"],
        "at": act["at"], "sha256": sha256(canonical(act)).hexdigest(), "key": passkeys.key_id(bytes(passkey.public_key)),
        "proof": {name: str(answer["response"][name]) for name in PROOF}, **({"text": dict(act)} if open_text else {}),
    }  # fmt: skip
    announce(events.ACT_SIGNED, body, by=owner.public_id, channel=channel)


@dataclass
class Audit:
    """Signatures checked, keys registered before there were seals, and Spanish sentences about what does not hold."""

    checked: int = 0
    unsealed: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class _Known:
    latest: datetime = datetime.min.replace(tzinfo=UTC)
    accounts: dict[str, str] = field(default_factory=dict)
    officials: dict[str, str] = field(default_factory=dict)
    keys: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    signed: dict[str, dict[str, Any]] = field(default_factory=dict)


def audit(rows: Iterator[Entry] | None = None) -> Audit:
    """Walk the log once: each key against the broker's seal, each signature against the key that was registered before
    it, each signed act against its words."""
    found, known = Audit(), _Known()
    wanted = Entry.objects.order_by("index").iterator(chunk_size=2000)
    for row in rows if rows is not None else wanted:
        body, known.latest = json.loads(bytes(row.body)), max(known.latest, row.recorded_at)
        if row.type == events.PASSKEY_REGISTERED and body.get("public_key"):
            found.problems += [f"Acto {row.index}: {text}" for text in _registration(body, known, found)]
        elif row.type == events.PASSKEY_REVOKED:
            known.gone.add(passkeys.key_id(base64url_to_bytes(body.get("public_key", ""))))
        elif row.type == events.ACT_SIGNED:
            found.checked += 1
            found.problems += [f"Acto {row.index}: {text}" for text in _signature(body, known)]
            known.signed[body["nonce"]] = body
        else:
            found.problems += [f"Acto {row.index} ({row.folio}): {text}" for text in _use(row, body, known)]
    return found


def _registration(body: dict[str, Any], known: _Known, found: Audit) -> list[str]:
    """The key counts from here on, unless its seal is not right."""
    key, official = base64url_to_bytes(body["public_key"]), body["official"]
    account, seal = str(body.get("account", "")), str(body.get("seal", ""))
    sealer = plugged.custodian if isinstance(plugged.custodian, KeySealer) else None
    since = sealer.sealing_since() if sealer else None
    if sealer is None or since is None or (not seal and known.latest < since):
        # An earlier installation, or none of the broker's words here to check against.
        found.unsealed += 1
    elif not seal or not sealer.sealed(subject=account, public_key=key, seal=seal):
        return [f"registra una llave de «{official}» sin el sello del custodio."]
    elif (
        known.accounts.get(official, account) != account or known.officials.get(account, official) != official
    ):
        return [f"registra como de «{official}» la llave de otra cuenta."]
    else:
        known.accounts[official], known.officials[account] = account, official
    known.keys[passkeys.key_id(key)] = (official, key)
    return []


def _signature(body: dict[str, Any], known: _Known) -> list[str]:
    official, key = known.keys.get(body["key"], ("", b""))
    if not key or body["key"] in known.gone or official != body["official"]:
        return [f"lo firma una llave que no es de «{body['official']}»."]
    text = body.get("text")
    if text is not None and sha256(canonical(text)).hexdigest() != body["sha256"]:
        return ["sus palabras no son las que se firmaron."]
    return [] if holds(body["sha256"], body["proof"], key) else ["su firma no es válida."]


def holds(digest: str, proof: Mapping[str, str], public_key: bytes) -> bool:
    """Whether the key (COSE) signed this SHA-256 (hexadecimal) on our address, with its owner verified."""
    named = bytes_to_base64url(sha256(public_key).digest())
    answer = {"id": named, "rawId": named, "type": "public-key", "response": dict(proof)}
    try:
        webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=bytes.fromhex(digest),
            expected_rp_id=passkeys.rp_id(),
            expected_origin=passkeys.origin(),
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return False
    return True


def _use(row: Entry, body: dict[str, Any], known: _Known) -> list[str]:
    """An act that says it was signed: by whom it says, and in these words."""
    inner = body.get("facts")
    facts = inner if isinstance(inner, dict) else body
    signature = facts.get("signature")
    if not isinstance(signature, dict):
        return []
    signed = known.signed.get(signature.get("nonce", ""))
    if signed is None:
        return ["dice que se firmó y la firma no está en el registro."]
    if signed["official"] != row.by:
        return [f"lo hizo «{row.by}» con la firma de «{signed['official']}»."]
    text = signed.get("text")
    if text is None:
        return []
    said = {name: value for name, value in {**body, **facts}.items() if name not in NAMED}
    lists = [one for one in text.get("resolutions", [text]) if one.get("folio") == row.folio]
    if not any(
        all(said.get(name) == value for name, value in one.items() if name not in NAMED) for one in lists
    ):
        return ["no dice lo que se firmó."]
    return []
