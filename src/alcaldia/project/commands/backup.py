"""Respalda esta instalación en una carpeta que sólo crece; con --follow, segundo a segundo."""

import argparse
import signal
import sys
from pathlib import Path

from alcaldia.project import django_setup, environment


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="carpeta del respaldo, de preferencia en otro equipo"
    )
    parser.add_argument("--follow", action="store_true", help="sigue respaldando hasta que se detenga")
    parser.add_argument(
        "--every", type=float, default=1.0, metavar="SEGUNDOS", help="con --follow, cada cuánto"
    )


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=True)
    from alcaldia.project.backup import postgres
    from alcaldia.project.backup.chain import Chain
    from alcaldia.project.backup.heads import signed_heads
    from alcaldia.project.backup.service import Service

    home = environment.home()
    service = Service(home, Chain(args.folder), signed_heads, postgres.source(args.folder))
    try:
        added = service.step()
        sys.stdout.write(f"Respaldo al día en {args.folder}: {added} archivos nuevos.\n")
        if not (home / "keys" / "council.pub").exists():
            sys.stdout.write("Las llaves no van en él: nombre al consejo con ./alcaldia council split.\n")
        sys.stdout.flush()
        if args.follow:
            stopped: list[int] = []
            signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
            service.follow(lambda: bool(stopped), args.every)
    except KeyboardInterrupt:
        return 0
    finally:
        service.close()
    return 0
