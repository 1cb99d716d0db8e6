"""Registers whose signature counts: the key in force of each, and those before it for what they signed in their time."""

from typing import Any

from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules.provenance import Place, proven
from alcaldia.vault.rules.text64 import to_bytes

Keys = list[tuple[bytes, str]]
"""(raw public key, last day as ISO 8601 or "" for the one in force)."""


def add(broker: Broker, *, code: str, public: str) -> None:
    """A register whose signature counts; a second key for the same register is refused: see `replace`."""
    row = broker.store.one("SELECT public FROM source WHERE code = ?", code)
    if row is not None and row["public"] != to_bytes(public):
        raise Refusal(
            "source_exists",
            f"El registro «{code}» ya tiene otra llave. Para cambiarla: ./alcaldia keys rotate source --source {code}",
        )
    with broker.store.transaction() as connection:
        connection.execute("INSERT OR IGNORE INTO source VALUES (?, ?)", (code, to_bytes(public)))


def replace(broker: Broker, *, code: str, public: str) -> None:
    """From now on this key; the one before still proves what is dated until today. Repeating it is harmless."""
    row, fresh = broker.store.one("SELECT public FROM source WHERE code = ?", code), to_bytes(public)
    if row is not None and row["public"] == fresh:
        return
    with broker.store.transaction() as connection:
        if row is not None:
            today = broker.now().date().isoformat()
            connection.execute(
                "INSERT OR REPLACE INTO source_before VALUES (?, ?, ?)", (code, row["public"], today)
            )
        connection.execute("INSERT OR REPLACE INTO source VALUES (?, ?)", (code, fresh))


def forget_before(broker: Broker, *, code: str) -> int:
    """Believe no earlier key of the register any more, as where one was stolen and could date back; returns how many."""
    with broker.store.transaction() as connection:
        return int(connection.execute("DELETE FROM source_before WHERE code = ?", (code,)).rowcount)


def keys(broker: Broker, code: str) -> Keys:
    """Every key that may have signed for this register, the one in force first."""
    now = broker.store.all("SELECT public FROM source WHERE code = ?", code)
    before = broker.store.all(
        "SELECT public, until FROM source_before WHERE code = ? ORDER BY until DESC", code
    )
    return [*((row["public"], "") for row in now), *((row["public"], row["until"]) for row in before)]


def signed(held: dict[str, Any], place: Place, code: str, known: Keys) -> bool:
    """Did this register say it, with a key that was its own on the day that the value names?"""
    return held["source"] == code and any(
        proven(held, place, {code: public})
        for public, until in known
        if not until or str(held["date"])[:10] <= until
    )
