"""What looks for holes by itself: bandit in our source, schemathesis at the API as it is served."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.project import environment

BIN = Path(sys.executable).parent
SOURCES = ("src", "verifica", "witness", "counter")


def bandit() -> dict[str, int]:
    """Findings by severity, under the exceptions that `pyproject.toml` argues."""
    told = _report("bandit", "-q", "-c", "pyproject.toml", "-f", "json", "-r", *SOURCES)
    return {
        level.lower(): told["metrics"]["_totals"][f"SEVERITY.{level}"] for level in ("HIGH", "MEDIUM", "LOW")
    }


def _report(program: str, *words: str) -> Any:
    done = subprocess.run([_found(program), *words], cwd=environment.ROOT, capture_output=True, text=True, check=False)  # fmt: skip
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise Refusal("no_scan", f"{program} no dio su informe: {done.stderr[-400:]}") from None


def _found(program: str) -> str:
    """Both are invited for development only. Raises Refusal where one is not here."""
    if not (BIN / program).exists():
        raise Refusal("no_scan", f"Falta {program}: instale las dependencias de desarrollo y repita.")
    return str(BIN / program)


def schemathesis(address: str, aside: Path, examples: int) -> dict[str, int]:
    """Questions asked of every operation that the API describes, lawful and not, and how many findings there were."""
    out = aside / "schemathesis.json"
    command = [
        _found("schemathesis"), "--config-file", str(environment.ROOT / "schemathesis.toml"), "run", f"{address}/api/openapi.json",
        "--max-examples", str(examples), "--continue-on-failure", "--no-color", "--generation-database", "none",
        "--suppress-health-check", "all", "--report", "json", "--report-json-path", str(out),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=aside, capture_output=True, text=True, check=False)
    told = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {"complete": False}
    if not told["complete"]:
        raise Refusal("no_attack", f"schemathesis no terminó: {(done.stdout + done.stderr)[-400:]}")
    if done.returncode:
        sys.stderr.write(done.stdout[-4_000:])
    return summary(told)


def summary(told: dict[str, Any]) -> dict[str, int]:
    """Its report in three figures; an error of its own is a finding too: that question was not answered."""
    cases = told["test_cases"]
    findings = sum(one["count"] for one in (*told["failures"], *told["errors"]))
    return {"operations": told["operations"]["tested"], "cases": cases["generated"], "findings": findings}
