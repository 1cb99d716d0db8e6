"""What a person is told: their accesses with proofs."""

from typing import Any

from alcaldia.broker import accesses, subjects
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import NotFound
from alcaldia.vault.rules import access
from alcaldia.vault.rules.text64 import to_bytes

LISTS: dict[str, tuple[str, ...]] = {
    "": (),
    "others": access.BY_OTHERS,
    "mentions": (access.MENTIONED,),
    "numbers": (access.NUMBERED,),
    "own": tuple(
        kind for kind in access.LABELS if kind not in (*access.BY_OTHERS, access.MENTIONED, access.NUMBERED)
    ),
}
"""What a person may ask for → its kinds: what many do to one list pushes nothing out of another."""


def my_accesses(
    broker: Broker, *, token: str, before: int = 2**62, limit: int = 100, of: str = "", skip: int = 0
) -> list[dict[str, Any]]:
    """Newest first; each with id, place in the log and the event. `of` is one of LISTS."""
    person = subjects.person_session(broker, token)
    kinds = LISTS.get(of, ())
    found = accesses.told_to(broker, person, before=before, limit=min(limit, 500), kinds=kinds, skip=skip)
    return [{key: value for key, value in one.items() if key != "salt"} for one in found]


def my_newest(broker: Broker, *, token: str) -> int:
    """The id of the newest access (0: none), without keeping the session alive: what a page polls."""
    session = broker.sessions.find(token, broker.now(), touch=False)
    if session is None:
        return 0
    row = broker.store.one("SELECT max(id) AS id FROM access WHERE person = ?", session.who.subject)
    return int(row["id"] or 0) if row else 0


def my_proof(broker: Broker, *, token: str, id: int) -> dict[str, Any]:
    """The file that proves one access offline. Raises NotFound."""
    person = subjects.person_session(broker, token)
    found = accesses.told_to(broker, person, before=id + 1, limit=1)
    if not found or found[0]["id"] != id or found[0]["place"] is None:
        raise NotFound("access_unknown", "Esa consulta no está entre las suyas.")
    receipt = broker.log.receipt(found[0]["place"])
    return access.proof(found[0]["event"], to_bytes(found[0]["salt"]), receipt, broker.log.keys().text())
