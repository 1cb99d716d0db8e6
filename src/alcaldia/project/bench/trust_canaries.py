"""Ten thousand planted names, a day's work over them, and the search of everything an intruder could carry away."""

import asyncio
import logging
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alcaldia.broker import process
from alcaldia.project.bench import canaries
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


def run() -> dict[str, Any]:
    """How many were planted, where was searched, and how many were found in each kind of place (promised: 0)."""
    from django.conf import settings

    home = Path(settings.HOME)
    broker = process.running(home / "broker", settings.PUBLIC_URL)
    with tempfile.TemporaryDirectory(prefix="canaries-") as aside, broker:
        copy = Path(aside) / "copy"
        with _everything_logged(home / "logs"):
            names, numbers = _plant()
            memory = _served(names, numbers[:OWNERS], home / "logs" / "server.log")
            _alcaldia("backup", str(copy))
        return _searched(names, memory, home, copy)


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


def _plant() -> tuple[list[str], list[str]]:
    """Accounts of as many persons, through the import of the operator."""
    from alcaldia.vault.importing import import_accounts

    names = [canaries.canary(number) for number in range(HOW_MANY)]
    numbers = [f"B{number:06d}" for number in range(HOW_MANY)]
    rows = (
        {
            "cuenta": number, "clave": f"K{number}", "identificador": f"X{secrets.token_hex(6)}", "titular": name,
            "predial_pagado": "0.00", "predial_pendiente": "0.00", "agua_pagada": "0.00", "agua_pendiente": "0.00",
        }
        for name, number in zip(names, numbers, strict=True)
    )  # fmt: skip
    import_accounts(rows, town=TOWN, by="bench", channel="bench")
    return names, numbers


def _served(names: list[str], numbers: list[str], log: Path) -> dict[str, int]:
    """The web server shows the first names to owners and official, and is left alone; then its memory is searched."""
    owners = [_invited_owner(number) for number in numbers]
    groups = [list(zip(names, owners, strict=False))[at : at + EACH] for at in range(0, len(owners), EACH)]
    officials = [_invited_official(f"ada{at}") for at in range(len(groups))]
    port = unused_port()
    with serving(2, port, log=log, ALCALDIA_RENEW_SECONDS=str(RENEW)) as server:
        for official, group in zip(officials, groups, strict=True):
            asyncio.run(_a_day(port, official, group))
        at_work = canaries.workers_of(server.pid)
        memory = canaries.memory_of(*at_work)
        _wait_for_others(server.pid, at_work)
        everything = canaries.family(server.pid)
        return {
            "in_memory_at_work": len(canaries.found_in(memory, names)),
            "in_memory": len(canaries.found_in(canaries.memory_of(*everything), names)),
            "processes": len(everything),
        }


def _invited_official(username: str) -> str:
    """The link of an official of the treasury."""
    from django.utils import timezone

    from alcaldia.identity import actions
    from alcaldia.kernel.models import Municipality
    from alcaldia.project.accounts import ensure_post, official_named

    town, _ = Municipality.objects.get_or_create(slug=TOWN, defaults={"name": "Medición"})
    official = official_named(username, "Ada Ficticia")
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


async def _a_day(port: int, official_link: str, owners: list[tuple[str, str]]) -> None:
    """Each owner comes, reads their data, permits and reads who looked; the official looks."""
    official = Visitor(port)
    await official.enrol(official_link)
    for at, (name, link) in enumerate(owners):
        owner, case = Visitor(port), f"{CASE}-{at}"
        await owner.enrol(link)
        _check_shown(name, await owner.get("/boveda/"))
        await _permit(owner, case)
        found = await official.post("/oficina/datos/", {"case": case})
        permit = found.partition('name="permit" value="')[2].partition('"')[0]
        asked = {"case": case, "permit": permit, "fields": FIELD}
        _check_shown(name, await official.post("/oficina/datos/ver/", asked))
        await owner.get("/boveda/consultas/")
        owner.walker.close()
    official.walker.close()


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


def _wait_for_others(server: int, before: set[int]) -> None:
    """Until each of these workers has ended and as many new ones stand in their place."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        now = canaries.workers_of(server)
        if len(now) == len(before) and not now & before:
            return
        time.sleep(0.2)
    raise RuntimeError("the idle server did not renew its workers")


def _alcaldia(*words: str) -> None:
    command = [sys.executable, "-m", "alcaldia.project", *words]
    subprocess.run(command, env=child_environment(), check=True, stdout=subprocess.DEVNULL)


def _searched(names: list[str], memory: dict[str, int], home: Path, copy: Path) -> dict[str, Any]:
    def found(paths: Iterable[Path]) -> int:
        return sum(len(canaries.found_in(one.read_bytes(), names)) for one in paths)

    cluster = canaries.cluster()
    places = [home, copy, *cluster]
    hits = {
        "in_home": found(canaries.files_under(home)),
        "in_backup": found(canaries.files_under(copy)),
        "in_cluster": found(canaries.files_under(*cluster)),
        "in_dump": len(canaries.found_in(canaries.dump(), names)),
    }
    searched = sum(1 for _ in canaries.files_under(*places))
    total = sum(hits.values()) + memory["in_memory"]
    return {"planted": len(names), "files": searched, **hits, **memory, "found": total}
