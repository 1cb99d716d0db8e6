"""Split custody: persons' pairs at the second broker renewed together with the first one's, by leave of its own operator.

The city asks, the second custodian allows a suite for some days, and destroys the old pairs once the city says that
every half is sealed to the new ones. Without that leave a hacked city could renew pairs until old halves open no more.
"""

from datetime import datetime, timedelta
from typing import Any

from alcaldia.broker import accesses, subjects
from alcaldia.broker.core import Broker
from alcaldia.broker.store import set_meta
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import sealing, suites
from alcaldia.vault.rules.text64 import to_text

LONGEST = 30
_SUITE, _UNTIL = "renewing_suite", "renewing_until"


def allow(broker: Broker, *, suite: str, days: int) -> str:
    """At the second broker, by its operator: new pairs of this suite may be asked for until then (ISO 8601)."""
    if not broker.config.second:
        raise Refusal("not_second", "Este custodio no es el segundo: renueve con «./alcaldia broker rekey».")
    if suite not in suites.SUITES or not 1 <= days <= LONGEST:
        detail = f"Indique x25519 o mlkem768x25519, y de 1 a {LONGEST} días."
        raise Refusal("bad_renewal", detail)
    until = (broker.now() + timedelta(days=days)).isoformat()
    with broker.store.transaction() as connection:
        set_meta(connection, _SUITE, suite)
        set_meta(connection, _UNTIL, until)
    return until


def renew(broker: Broker, *, subject: str, suite: str, records: list[dict[str, Any]]) -> list[str]:
    """At the second broker, asked by the first: these records' other halves, sealed to the person's new pair of that name.

    No half leaves it open. Repeating it is harmless. Raises Refusal without its operator's leave.
    """
    until = broker.store.meta(_UNTIL)
    wanted = suites.read_name(suite)[0] if suites.known(suite) else ""
    if broker.store.meta(_SUITE) != wanted or not until or datetime.fromisoformat(until) < broker.now():
        detail = (
            "El segundo custodio no ha dado permiso de renovar sus llaves. Pida a quien lo opera: "
            f"./alcaldia broker allow-renewal {wanted}"
        )
        raise Refusal("no_renewal", detail, status=403)
    subjects.renew_pair(broker, subject, suite)
    _, public = broker.public_key(subject)
    found = []
    for told in records:
        record = sealing.read_record(told)
        secret = accesses.secret_for_rewrap(broker, subject, sealing.suite_of_half(record))
        found.append(to_text(sealing.resealed_half(record, secret, suite=suite, public=public)))
    return found


def retire(broker: Broker) -> int:
    """At the second broker, by its operator: destroy persons' old pairs and end the leave; returns how many."""
    if not broker.config.second:
        raise Refusal(
            "not_second", "Este custodio no es el segundo: sus llaves viejas se destruyen al renovar."
        )
    with broker.store.transaction() as connection:
        gone = connection.execute(
            "DELETE FROM keypair WHERE NOT current AND subject LIKE 'p\\_%' ESCAPE '\\'"
        ).rowcount
        set_meta(connection, _UNTIL, "")
    broker.store.checkpoint()
    return int(gone)
