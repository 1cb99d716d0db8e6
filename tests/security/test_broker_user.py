"""The broker under a user of its own: the web's user talks to its socket and reads nothing of it, on disk or in memory."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.conftest import ROOT, missing
from tests.factories.custody_process import ADDRESS

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root starts processes of other users; run the tests as root"
)
WEB = """
import ctypes, json, os, pathlib, sys
from alcaldia.kernel.errors import Refusal
from alcaldia.project.bench.trust_vault import Key, _subject
from alcaldia.vault.link import Link

folder, pid, files = pathlib.Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])

def can(what):
    try:
        what()
    except (OSError, Refusal):
        return False
    return True

def attached():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, int(pid), None, None):
        raise OSError(ctypes.get_errno())

print(json.dumps({
    "registers": can(lambda: Link(folder / "web" / "socket").ask("register_keys", rows=[["pueblo", "water", "1"]])),
    "asks": can(lambda: Key(Link(folder / "web" / "socket"), _subject("p"), {"kind": "new"})),
    "operates": can(lambda: Link(folder / "operator" / "socket").ask("counts")),
    "lists": can(lambda: os.listdir(folder)),
    "read": [one for one in files if can(lambda: open(one, "rb").read(1))],
    "writes": can(lambda: (folder / "x").touch()) or can(lambda: (folder / "web" / "x").touch()),
    "replaces": can(lambda: (folder / "web" / "socket").unlink()),
    "process": [name for name in ("mem", "environ", "maps", "fd") if can(lambda: os.listdir(f"/proc/{pid}/fd") if name == "fd" else open(f"/proc/{pid}/{name}", "rb").read(1))],
    "traces": can(attached),
}))
"""


def user(*names):
    """The number of a user without rights that this system has."""
    for name in names:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    missing(f"none of these users is here: {', '.join(names)}")


@pytest.fixture(scope="module")
def users():
    """Broker, web, and somebody else."""
    found = user("nobody"), user("www-data", "daemon"), user("games", "mail", "bin")
    tried = subprocess.run([sys.executable, "-c", "import alcaldia.broker.server"], user=found[0], group=found[0],
                           extra_groups=[], env={"PYTHONPATH": str(ROOT / "src")}, cwd="/", capture_output=True, check=False)  # fmt: skip
    if tried.returncode:
        missing("other users may not read the program here; put it where they may")
    return found


@pytest.fixture(scope="module")
def place(users):
    """A home of the web's, with the broker's two folders as docs/manual/operadores.md says."""
    broker, web, _ = users
    home = Path(tempfile.mkdtemp(prefix="apart-"))
    for folder, owner, mode in (
        (home, web, 0o711), (home / "broker", broker, 0o711), (home / "public", web, 0o755), (home / "public" / "logs", web, 0o755),
        (home / "public" / "logs" / "accesses", broker, 0o755),
    ):  # fmt: skip
        folder.mkdir(exist_ok=True)
        os.chown(folder, owner, owner)
        folder.chmod(mode)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def running(users, place):
    """The broker's process, under its own user, as long as a test lasts."""
    broker, web, _ = users
    given = {"PYTHONPATH": str(ROOT / "src"), "ALCALDIA_BROKER_CLIENTS": str(web)}
    command = [sys.executable, "-m", "alcaldia.broker", str(place / "broker"), ADDRESS]
    process = subprocess.Popen(command, env=given, user=broker, group=broker, extra_groups=[], cwd="/", stdout=subprocess.PIPE)  # fmt: skip
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.terminate()
    process.communicate(timeout=20)


def tried(place, process, uid):
    """What a process of that user can do."""
    files = [str(one) for one in sorted((place / "broker").rglob("*")) if one.is_file()]
    words = [sys.executable, "-c", WEB, str(place / "broker"), str(process.pid), json.dumps(files)]
    done = subprocess.run(words, env={"PYTHONPATH": str(ROOT / "src")}, user=uid, group=uid, extra_groups=[], cwd="/",
                          capture_output=True, text=True, check=True)  # fmt: skip
    return files, json.loads(done.stdout)


def test_the_webs_user_asks_by_the_socket_and_reads_neither_store_nor_keys_nor_log(users, place, running):
    _, first = tried(place, running, users[1])
    assert first["registers"]
    files, told = tried(place, running, users[1])
    names = {Path(one).name for one in files}
    assert {"broker.sqlite3", "seal.key", "index.key", "registers.key"} <= names
    assert (place / "broker" / "kek").is_dir()
    assert {Path(one).name for one in told["read"]} <= {"seal.pub", "seals.json", "origin"}
    asked = ("asks", "operates", "lists", "writes", "replaces")
    assert [told[name] for name in asked] == [True, False, False, False, False]


def test_nor_the_memory_of_its_process(users, place, running):
    _, told = tried(place, running, users[1])
    assert (told["process"], told["traces"]) == ([], False)


def test_somebody_else_is_not_answered(users, place, running):
    _, told = tried(place, running, users[2])
    assert (told["asks"], told["operates"], told["traces"]) == (False, False, False)


def test_not_even_its_own_user_reads_its_memory(users, place, running):
    """Where web and broker share a user, as in the demo, a hacked web still cannot take keys out of memory."""
    _, told = tried(place, running, users[0])
    assert (told["process"], told["traces"]) == ([], False)


def test_the_public_log_of_accesses_is_for_everybody(users, place, running):
    """Witnesses and the web read it; the broker writes it although everything else of its is closed."""
    tried(place, running, users[1])
    running.terminate()
    running.wait(timeout=20)
    found = list((place / "public" / "logs" / "accesses").rglob("*"))
    assert "checkpoint" in {one.name for one in found}
    assert all(one.stat().st_mode & (0o005 if one.is_dir() else 0o004) for one in found)
