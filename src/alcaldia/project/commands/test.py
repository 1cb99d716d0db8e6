"""Ejecuta todas las pruebas: en SQLite, en un navegador y, donde se puede iniciar, en PostgreSQL."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

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
    """Four parts; one that fails does not hide the others. Both engines at once, for each of them waits half of its time.

    The journeys have a process of their own: Playwright keeps an event loop in the thread that first opened a page,
    and Django refuses its database to every test that pytest happens to order after it. What is timed runs alone.
    """
    chosen = f"({args.m}) and " if args.m else ""
    parts = [
        _pytest(args.rest, f"{chosen}{marks}") for marks in ("not browser and not timed", "browser", "timed")
    ]
    try:
        with postgres.server() as url, _beside(parts[0], url) as other:
            ended = [_run(parts[0], "SQLite"), other("PostgreSQL")]
    except RuntimeError as missing:
        sys.stderr.write(f"Sin PostgreSQL: {missing}\n")
        ended = [_run(parts[0], "SQLite"), int(flag("CI"))]
    return worst([*ended, _run(parts[1], "navegador"), _run(parts[2], "promesas con cifras")])


def worst(ended: Iterable[int]) -> int:
    """0 where every part went well or had nothing to do. A part that a signal ended, which Python tells below zero, did not."""
    return max(0 if code == NOTHING_CHOSEN else abs(code) for code in ended)


def _pytest(arguments: list[str], marks: str) -> list[str]:
    return [sys.executable, "-m", "pytest", *arguments, "-m", marks]


def _run(command: list[str], part: str) -> int:
    _tell(part)
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": ""}, check=False).returncode


@contextmanager
def _beside(command: list[str], database: str) -> Iterator[Callable[[str], int]]:
    """Run the command beside what follows. Yields a function that waits for it, writes all that it said under a title, and
    returns its code; who leaves without asking ends it."""
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "DATABASE_URL": database},
            stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.STDOUT,
        )  # fmt: skip

        def ended(part: str) -> int:
            _tell(part)
            code = process.wait()
            told.seek(0)
            shutil.copyfileobj(told, sys.stdout.buffer)
            sys.stdout.flush()
            return code

        try:
            yield ended
        finally:
            process.terminate()
            process.wait()


def _tell(part: str) -> None:
    sys.stderr.write(f"— Pruebas: {part} —\n")
    sys.stderr.flush()
