"""The ransom drill: a city that works, everything killed and wiped, and what comes back from the backup.

All of it happens in a temporary folder; the installation is not touched.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from alcaldia.project import environment, postgres
from alcaldia.project.backup import council
from alcaldia.project.backup.check import prove
from alcaldia.project.backup.restore import restore
from alcaldia.project.progress import bar

CITIZENS = """
import sys, time
from alcaldia.project import django_setup
django_setup.start()
from alcaldia.land.models import Parcel
from alcaldia.procedures import actions
keys = list(Parcel.objects.exclude(key="").order_by("id").values_list("key", flat=True)[:4000])
for key in keys:
    try:
        ruling = actions.issue_land_use_ruling(
            municipality=sys.argv[1], parcel=key, activity="461110", area_m2=40, by="drill", channel="drill"
        )
    except Exception:
        continue
    print(time.time(), ruling.folio, flush=True)
"""
FOUND = """
import json, sys
from alcaldia.project import django_setup
django_setup.start()
from alcaldia.ledger.models import Entry
wanted = json.load(sys.stdin)
have = set(Entry.objects.filter(type="land.ruling_issued").values_list("folio", flat=True))
json.dump([folio for folio in wanted if folio not in have], sys.stdout)
"""
LOAD = """
from alcaldia.project import django_setup
django_setup.start(migrate=True)
from alcaldia.project.commands import demo
demo.load()
"""


BESIDE = {
    "identity/trust/ensayo.pem": "autoridad de confianza",
    "identity/trust/ensayo.crl": "revocados",
    "identity/ensayo.toml": "# client_secret\n",
    "keys/payments.toml": "# secret_key\n",
    "keys/witness-policy.txt": "quorum none\n",
}
"""What only operators write: without it the city comes back and nobody enters by e.firma, identity provider or pays."""


@dataclass(frozen=True)
class Scene:
    """The city that is struck: the code that fills an empty home, its slug, and how many seconds it works."""

    load: str = LOAD
    slug: str = "demo"
    seconds: float = 8.0


@dataclass(frozen=True)
class Outcome:
    """Seconds to restore and to prove; acts acknowledged and lost; seconds before the blow of which acts were lost."""

    restore_s: float
    prove_s: float
    acknowledged: int
    lost: int
    lost_s: float
    entries: int
    documents_remade: int
    backup_mb: float
    problems: list[str]


def drill(scene: Scene = Scene(), *, with_postgres: bool = False) -> dict[str, Any]:
    """Play it through on one engine and say how it ended."""
    with tempfile.TemporaryDirectory(prefix="alcaldia-drill-") as place:
        folder = Path(place)
        with postgres.server(durable=True) if with_postgres else nullcontext("") as url:
            bar(0.1, "Poblando una ciudad de prueba")
            words = _city(scene, folder / "home", url)
            bar(0.4, "La ciudad trabaja y se respalda")
            told, struck = _work(scene, folder, url)
        shutil.rmtree(folder / "home")
        bar(0.7, "Todo borrado; restaurando")
        return asdict(_come_back(folder, words, told, struck, with_postgres))


def _city(scene: Scene, home: Path, url: str) -> list[str]:
    """The scene's city in `home`, with a council; returns its parts."""
    _python(home, url, scene.load)
    public, words = council.split(3, 2)
    (home / "keys" / "council.pub").write_text(public.hex() + "\n", encoding="ascii")
    for name, text in BESIDE.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    return words


def not_back(home: Path) -> list[str]:
    """What the operator had put beside the databases and is not there as it was; sentences."""
    there = {name: (home / name).read_text(encoding="utf-8") for name in BESIDE if (home / name).exists()}
    return [f"No volvió {name}." for name, text in BESIDE.items() if there.get(name) != text]


def _work(scene: Scene, folder: Path, url: str) -> tuple[dict[str, float], float]:
    """Citizens ask while the backup follows, until both are killed; acknowledged folios with their moment."""
    home = folder / "home"
    words = [
        sys.executable,
        "-m",
        "alcaldia.project",
        "backup",
        str(folder / "copy"),
        "--follow",
        "--every",
        "0.5",
    ]
    backup = subprocess.Popen(words, env=_given(home, url), stdout=subprocess.PIPE, start_new_session=True)
    assert backup.stdout is not None  # noqa: S101
    backup.stdout.readline()
    citizens = subprocess.Popen(
        [sys.executable, "-c", CITIZENS, scene.slug], env=_given(home, url), stdout=subprocess.PIPE, text=True
    )
    assert citizens.stdout is not None  # noqa: S101
    told: dict[str, float] = {}
    until = time.time() + scene.seconds
    for line in citizens.stdout:
        moment, folio = line.split()
        told[folio] = float(moment)
        if time.time() > until:
            break
    struck = time.time()
    citizens.kill()
    os.killpg(backup.pid, signal.SIGKILL)
    for process in (citizens, backup):
        process.wait()
        if process.stdout:
            process.stdout.close()
    return told, struck


def _come_back(
    folder: Path, words: list[str], told: dict[str, float], struck: float, with_postgres: bool
) -> Outcome:
    began = time.monotonic()
    back = folder / "back"
    found = restore(folder / "copy", back, parts=words[:2])
    with _server(back, with_postgres) as url:
        restored = time.monotonic()
        proof = prove(back, found.heads, url)
        proven = time.monotonic()
        lost = json.loads(_python(back, url, FOUND, json.dumps(sorted(told))))
    size = sum(path.stat().st_size for path in (folder / "copy").rglob("*") if path.is_file())
    first = min((told[folio] for folio in lost), default=struck)
    return Outcome(
        round(restored - began, 2), round(proven - restored, 2), len(told), len(lost), round(struck - first, 2),
        proof["entries"], proof["documents_remade"], round(size / 2**20, 1), [*proof["problems"], *not_back(back)],
    )  # fmt: skip


@contextmanager
def _server(back: Path, with_postgres: bool) -> Iterator[str]:
    if not with_postgres:
        yield ""
        return
    with postgres.opened(back / "postgres" / "data") as url:
        yield url


def _given(home: Path, url: str) -> dict[str, str]:
    path = os.pathsep.join((str(environment.ROOT / "src"), str(environment.ROOT)))
    given = {"ALCALDIA_HOME": str(home), "DATABASE_URL": url, "PYTHONPATH": path}
    return {**os.environ, **given, "DJANGO_SETTINGS_MODULE": "alcaldia.project.settings"}


def _python(home: Path, url: str, code: str, said: str = "") -> str:
    words = [sys.executable, "-c", code]
    done = subprocess.run(
        words, env=_given(home, url), input=said, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout
