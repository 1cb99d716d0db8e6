"""The way back after a clock that ran ahead: what was seen of that time would close every vault until it comes.

Only the operator's socket takes it, and it is a public leaf of the log: whoever turns the clock back to revive a permit
that ended is seen by everybody. A second broker has its own clock and believes no other.
"""

from typing import Any

from alcaldia.broker.core import Broker
from alcaldia.broker.store import set_meta
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules.decision import CLOCK_TOLERANCE


def accept(broker: Broker) -> dict[str, str]:
    """From now on the clock of now counts; everybody enters anew. Raises Refusal where it is not behind."""
    now, ahead = broker.config.now(), broker.latest
    if now >= ahead - CLOCK_TOLERANCE:
        raise Refusal("clock_right", "El reloj no está atrasado: no hay nada que aceptar y no cambió nada.")
    told = {"from": ahead.isoformat(), "to": now.isoformat()}
    with broker.store.transaction() as connection:
        broker.log.append([leaf(told)])
        set_meta(connection, "latest", told["to"])
    broker.begin_at(now)
    return told


def leaf(told: dict[str, Any]) -> bytes:
    """The public log entry of it."""
    return canonical({"v": 1, "type": "vault.clock", **told})
