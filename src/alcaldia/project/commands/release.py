"""Dice de qué archivos y bibliotecas está hecho este programa, y con --publish lo anota en el registro."""

import argparse
import sys
from pathlib import Path

from alcaldia.project import django_setup


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help="escribe ahí programa.sha256 y programa.cdx.json (SBOM)")
    parser.add_argument("--publish", action="store_true", help="anota sus huellas en el registro público")


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=args.publish)
    from alcaldia.project import releases

    release = releases.made()
    for name, value in release.body().items():
        sys.stdout.write(f"{name:16} {value}\n")
    if args.folder:
        releases.write(release, args.folder)
    if args.publish:
        folio = releases.publish(release, by="operator", channel="command")
        sys.stdout.write(
            f"Anotado con el folio {folio}. Cualquiera puede compararlo en /bitacora/programa/.\n"
        )
    return 0
