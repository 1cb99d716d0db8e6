"""A real Chromium against the real server of `./alcaldia demo`; skipped without one, failed under CI=true."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import missing

NAMES = ("chromium", "chromium-browser", "google-chrome")
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300
"""Seconds until the demo must answer, drawing and loading the town included (issue 2 asks for two minutes)."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        missing("No hay Chromium. En Debian: apt-get install chromium")
    # Software rendering: machines that run tests have no graphics card, and the map needs WebGL.
    flags = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    return {**browser_type_launch_args, "executable_path": path, "args": flags}


@pytest.fixture
def page(page):
    """Every journey fails on a console error, an uncaught exception, a CSP violation or an answer of 500."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on("console", lambda said: problems.append(f"{page.url}: {said.text}") if _serious(said) else None)
    page.on("response", lambda got: problems.append(f"{got.status} {got.url}") if got.status >= 500 else None)
    yield page
    assert not problems


def _serious(said) -> bool:
    """A page that answers 404 or 422 on purpose is noted by Chromium as a failed resource: that is no fault."""
    return said.type == "error" and "Failed to load resource" not in said.text


@pytest.fixture
def authenticator(page):
    """A passkey device in software, inside Chromium: it holds keys, knows its user and has PRF."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "hasPrf": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield session, made["authenticatorId"]
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": made["authenticatorId"]})


@pytest.fixture
def office(page, demo, home_folder, authenticator):
    """The page, inside the office as planning."""
    from tests.browser.helpers import enter_office

    enter_office(page, demo, home_folder)
    return page


@pytest.fixture(scope="session")
def home_folder(tmp_path_factory) -> Path:
    """ALCALDIA_HOME of the demo."""
    return tmp_path_factory.mktemp("demo-home")


@pytest.fixture(scope="session")
def demo(home_folder) -> Iterator[str]:
    """Address of the demo, served from a fresh home on the embedded engine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = home_folder
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"ALCALDIA_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "alcaldia.project", "demo", "--port", str(port), "--workers", "1"]
    with (home / "demo.log").open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, start_new_session=True)
    address = f"http://localhost:{port}"  # a passkey is bound to a name, never to a number
    try:
        wait_until_ready(address, process, home / "demo.log")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=PATIENCE)


def wait_until_ready(address: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    pytest.fail(f"./alcaldia demo no respondió en {PATIENCE} s:\n{log.read_text()[-2000:]}")
