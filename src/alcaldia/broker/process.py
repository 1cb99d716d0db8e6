"""The broker's process, for the commands that need one: found where it runs, started where it does not."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alcaldia.kernel.errors import Refusal
from alcaldia.vault.link import Link

START_SECONDS = 20.0
SOURCE = Path(__file__).resolve().parents[2]


def command(folder: Path, address: str) -> list[str]:
    """How it is started."""
    return [sys.executable, "-m", "alcaldia.broker", str(folder), address]


def environment() -> dict[str, str]:
    """Nothing of the web's secrets reaches the broker: it must not be able to open their database."""
    hidden = {"DATABASE_URL", "ALCALDIA_SECRET_KEY", "DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in hidden} | {
        "PYTHONPATH": str(SOURCE)
    }


def start(folder: Path, address: str) -> subprocess.Popen[bytes]:
    """A process that answers. Raises Refusal where it does not come up."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(command(folder, address), env=environment(), stdout=pipe, stderr=pipe)
    assert process.stdout is not None  # noqa: S101
    if process.stdout.readline() != b"ready\n":
        _, said = process.communicate()
        reason = said.decode().strip().splitlines()[-1:]
        raise Refusal("broker_down", f"La bóveda no pudo arrancar. {''.join(reason)}".strip())
    return process


def launch(folder: Path, address: str) -> subprocess.Popen[bytes]:
    """A broker that ends with this process, for commands that serve. Raises Refusal where it does not come up."""
    given = environment() | {"ALCALDIA_BROKER_PARENT": str(os.getpid())}
    process = subprocess.Popen(command(folder, address), env=given, stdout=subprocess.DEVNULL)
    until = time.monotonic() + START_SECONDS
    while not answers(folder):
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            process.wait()
            raise Refusal("broker_down", "La bóveda no pudo arrancar; el motivo está arriba.")
        time.sleep(0.05)
    return process


def answers(folder: Path) -> bool:
    """Is one running already?"""
    try:
        Link(folder / "web" / "socket", timeout=3).ask("health")
    except Refusal as refusal:
        return refusal.code != "broker_down"
    return True


@contextmanager
def running(folder: Path, address: str) -> Iterator[None]:
    """The broker that runs, or one for the length of this block."""
    if answers(folder):
        yield
        return
    process = start(folder, address)
    try:
        yield
    finally:
        process.terminate()
        process.communicate(timeout=20)
