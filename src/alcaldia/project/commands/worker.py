"""Hace el trabajo de fondo: importaciones largas, archivos de teselas, entregas."""

import argparse
import os
import sys

from alcaldia.project.commands.serve import child_environment


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    del args
    os.execve(sys.executable, command(), child_environment())  # noqa: S606
    return 0


def command() -> list[str]:
    return [sys.executable, "-m", "django", "db_worker", "--queue-name", "*", "--interval", "1"]
