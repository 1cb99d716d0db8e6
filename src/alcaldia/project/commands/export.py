"""Exporta a CSV: predio por zona (parcel-zones) o el dictamen de cada predio (rulings)."""

import argparse
import csv
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from alcaldia.kernel.csv_cells import csv_safe
from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup
from alcaldia.project.progress import progress

HEADERS: dict[str, tuple[str, ...]] = {
    "parcel-zones": ("source_row", "key", "zone", "share", "area_m2"),
    "rulings": ("source_row", "key", "outcome", "first_reason"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True)
    zones = kinds.add_parser("parcel-zones", help="source_row, key, zone, share (0–1), area_m2")
    rulings = kinds.add_parser("rulings", help="source_row, key, outcome, first_reason")
    rulings.add_argument("--activity", required=True, help="código del giro")
    for parser_ in (zones, rulings):
        parser_.add_argument("--municipality", required=True)
        parser_.add_argument("file", type=Path, metavar="FILE.csv")


def run(args: argparse.Namespace) -> int:
    """`source_row` is the 0-based position of the parcel in the imported file."""
    django_setup.start(migrate=True)
    from alcaldia.land.models import Parcel
    from alcaldia.land.rulebook import published

    total = Parcel.objects.filter(version_id=published(args.municipality).parcels.version_id).count()
    zones = args.kind == "parcel-zones"
    rows = _zones(args.municipality) if zones else _rulings(args.municipality, args.activity)
    write_csv(args.file, HEADERS[args.kind], progress(rows, total, "Predios"))
    return 0


def _zones(slug: str) -> Iterator[tuple[Any, ...]]:
    from alcaldia.land.queries import zone_shares

    for record, part in zone_shares(slug):
        yield record.source_row, record.key, part.code, f"{part.share:.4f}", f"{part.area_m2:.2f}"


def _rulings(slug: str, activity: str) -> Iterator[tuple[Any, ...]]:
    from alcaldia.land.queries import first_reason, rule_city

    for record, ruling in rule_city(slug, activity):
        yield record.source_row, record.key, ruling.outcome.value, first_reason(ruling)


def write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Whole or not at all: written beside the target and renamed; `-` is standard output, a device stays one."""
    if str(path) == "-":
        _write(sys.stdout, header, rows)
        return
    if path.is_dir():
        raise Refusal("is_folder", f"«{path}» es una carpeta. Escriba también el nombre del archivo.")
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="") as device:
            _write(device, header, rows)
        return
    if not path.parent.is_dir():
        raise Refusal("no_folder", f"No existe la carpeta «{path.parent}». Créela o indique otra.")
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".csv")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            _write(file, header, rows)
        # mkstemp lets its owner alone read; an export is as open as any file of this shell.
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


def _write(file: Any, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows(tuple(map(safe_cell, row)) for row in rows)


def safe_cell(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets a leading apostrophe (OWASP, CSV injection)."""
    return csv_safe(value) if isinstance(value, str) else value
