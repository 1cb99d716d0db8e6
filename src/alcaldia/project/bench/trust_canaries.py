"""Ten thousand planted persons, a day's work over them, and the search of everything an intruder could carry away.

Each has a name, a key as long as a CURP and an amount that nobody else has; those who come also write down an address and
where to write to them.
"""

import asyncio
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alcaldia.broker import process
from alcaldia.project.backup import wal
from alcaldia.project.bench import canaries
from alcaldia.project.bench.clock import percentile
from alcaldia.project.bench.http import serving, unused_port
from alcaldia.project.bench.visitor import Visitor
from alcaldia.project.together import child_environment
from alcaldia.vault.rules.offices import office

HOW_MANY, OWNERS = int(os.environ.get("ALCALDIA_CANARIES", "10000")), 40
RENEW, PATIENCE = 2, 60
"""Seconds: after how many an idle server renews its workers here (300 elsewhere), and how long we wait for that."""
EACH = 8
"""Owners for one official, whom the broker lets look up ten cases a minute."""
TOWN, CASE, FIELD = "bench", "C-1", "identity.full_name"
ACCESSES, OFFICIAL, EVERY = "/boveda/consultas/", "Ada Ficticia", 1.0


def run() -> dict[str, Any]:
    """How many were planted, where was searched, and how many were found in each kind of place (promised: 0)."""
    from django.conf import settings

    home = Path(settings.HOME)
    with (
        tempfile.TemporaryDirectory(prefix="canaries-") as aside,
        _temporary_files_in(home / "tmp"),
        process.running(home / "broker", settings.PUBLIC_URL),
    ):
        copy = Path(aside) / "copy"
        with _everything_logged(home / "logs"):
            people = _plant()
            planted = [text for one in people for text in one.values()]
            memory, visible = _served(people[:OWNERS], planted, home / "logs" / "server.log")
            _alcaldia("backup", str(copy))
        found = _searched(planted, memory, home, copy)
    return {"planted": len(people), "values": len(planted), **found, "visible_ms": visible}


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Whatever a process started now lets lie in a temporary folder is searched with the rest."""
    before = dict(os.environ)
    folder.mkdir(exist_ok=True)
    os.environ.update(TMPDIR=str(folder))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _everything_logged(folder: Path) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    handler = logging.FileHandler(folder / "all.log")
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


@dataclass(frozen=True)
class Planted:
    """What one person has that nobody else has; `street` and `mail` are written by those who come."""

    number: str
    name: str
    id_code: str
    due: str
    street: str
    mail: str

    def values(self) -> tuple[str, ...]:
        """Every spelling that is searched."""
        return (self.name, self.id_code, self.due, canaries.grouped(self.due), self.street, self.mail)


def _person(at: int) -> Planted:
    made = (
        kind(at)
        for kind in (canaries.canary, canaries.id_code, canaries.amount, canaries.street, canaries.mail)
    )
    return Planted(f"B{at:06d}", *made)


def _plant() -> list[Planted]:
    """Accounts of as many persons, through the import of the operator."""
    from alcaldia.vault.importing import import_accounts

    people = [_person(number) for number in range(HOW_MANY)]
    rows = (
        {
            "cuenta": one.number, "clave": f"K{one.number}", "identificador": one.id_code, "titular": one.name,
            "predial_pagado": "0.00", "predial_pendiente": one.due, "agua_pagada": "0.00", "agua_pendiente": "0.00",
        }
        for one in people
    )  # fmt: skip
    report = import_accounts(rows, town=TOWN, by="bench", channel="bench")
    if report.faults or report.people != HOW_MANY:
        raise RuntimeError("not everything that should be planted was")
    return people


def _served(people: list[Planted], planted: list[str], log: Path) -> tuple[dict[str, int], dict[str, float]]:
    """The web server shows these people's data to them and to officials, and is left alone; then its memory is searched.

    Besides: p50 and p95 in ms from a look's answer to the page of its person that shows it.
    """
    owners = [(one, _invited_owner(one.number)) for one in people]
    groups = [owners[at : at + EACH] for at in range(0, len(owners), EACH)]
    visible: list[float] = []
    officials = [_invited_official(f"ada{at}") for at in range(len(groups))]
    port = unused_port()
    with serving(2, port, log=log, ALCALDIA_RENEW_SECONDS=str(RENEW)) as server:
        for official, group in zip(officials, groups, strict=True):
            visible += asyncio.run(_a_day(port, official, group))
        at_work, memory = _read_of(lambda: canaries.workers_of(server.pid))
        _wait_for_others(server.pid, at_work)
        everything, idle = _read_of(lambda: canaries.family(server.pid))
        found = {
            "in_memory_at_work": len(canaries.found_in(memory, planted)),
            "in_memory": len(canaries.found_in(idle, planted)),
            "processes": len(everything),
        }
    return found, {"p50": percentile(visible, 50), "p95": percentile(visible, 95)}


def _invited_official(username: str) -> str:
    """The link of an official of the treasury."""
    from django.utils import timezone

    from alcaldia.identity import actions
    from alcaldia.kernel.models import Municipality
    from alcaldia.project.accounts import ensure_post, official_named

    town, _ = Municipality.objects.get_or_create(slug=TOWN, defaults={"name": "Medición"})
    official = official_named(username, OFFICIAL)
    ensure_post(official, town, "treasury", "", timezone.localdate())
    return f"/oficina/invitacion/{actions.invite(owner=official)}"


def _invited_owner(number: str) -> str:
    """The link of whoever owns an account."""
    from alcaldia.identity import actions
    from alcaldia.identity.models import Person
    from alcaldia.vault import custodian

    subject = custodian.ask_as_operator("activation", kind="account", value=f"{TOWN} {number}")["subject"]
    person = Person.objects.filter(public_id=subject).first() or actions.create_person(public_id=subject)
    return f"/cuenta/activar/{actions.invite(owner=person)}/"


async def _a_day(port: int, official_link: str, owners: list[tuple[Planted, str]]) -> list[float]:
    """Each owner comes, writes down what is theirs, reads it, permits and watches who looks; the official looks.

    How many ms after each look's answer its owner had it before their eyes.
    """
    official, visible = Visitor(port), []
    await official.enrol(official_link)
    for at, (person, link) in enumerate(owners):
        owner, case = Visitor(port), f"{CASE}-{at}"
        await owner.enrol(link)
        await owner.post("/boveda/datos/contact/", {"email": person.mail, "phone": ""})
        await owner.post("/boveda/datos/address/", {"street": person.street})
        page = await owner.get("/boveda/")
        for value in (person.name, person.id_code, person.street, person.mail):
            _check_shown(value, page)
        await _permit(owner, case)
        watching = asyncio.create_task(_watched(owner, await owner.get(ACCESSES)))
        # The official comes at any moment of the page's second.
        await asyncio.sleep(EVERY * random.random())  # noqa: S311
        found = await official.post("/oficina/datos/", {"case": case})
        permit = found.partition('name="permit" value="')[2].partition('"')[0]
        asked = {"case": case, "permit": permit, "fields": FIELD}
        _check_shown(person.name, await official.post("/oficina/datos/ver/", asked))
        looked = time.perf_counter()
        visible.append(max(0.0, 1000 * (await watching - looked)))
        owner.walker.close()
    official.walker.close()
    return visible


async def _watched(owner: Visitor, page: str) -> float:
    """The moment at which the open page shows a look that it did not show: it asks each second, as its script does."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        await asyncio.sleep(EVERY)
        if json.loads(await owner.get(f"{ACCESSES}nuevas/"))["newest"] > _newest(page):
            _check_shown(OFFICIAL, await owner.get(ACCESSES))
            return time.perf_counter()
    raise RuntimeError("a look never came to the page of its person")


