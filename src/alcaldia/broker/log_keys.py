"""New keys for the log of accesses: two public leaves of the log itself say so, and the old key is destroyed.

Whoever checked the log until now learns of the change from a statement that the old keys signed (`Keyring.statements`).
"""

from alcaldia.broker.core import Broker
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.rules.note import Algorithm

ADDED, RETIRED = "log.key_added", "log.key_retired"
ROTATED = {one.name: one for one in (Algorithm.ED25519, Algorithm.ML_DSA_44)}


def rotate(broker: Broker, *, algorithm: str) -> str:
    """The new verifier key (C2SP text) of that algorithm. Killed in between, both keys sign and it may be repeated."""
    kind = ROTATED.get(algorithm)
    if kind is None:
        raise Refusal("bad_algorithm", f"Indique uno de: {', '.join(ROTATED)}.")
    old = [row.key for row in broker.log.keys().keys if row.until is None and row.key.algorithm is kind]
    [place] = broker.log.append([_leaf(ADDED, algorithm=algorithm)])
    new = broker.log.keyring.add(kind, since=place + 1)
    for key in old:
        [place] = broker.log.append([_leaf(RETIRED, vkey=key.text())])
        broker.log.keyring.retire(key, until=place)
    return new.text()


def _leaf(what: str, **told: str) -> bytes:
    return canonical({"v": 1, "type": what, **told})
