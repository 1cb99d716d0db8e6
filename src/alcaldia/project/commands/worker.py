"""Hace el trabajo de fondo: importaciones largas, archivos de teselas, entregas."""

import argparse
import sys

from alcaldia.project.commands import clock
from alcaldia.project.together import together


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    del args
    return together(*commands())


def commands() -> list[list[str]]:
    """What works in the background: the queue, whoever asks the witnesses, and the city's clock."""
    witnesses = [sys.executable, "-m", "alcaldia.project", "log", "witness"]
    return [command(), witnesses, clock.command()]


def command() -> list[str]:
    return [sys.executable, "-m", "django", "db_worker", "--queue-name", "*", "--interval", "1", "-v", "0"]
