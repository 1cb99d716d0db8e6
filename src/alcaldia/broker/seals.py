"""The broker's own seal: over vaults' public keys, over passkeys that it enrolled, and over permits whose giver it
recognised by the code of a request.

`seal.pub` tells the web which seals count for vaults: the one in force and, while they are certified anew, the one before.
`seals.json` has every seal there was, because what the city's log holds is not sealed anew, and since when passkeys are.
"""

import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from alcaldia.broker.core import Broker
from alcaldia.broker.store import set_meta
from alcaldia.kernel.keyfiles import write_whole
from alcaldia.vault.rules.grant import Send
from alcaldia.vault.rules.text64 import to_bytes, to_text

_BEFORE, _RENEWING = "seals_before", "seal_renewing"


def seal(broker: Broker, send: Send) -> dict[str, Any]:
    """What stands in place of a passkey's assertion."""
    return {"code": to_text(broker.seal.sign(_claim(send)))}


def sealed_here(broker: Broker, send: Send, assertion: dict[str, Any]) -> bool:
    """Whether the broker itself noted, by this seal or one before, that the code of this request was presented."""
    try:
        signature = to_bytes(str(assertion["code"]))
    except ValueError:
        return False
    return any(_made(one, signature, _claim(send)) for one in (_public(broker), *_before(broker)))


def publish(broker: Broker) -> None:
    """Write `seal.pub` and `seals.json`, which only the broker's user may write."""
    old = _before(broker)[-1:] if broker.store.meta(_RENEWING) else []
    write_whole(broker.config.folder / "seal.pub", b"".join((_public(broker), *old)), mode=0o644)
    every = [to_text(one) for one in (*_before(broker), _public(broker))]
    told = json.dumps({"since": broker.sealing_since, "seals": every}).encode()
    write_whole(broker.config.folder / "seals.json", told, mode=0o644)


def renew(broker: Broker) -> None:
    """A new seal; the one before counts too until `renewed`. Asked again before that, it goes on with the same.

    A second broker keeps its seal: the city was handed it once, by hand (`keys/guardian.pub`).
    """
    if broker.config.second or broker.store.meta(_RENEWING):
        return
    made = Ed25519PrivateKey.generate()
    with broker.store.transaction() as connection:
        before = [to_text(one) for one in (*_before(broker), _public(broker))]
        set_meta(connection, _BEFORE, json.dumps(before))
        set_meta(connection, _RENEWING, "1")
    # After the old one is noted: killed here, the old one stays in force and nothing is lost.
    write_whole(broker.config.folder / "seal.key", made.private_bytes_raw(), mode=0o600)
    broker.seal = made
    publish(broker)


def renewed(broker: Broker) -> None:
    """Every vault is certified anew: from now on only the seal in force counts for them."""
    with broker.store.transaction() as connection:
        set_meta(connection, _RENEWING, "")
    publish(broker)


def _public(broker: Broker) -> bytes:
    return broker.seal.public_key().public_bytes_raw()


def _before(broker: Broker) -> list[bytes]:
    return [to_bytes(one) for one in json.loads(broker.store.meta(_BEFORE) or "[]")]


def _made(public: bytes, signature: bytes, claim: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, claim)
    except InvalidSignature:
        return False
    return True


def _claim(send: Send) -> bytes:
    return b"alcaldia coded permit " + send.challenge()