def _newest(page: str) -> int:
    return int(page.partition('data-newest="')[2].partition('"')[0])


async def _permit(owner: Visitor, case: str) -> None:
    asked = {
        "office": office(TOWN, "tesoreria"),
        "case": case,
        "purpose": "complete-file",
        "what": FIELD,
        "days": "1",
    }
    await owner.sign(await owner.post("/boveda/permisos/nuevo/", asked), "/boveda/permisos/dar/")


def _check_shown(name: str, page: str) -> None:
    if name not in page:
        raise RuntimeError("a page that should show a planted name did not")


def _read_of(processes: Callable[[], set[int]]) -> tuple[set[int], bytes]:
    """Processes and what their memory holds; listed again where one of them was renewed in between."""
    until = time.monotonic() + PATIENCE
    while True:
        found = processes()
        try:
            return found, canaries.memory_of(*found)
        except OSError:
            if time.monotonic() > until:
                raise


def _wait_for_others(server: int, before: set[int]) -> None:
    """Until each of these workers has ended and others stand in their place: while one is renewed there is one more."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        now = canaries.workers_of(server)
        if now and not now & before:
            return
        time.sleep(0.2)
    raise RuntimeError("the idle server did not renew its workers")


def _alcaldia(*words: str) -> None:
    command = [sys.executable, "-m", "alcaldia.project", *words]
    subprocess.run(command, env=child_environment(), check=True, stdout=subprocess.DEVNULL)


def _content(path: Path) -> bytes:
    """Of a database without giving up SQLite's locks: this process has it open and goes on with it."""
    return wal.reading(path).read() if ".sqlite3" in path.name else path.read_bytes()


def _searched(planted: list[str], memory: dict[str, int], home: Path, copy: Path) -> dict[str, Any]:
    def found(paths: Iterable[Path]) -> int:
        return sum(len(canaries.found_in(_content(one), planted)) for one in paths)

    cluster = canaries.cluster()
    places = [home, copy, *cluster]
    hits = {
        "in_home": found(canaries.files_under(home)),
        "in_backup": found(canaries.files_under(copy)),
        "in_cluster": found(canaries.files_under(*cluster)),
        "in_dump": len(canaries.found_in(canaries.dump(), planted)),
    }
    searched = sum(1 for _ in canaries.files_under(*places))
    total = sum(hits.values()) + memory["in_memory"]
    return {"files": searched, **hits, **memory, "found": total}
