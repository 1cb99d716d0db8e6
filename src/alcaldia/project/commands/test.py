"""Ejecuta todas las pruebas en SQLite y, donde se puede iniciar, en PostgreSQL."""

import argparse
import os
import subprocess
import sys

from alcaldia.project import postgres
from alcaldia.project.environment import ROOT, flag

PASSES_THE_REST_ON = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Los demás argumentos pasan a pytest tal cual."


def run(args: argparse.Namespace) -> int:
    """Everything on SQLite; then all but the browser journeys on PostgreSQL."""
    first = _pytest(args.rest, {"DATABASE_URL": ""}, "SQLite")
    if first not in {0, 5}:
        return first
    try:
        with postgres.server() as url:
            rest = [*args.rest, "-m", "not browser"]
            return max(first % 5, _pytest(rest, {"DATABASE_URL": url}, "PostgreSQL") % 5)
    except RuntimeError as missing:
        sys.stderr.write(f"Sin PostgreSQL: {missing}\n")
        return 1 if flag("CI") else first % 5


def _pytest(arguments: list[str], environment: dict[str, str], engine: str) -> int:
    sys.stderr.write(f"— Pruebas en {engine} —\n")
    sys.stderr.flush()
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode
