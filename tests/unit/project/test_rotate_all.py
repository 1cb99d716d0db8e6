"""One command renews every key; what was issued before stays valid, and it may be repeated."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

DOCUMENTS = """
from alcaldia.project import django_setup
django_setup.start(migrate=True)
from tests.factories.town import town
town()
"""


@pytest.fixture
def run(tmp_path_factory):
    """A command of `./alcaldia` in a home of its own, short enough for a socket; its output."""
    home = tmp_path_factory.mktemp("h")

    def run(*words):
        given = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        given |= {"ALCALDIA_HOME": str(home), "PYTHONPATH": f"{ROOT}/src:{ROOT}"}
        command = (
            [sys.executable, *words]
            if words[0] == "-c"
            else [sys.executable, "-m", "alcaldia.project", *words]
        )
        return subprocess.run(command, env=given, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    return run


def test_everything_is_renewed_at_once_and_again(run):
    run("-c", DOCUMENTS)
    before = run("keys", "show")
    told = run("keys", "rotate", "all", "--suite", "mlkem768x25519")
    assert [line.split()[0] for line in told.splitlines()[:4]] == [
        "sello",
        "registros",
        "registros",
        "bóveda",
    ]
    after = run("keys", "show")
    assert after.count("en uso") == before.count("en uso") == 2
    assert not {line for line in before.splitlines() if "serie" in line} & set(after.splitlines())
    told = run("keys", "rotate", "all", "--keep-pairs")
    assert "0 bóvedas con par nuevo" in told
    run("keys", "rotate", "all")
    assert "íntegro" in run("log", "audit")
    assert "✓ Las llaves sólo las lee su dueño" in run("doctor")
