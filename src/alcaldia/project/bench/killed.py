"""kill -9 at random while ten thousand requests are sent and paid over HTTP: what was acknowledged is there, once.

Citizens do as people do: what does not answer they load again, and the same button they press a second time. Victims are
drawn by chance: the whole server with its vault, one of its workers, the city's clock, and on PostgreSQL one of the
database's own processes, after which it starts over.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection

from alcaldia.ledger import audit
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import engine
from alcaldia.procedures.models import Case
from alcaldia.project.bench import cases
from alcaldia.project.bench.http import broker
from alcaldia.project.bench.walker import Page, Walker
from alcaldia.project.commands import clock, serve
from alcaldia.project.payments import bank

CASES = int(os.environ.get("ALCALDIA_KILLED_CASES", "10000"))
PORT = 8473
PAUSE = (5.0, 15.0)
"""Seconds between two kills, counted from when the city answers again: most leave time for a hundred cases."""
INTO_A_RESTART = 0.2
"""The share of kills that do not wait for that."""
PATIENCE = 60.0
COMMANDS = {
    "server": [sys.executable, "-m", "alcaldia.project", "serve", "--port", str(PORT)],
    "clock": clock.command(),
}


CHARGED = "SELECT c.folio, SUM(p.cents - p.returned) AS cents FROM payments p JOIN charges c ON c.id = p.charge GROUP BY c.folio"


class DraftGone(Exception):
    """Its last answers had not reached the disk when the database fell (kernel/durability.py): nothing was sent yet."""


class Patient(Walker):
    """A citizen who asks again for what did not answer, for a minute, and begins again where the draft is gone.

    `again` and `anew` count how often all of them did.
    """

    again = anew = 0

    async def _ask(self, method: str, path: str, body: bytes, kind: str) -> Page:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(OSError, asyncio.IncompleteReadError):
                page = await super()._ask(method, path, body, kind)
                if path.startswith("/borrador/") and _lost(path, page):
                    self.failed -= page.status >= 400
                    raise DraftGone
                if page.status < 500:
                    return page
                self.failed -= 1
            self.close()
            Patient.again += 1
            await asyncio.sleep(0.2)
        raise RuntimeError(f"{path}: nobody answered for {PATIENCE:.0f} s")


def _lost(path: str, page: Page) -> bool:
    """Is the draft gone, or does it miss an answer, so that who sends it is led back to a step?"""
    return page.status in {404, 422} or (
        path.endswith("/revisar/") and page.location.startswith("/borrador/")
    )


async def _sent_and_paid(walker: Walker) -> bytes:
    while True:
        try:
            return await cases.paid(walker)
        except DraftGone:
            Patient.anew += 1


@dataclass
class City:
    """The processes of one installation, started again as a service manager would; `killed` counts victims by name."""

    chance: random.Random
    killed: Counter[str] = field(default_factory=Counter)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def keep_up(self) -> None:
        for name, command in COMMANDS.items():
            if name not in self.running or self.running[name].poll() is not None:
                self.running[name] = subprocess.Popen(
                    command, env=serve.child_environment(), start_new_session=True
                )

    def strike(self) -> None:
        """kill -9 one of them. Raises ProcessLookupError where it died on its own account meanwhile."""
        victim = self.chance.choice(["server", "child", "clock", *_databases()])
        if victim in COMMANDS:
            os.killpg(self.running[victim].pid, signal.SIGKILL)
            self.running[victim].wait()
        else:
            found = _children(self.running["server"].pid) if victim == "child" else _sessions()
            if not found:
                return
            os.kill(self.chance.choice(found), signal.SIGKILL)
        self.killed[victim] += 1

    def end(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(timeout=30)


def run() -> dict[str, Any]:
    """How many were killed, how many had to ask again, and what does not add up at the end; all of that should be 0."""
    os.environ["ALCALDIA_BANK"] = "simulated"
    cases.town_of_cases()
    serve.prepare()
    city = City(random.Random(2026))  # noqa: S311 - who is killed, the same in each run
    city.keep_up()
    try:
        with broker():
            figures = asyncio.run(_under_fire(city))
    finally:
        city.end()
    connection.close()  # it fell with the first database that was struck
    return {
        **{name: figures[name] for name in ("per_second", "failed", "request_p99_ms")},
        "asked_again": Patient.again, "begun_anew": Patient.anew, "killed": dict(city.killed), "broken": {**cases.broken(CASES), **_books()},
    }  # fmt: skip


async def _under_fire(city: City) -> dict[str, float]:
    """The figures of those who sent. Raises what ended the killing early: without it they would prove nothing."""
    fire = asyncio.create_task(_fire(city))
    try:
        return await cases.drive(PORT, CASES, _sent_and_paid, Patient, afterwards=fire.cancel)
    finally:
        fire.cancel()
        with suppress(asyncio.CancelledError):
            await fire


async def _fire(city: City) -> None:
    """Until cancelled."""
    while True:
        await _kept_up(city, city.chance.uniform(*PAUSE))
        patient = city.chance.random() > INTO_A_RESTART
        while patient and not await _answers():
            await _kept_up(city, 1.0)
        # In a thread: Django refuses its database to whoever runs an event loop.
        with suppress(ProcessLookupError, DatabaseError):
            await asyncio.to_thread(city.strike)


async def _kept_up(city: City, seconds: float) -> None:
    """So long; what fell is started again at once, and once a second where it falls again (its port may not be free yet)."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        city.keep_up()
        await asyncio.sleep(min(1.0, max(0.0, until - time.monotonic())))


async def _answers() -> bool:
    walker = Walker(PORT)
    try:
        async with asyncio.timeout(2):
            return (await walker.get("/health")).status == 200
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
    finally:
        walker.close()


def _children(master: int) -> list[int]:
    """The server's workers and, while it was started with it, the vault's process."""
    with suppress(OSError):
        return [int(one) for one in Path(f"/proc/{master}/task/{master}/children").read_text().split()]
    return []


def _databases() -> list[str]:
    return ["database"] if connection.vendor == "postgresql" else []


def _sessions() -> list[int]:
    """The database's processes that work for somebody else than us."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            return [pid for (pid,) in cursor.fetchall()]
    finally:
        connection.close()


def _books() -> dict[str, int]:
    """Cases that are not what their events say, acts that the log does not prove, money that the bank and we do not agree on."""
    connection.close()
    rows = Case.objects.select_related("municipality", "definition").iterator()
    charged = {row["folio"]: row["cents"] for row in bank().store.all(CHARGED)}
    paid = dict(PaymentOrder.objects.filter(state="paid").values_list("folio", "total"))
    return {
        "not_as_told": sum(engine.state_of(row).state.value != row.state for row in rows),
        "log": len(audit.replay().problems),
        "money": sum(charged.get(folio) != total * 100 for folio, total in paid.items())
        + len(charged.keys() - paid),
    }
