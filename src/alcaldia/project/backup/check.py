"""Running the proof of a restored home in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.project import environment


def prove(home: Path, heads: dict[str, str], url: str = "") -> dict[str, Any]:
    """{entries, documents_remade, problems} of the restored `home`; problems are Spanish sentences."""
    given = {
        **os.environ, "ALCALDIA_HOME": str(home), "DATABASE_URL": url, "PYTHONPATH": str(environment.ROOT / "src"),
    }  # fmt: skip
    command = [sys.executable, "-m", "alcaldia.project.backup.proof"]
    done = subprocess.run(
        command, env=given, input=json.dumps(heads), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refusal(
            "not_proven", f"Lo restaurado no se pudo comprobar: {done.stderr.strip().splitlines()[-1:]}"
        )
    return dict(json.loads(done.stdout))
