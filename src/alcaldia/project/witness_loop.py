"""The worker that has new checkpoints witnessed: it looks five times a second and asks all at once.

Once an hour it looks whether a month ended: then everybody's summary of who used their data is due.
"""

import sys
import time

import httpx
from django.db import DatabaseError, connection

from alcaldia.kernel import outbound
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger import timestamps, witnessing
from alcaldia.ledger.rules.policy import BadPolicy
from alcaldia.vault import digests

EVERY = 0.2
MINUTE, HOUR = 60.0, 3600.0
IDLE = 5.0
"""Seconds between looks at a policy file that is not there, or is wrong."""


def once() -> int:
    """One round; says in Spanish how it went. 1 where the quorum is missing."""
    try:
        rules = witnessing.policy()
    except BadPolicy as error:
        raise Refusal("bad_policy", f"keys/witness-policy.txt: {error}") from error
    if not rules.witnesses:
        raise Refusal(
            "no_witnesses",
            "Todavía no hay testigos. Escriba keys/witness-policy.txt como explica docs/manual/testigos.md.",
        )
    with _client() as client:
        done = witnessing.run_rounds(client)
    for head in done:
        names = ", ".join(head.cosignatures.values_list("witness", flat=True)) or "nadie"
        sys.stdout.write(f"{head.log}: {head.size} anotaciones; firmaron: {names}.\n")
    if not done:
        sys.stdout.write("No hay nada nuevo que firmar.\n")
    return int(any(not head.has_quorum for head in done))


def forever() -> int:
    """Rounds until somebody ends the process; a problem is said once and does not end it."""
    said, monthly = "", Monthly()
    with _client() as client:
        while True:
            problem = turn(client)
            if problem and problem != said:
                sys.stderr.write(problem + "\n")
            said = problem
            monthly.look()
            time.sleep(EVERY if witnessing.policy_path().exists() and not problem else IDLE)


def turn(client: httpx.Client) -> str:
    """One look of the worker: witnesses, then the hourly stamp of each log; a sentence where it did not end well."""
    try:
        witnessing.run_rounds(client)
        for source in witnessing.sources() if timestamps.authorities() else ():
            if timestamps.is_due(source):
                timestamps.stamp(source, client)
    except BadPolicy as error:
        return f"keys/witness-policy.txt: {error}"
    except (DatabaseError, OSError, Refusal) as error:
        connection.close()
        return f"La vuelta de testigos no terminó: {error}"
    return ""


class Monthly:
    """Once an hour: is a month's summary due? A broker that is down is asked again the next hour.

    While messages of it wait to be handed over, each minute a batch: of a big city they are many.
    """

    def __init__(self) -> None:
        self._next = 0.0

    def look(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + HOUR
        try:
            digests.run()
            self._next = time.monotonic() + (MINUTE if digests.waiting() else HOUR)
        except (DatabaseError, OSError, Refusal) as error:
            connection.close()
            sys.stderr.write(f"El resumen del mes queda para la próxima hora: {error}\n")


def _client() -> httpx.Client:
    return outbound.client(_allowed)


def _allowed() -> list[str]:
    """Those of the policy as it is now, and the authorities of time."""
    try:
        asked = [witness.url for witness in witnessing.policy().witnesses]
    except BadPolicy:
        asked = []
    return [*asked, *timestamps.authorities()]
