"""The import command from outside: what it says, and what is left when it is killed."""

import json
import os
import sqlite3
import subprocess
import sys
import uuid

import pytest

from tests.conftest import ROOT
from tests.unit.land.importing.helpers import feature, square, write

# Runs the command line with the process killed (or the disk full) in the middle of publishing.
SABOTAGE = {
    "killed": "import os, signal; from alcaldia.land import tables; tables.insert = (lambda real: lambda rows, v: (real(rows, v), os.kill(os.getpid(), signal.SIGKILL)))(tables.insert)",
    "full": "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))",
    "none": "pass",
}


class Shell:
    def __init__(self, home):
        self.environment = {**os.environ, "ALCALDIA_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
        self.town = f"t{uuid.uuid4().hex[:8]}"

    def __call__(self, *words, sabotage="none"):
        code = (
            "import sys; from alcaldia.project import django_setup; django_setup.start(migrate=True); "
            f"{SABOTAGE[sabotage]}; from alcaldia.project.cli import main; sys.exit(main(sys.argv[1:]))"
        )
        command = [sys.executable, "-c", code, *map(str, words)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def load(self, path, *more, sabotage="none"):
        return self("import", "parcels", path, "--municipality", self.town, *more, sabotage=sabotage)

    def exported(self, folder):
        self("municipality", "export", self.town, folder)
        return [
            f["properties"]["key"] for f in json.loads((folder / "parcels.geojson").read_text())["features"]
        ]


@pytest.fixture
def shell(tmp_path):
    shell = Shell(tmp_path / "home")
    assert shell("municipality", "add", shell.town, "--name", "Prueba", "--srid", 32613).returncode == 0
    return shell


def parcels(path, *keys):
    return write(path, *[feature({"clave": key}, square(i)) for i, key in enumerate(keys)])


def test_dry_run_reports_and_publishes_nothing(shell, tmp_path):
    path = parcels(tmp_path / "a.geojson", "A", "A")

    done = shell.load(path, "--dry-run", "--report", tmp_path / "r.json")

    assert (done.returncode, "No se publicó nada" in done.stdout) == (0, True)
    assert json.loads((tmp_path / "r.json").read_text())["counts"] == {"duplicate_key": 2}
    assert "publicado" in shell.load(path).stdout
    assert "Sin cambios" in shell.load(path).stdout


def test_a_bad_file_exits_with_one_sentence(shell, tmp_path):
    (tmp_path / "a.geojson").write_text('{"type": "Feat')

    done = shell.load(tmp_path / "a.geojson")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "línea 1" in done.stderr


def test_a_killed_import_leaves_what_was_there(shell, tmp_path):
    shell.load(parcels(tmp_path / "a.geojson", "A"))

    done = shell.load(parcels(tmp_path / "b.geojson", "B", "C"), sabotage="killed")

    assert done.returncode == -9
    assert shell.exported(tmp_path / "out") == ["A"]
    assert shell.load(tmp_path / "b.geojson").returncode == 0


@pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")), reason="a full disk of the server is the server's test"
)
def test_a_full_disk_leaves_what_was_there(shell, tmp_path):
    shell.load(parcels(tmp_path / "a.geojson", "A"))

    done = shell.load(parcels(tmp_path / "b.geojson", *map(str, range(3000))), sabotage="full")

    assert (done.returncode, "espacio en disco" in done.stderr) == (1, True)
    assert shell.exported(tmp_path / "out") == ["A"]
    with sqlite3.connect(tmp_path / "home" / "main.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
