"""Ejecuta todas las pruebas: en SQLite, en un navegador y, donde se puede iniciar, en PostgreSQL."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable

from alcaldia.project import postgres
from alcaldia.project.environment import ROOT, flag

PASSES_THE_REST_ON = True

NOTHING_CHOSEN = 5
"""pytest's exit code where the arguments select no test of this part."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-m", default="", metavar="MARCAS", help="sólo las pruebas con estas marcas de pytest"
    )
    parser.epilog = "Los demás argumentos pasan a pytest tal cual."


def run(args: argparse.Namespace) -> int:
    """Three parts, one after another: a part that fails does not hide the next.

    The journeys have a process of their own: Playwright keeps an event loop in the thread that first opened a page,
    and Django refuses its database to every test that pytest happens to order after it.
    """
    chosen = f"({args.m}) and " if args.m else ""
    ended = [
        _pytest(args.rest, f"{chosen}not browser", "", "SQLite"),
        _pytest(args.rest, f"{chosen}browser", "", "navegador"),
    ]
    try:
        with postgres.server() as url:
            ended.append(_pytest(args.rest, f"{chosen}not browser", url, "PostgreSQL"))
    except RuntimeError as missing:
        sys.stderr.write(f"Sin PostgreSQL: {missing}\n")
        ended.append(int(flag("CI")))
    return worst(ended)


def worst(ended: Iterable[int]) -> int:
    """0 where every part went well or had nothing to do. A part that a signal ended, which Python tells below zero, did not."""
    return max(0 if code == NOTHING_CHOSEN else abs(code) for code in ended)


def _pytest(arguments: list[str], marks: str, database: str, part: str) -> int:
    sys.stderr.write(f"— Pruebas: {part} —\n")
    sys.stderr.flush()
    command = [sys.executable, "-m", "pytest", *arguments, "-m", marks]
    environment = {**os.environ, "DATABASE_URL": database}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
