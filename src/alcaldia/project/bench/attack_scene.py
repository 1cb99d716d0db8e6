"""The demo as it is served, with people inside whose cookies an attack may carry."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from alcaldia.kernel.errors import Refusal
from alcaldia.project import environment
from alcaldia.project.bench import cases
from alcaldia.project.bench.attack_doors import CITIZEN, PEOPLE, STRANGER, TOWN
from alcaldia.project.bench.http import healthy, unused_port
from alcaldia.project.bench.visitor import Visitor
from alcaldia.project.bench.walker import Walker
from alcaldia.project.together import PATIENCE, child_environment

READY = 240
"""Seconds until the demo has its town and everybody's accounts."""


@dataclass(frozen=True)
class Scene:
    """`cookies`: who → header; `known`: what the templates of DOORS name."""

    address: str
    cookies: dict[str, str]
    known: dict[str, str]

    def walker(self, who: str) -> Walker:
        """Somebody's connection of their own."""
        walker = Walker(int(self.address.rpartition(":")[2]))
        walker.cookies = dict(one.split("=", 1) for one in self.cookies[who].split("; "))
        return walker


@contextmanager
def scene() -> Iterator[Scene]:
    """`./alcaldia demo` on this home, everybody inside, and nobody told to wait."""
    with demo() as address, uncounted():
        known = _facts()
        cookies = asyncio.run(_cookies(int(address.rpartition(":")[2]), known))
        yield Scene(address, cookies, known)


@contextmanager
def demo() -> Iterator[str]:
    """Address of the demo, when everybody's accounts are in."""
    address = f"http://localhost:{unused_port()}"
    command = [sys.executable, "-m", "alcaldia.project", "demo", "--workers", "2", "--port", address.rpartition(":")[2]]  # fmt: skip
    process = subprocess.Popen(
        command,
        env=child_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(address)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=PATIENCE)


def _wait(address: str) -> None:
    taken = environment.home() / "broker" / "demo_accounts"
    for _ in range(READY):
        if taken.exists() and healthy(address):
            return
        time.sleep(1)
    raise Refusal("no_demo", f"La demostración no respondió en {READY} s.")


@contextmanager
def uncounted() -> Iterator[None]:
    """The web's counts are emptied: an attack that only meets the limits proves nothing of what lies behind them."""
    from alcaldia.web.components import rate

    done = threading.Event()

    def forget() -> None:
        while not done.wait(0.5):
            rate.forget()

    thread = threading.Thread(target=forget)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _facts() -> dict[str, str]:
    """What the database knows: a parcel, a day, and a counter's token."""
    from alcaldia.counters import actions
    from alcaldia.kernel.models import Municipality
    from alcaldia.land.models import Parcel

    town = Municipality.objects.get(slug="demo")
    parcel = Parcel.objects.filter(version__dataset__municipality=town).order_by("pk")[100]
    token = actions.add_device(town=town, name="M1", by="bench", channel="bench")
    return {"key": parcel.key, "parcel": parcel.public_id, "day": time.strftime("%Y-%m-%d"), "token": token}


async def _cookies(port: int, known: dict[str, str]) -> dict[str, str]:
    """Those of each of PEOPLE, their keys registered; the stranger's draft, case and order are added to `known`."""
    links = json.loads((environment.home() / "keys" / "demo_links").read_text(encoding="utf-8"))
    cookies = {}
    for who in PEOPLE:
        visitor = Visitor(port, origin=f"http://localhost:{port}")
        door = f"/cuenta/activar/{links[who]}/" if who == CITIZEN else f"/oficina/invitacion/{links[who]}"
        await visitor.enrol(door)
        cookies[who] = _header(visitor.walker)
        visitor.walker.close()
    walker = Walker(port)
    known |= await _begun(walker)
    cookies[STRANGER] = _header(walker)
    walker.close()
    return cookies


async def _begun(walker: Walker) -> dict[str, str]:
    sent = await cases.send(walker, *cases.WITH_FEE, "demo")
    order = re.search(rb"/pagar/([A-Z0-9-]+)/", (await walker.get(sent)).body)
    draft = (await walker.post(f"{TOWN}/tramite/{cases.WITH_FEE[0]}/empezar/", {})).location
    if order is None or not draft.startswith("/borrador/"):
        raise Refusal("no_case", "La demostración no recibió una solicitud; sin ella no hay qué atacar.")
    return {"folio": sent.split("/")[2], "order": order[1].decode(), "draft": draft.partition("?")[0]}


def _header(walker: Walker) -> str:
    return "; ".join(f"{name}={value}" for name, value in walker.cookies.items())
