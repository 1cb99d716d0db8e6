"""Over HTTP: two server processes and the client on the same two cores."""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alcaldia.broker.process import running
from alcaldia.kernel.models import Municipality
from alcaldia.project import environment
from alcaldia.project.bench import city, load
from alcaldia.project.bench.places import place
from alcaldia.project.commands import serve
from alcaldia.project.together import PATIENCE

REQUESTS = 4000


def unused_port() -> int:
    """One on which nobody listens: the server would share another's in silence."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def healthy(address: str) -> bool:
    """Does the server there answer that it is well?"""
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=1) as answer:
            return int(answer.status) == 200
    except OSError:
        return False


@contextmanager
def server(workers: int = 0) -> Iterator[int]:
    """The production server on this home and engine, with as many processes as it takes; yields its port when /health answers."""
    port = unused_port()
    with serving(workers or serve.processes(), port):
        yield port


@contextmanager
def serving(
    workers: int, port: int, *, log: Path | None = None, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    """The same on this port, with a broker; yields its process. What it says goes to `log`, `settings` into its environment."""
    serve.prepare()
    command, given = serve.command("127.0.0.1", port, workers), serve.child_environment() | settings
    with broker(), log.open("ab") if log else nullcontext() as said:
        process = subprocess.Popen(command, env=given, stdout=said, stderr=said)
        try:
            for _ in range(100):
                if healthy(f"http://127.0.0.1:{port}"):
                    break
                time.sleep(0.1)
            yield process
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def broker() -> AbstractContextManager[None]:
    """The broker of this home, which opens its registers."""
    return running(environment.home() / "broker", environment.public_url())


def run(parcel_count: int = 20_000) -> dict[str, Any]:
    """Rulings with the processes of production; archive and cached tiles with one."""
    if not Municipality.objects.filter(slug=city.SLUG).exists():
        city.build(parcel_count, zones=100, layers=150)
    base = f"/api/v1/municipalities/{city.SLUG}"
    keys = [f"P{i * 3:07d}" for i in range(REQUESTS)]
    figures: dict[str, Any] = {}
    with server() as port:
        asked = [
            load.post(
                f"{base}/rulings/land-use",
                port,
                {"parcel": k, "activity": city.ACTIVITIES[i % 100], "area_m2": 40},
            )
            for i, k in enumerate(keys)
        ]
        load.drive(port, asked[:400])
        figures["rulings"] = load.drive(port, asked).figures()
    with server(1) as port:
        x, y = place(*city._inside(0, 100), 13)
        tiles = [load.get(f"/tiles/{city.SLUG}/zones/13/{x}/{y}.mvt?v=1", port)] * REQUESTS
        load.drive(port, tiles[:400])
        figures["pmtiles_one_process"] = load.drive(port, tiles).figures()
    return figures
