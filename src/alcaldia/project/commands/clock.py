"""El reloj de la ciudad: plazos, avisos, documentos, pagos y suscriptores, en un solo proceso (lo arranca worker)."""

import argparse
import sys

from alcaldia.project import city_clock, django_setup


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="una sola vuelta de todo, y terminar")


def run(args: argparse.Namespace) -> int:
    django_setup.start()
    if not args.once:
        city_clock.forever()
    clock = city_clock.Clock(city_clock.jobs())
    clock.turn()
    return int(any(job.said for job in clock.jobs))


def command() -> list[str]:
    return [sys.executable, "-m", "alcaldia.project", "clock"]
