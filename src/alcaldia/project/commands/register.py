"""Padrones que los trámites consultan (predial, agua, multas…): carga un CSV; cada renglón queda sellado bajo su número."""

import argparse
import sys
from pathlib import Path

from alcaldia.broker import process
from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup, environment
from alcaldia.project.progress import progress


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("registry", help="clase de padrón: water, property_tax, fines…")
    parser.add_argument("file", type=Path, help="CSV en UTF-8; la primera columna es el número")
    parser.add_argument("--municipality", required=True, metavar="SLUG")
    parser.add_argument("--dry-run", action="store_true", help="sólo revisa; no guarda nada")


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=True)
    from alcaldia.kernel.models import Municipality
    from alcaldia.procedures import registers_import

    town = Municipality.objects.filter(slug=args.municipality).first()
    if town is None:
        raise Refusal("municipality_missing", "Ese municipio no existe. Revise --municipality.")
    try:
        broker = process.running(environment.home() / "broker", environment.public_url())
        with (
            broker,
            args.file.open("rb") as counted,
            args.file.open(encoding="utf-8-sig", newline="") as lines,
        ):
            read = progress(lines, sum(1 for _ in counted), "Renglones")
            report = registers_import.load(read, town=town, registry=args.registry, dry_run=args.dry_run)
    except (OSError, UnicodeDecodeError) as problem:
        raise Refusal(
            "unreadable", "No se pudo leer el archivo. Revise que exista y guárdelo como CSV en UTF-8."
        ) from problem
    done = "Revisados" if args.dry_run else "Guardados"
    sys.stdout.write(f"{done}. Renglones: {report.rows}. Columnas: {', '.join(report.kept)}.\n")
    if report.dropped:
        sys.stdout.write(f"No se guardan, ningún trámite las usa: {', '.join(report.dropped)}.\n")
    if report.missing:
        sys.stdout.write(f"Faltan y quedarán desconocidas: {', '.join(report.missing)}.\n")
    return 0
