"""The picture of the packages is true, and each contract is seen to catch the break it is for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

LINT = Path(sys.executable).parent / "lint-imports"


def lint(folder: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "200"}
    command = [LINT, "--no-cache", "--config", folder / "pyproject.toml"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    ).stdout


def test_every_contract_is_kept():
    report = lint(ROOT)
    assert "0 broken" in report, report


# contract → (module to spoil, the line that spoils it)
BREAKS = {
    "Calls go down": ("kernel/text.py", "import alcaldia.ledger.models"),
    "Rules are pure Python": ("land/rules/codes.py", "import django.db"),
    "The broker knows no web": ("broker/release.py", "import alcaldia.vault.models"),
    "Faces do not know each other": ("web/portal/urls.py", "import alcaldia.web.visor.urls"),
    "Components know no face": ("web/components/problem.py", "import alcaldia.web.portal.urls"),
    "No cycles between packages": ("land/rules/codes.py", "import alcaldia.land.queries"),
    "Geometry stays in one place": ("procedures/engine.py", "import shapely"),
}


@pytest.mark.parametrize("contract", BREAKS)
def test_a_break_on_purpose_is_caught(contract, tmp_path):
    module, line = BREAKS[contract]
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.pyc", "static", "vendor")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    spoiled = tmp_path / "src" / "alcaldia" / module
    spoiled.write_text(spoiled.read_text() + f"\n{line}\n")
    assert f"{contract} BROKEN" in lint(tmp_path)


def test_an_undeclared_package_is_caught(tmp_path):
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.pyc", "static", "vendor")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "src" / "alcaldia" / "surprise").mkdir()
    (tmp_path / "src" / "alcaldia" / "surprise" / "__init__.py").touch()
    report = lint(tmp_path)
    assert "surprise" in report
    assert "0 broken" not in report
