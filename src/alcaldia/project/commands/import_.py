"""Carga un archivo de predios, zonas, normas o capas, lo audita y lo publica."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.project import django_setup
from alcaldia.project.progress import bar

if TYPE_CHECKING:
    from alcaldia.vault.importing import Report

KINDS = (
    "parcels", "buildings", "zones", "norms", "use-matrix", "activities", "land-values", "layer", "neighbourhoods", "crosswalk", "accounts",
)  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=KINDS, metavar="KIND", help=" | ".join(KINDS))
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--municipality", required=True, metavar="SLUG")
    parser.add_argument("--layer", default="", help="nombre de la capa (para KIND layer)")
    parser.add_argument("--key", default="", metavar="COLUMN", help="columna de la clave")
    parser.add_argument("--srid", type=int, metavar="EPSG", help="sistema de coordenadas del archivo")
    parser.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN", dest="mapping")
    parser.add_argument("--valid-from", default="", metavar="DATE", help="rige desde (AAAA-MM-DD)")
    parser.add_argument("--valid-to", default="", metavar="DATE", help="rige hasta (AAAA-MM-DD)")
    parser.add_argument("--dry-run", action="store_true", help="audita y no publica nada")
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="guarda la auditoría")


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=True)
    from alcaldia.kernel.models import Municipality
    from alcaldia.land.importing.period import period
    from alcaldia.land.importing.staging import Options, stage

    town = Municipality.objects.filter(slug=args.municipality).first()
    if town is None:
        raise NotFound(
            "unknown_municipality",
            f"No hay un municipio «{args.municipality}». Créelo con: ./alcaldia municipality add {args.municipality} --name NOMBRE",
        )
    if args.kind == "accounts":
        return _accounts(args.file, town.slug)
    options = Options(
        layer=args.layer, key=args.key, srid=args.srid, mapping=_mapping(args.mapping),
        validity=period(args.valid_from, args.valid_to),
    )  # fmt: skip
    staged = stage(args.kind, args.file, town, options, bar)
    _report(staged, args.report)
    if args.dry_run:
        _say_changes(staged)
        sys.stdout.write(f"{args.file.name}: {len(staged.rows)} filas. No se publicó nada (--dry-run).\n")
        return 0
    return publish(staged)


def _accounts(file: Path, slug: str) -> int:
    """People and their accounts, straight into their vaults."""
    from alcaldia.vault.importing import read_csv

    with file.open(encoding="utf-8-sig", newline="") as lines:
        report = take_accounts(read_csv(lines), slug)
    for line, reason in report.faults[:50]:
        sys.stderr.write(f"Renglón {line}: {reason}.\n")
    told = f"{report.rows} cuentas leídas, {report.people} personas nuevas, {report.stored} datos guardados bajo llave"
    sys.stdout.write(f"{told}, {len(report.faults)} renglones sin usar.\n")
    return 0


def take_accounts(rows: Iterable[Mapping[str, str]], slug: str) -> "Report":
    """Import accounts with the broker that runs, or one of our own meanwhile."""
    from alcaldia.broker import process
    from alcaldia.project import environment
    from alcaldia.vault.importing import import_accounts

    with process.running(environment.home() / "broker", environment.public_url()):
        return import_accounts(rows, town=slug, by="consola", channel="cli")


def _say_changes(staged: object) -> None:
    from alcaldia.land.importing.staging import Staged
    from alcaldia.land.preview import preview

    assert isinstance(staged, Staged)  # noqa: S101
    found = preview(staged)
    if found is not None:
        sys.stdout.write(
            f"{found.changed} dictámenes de uso cambiarían de {found.of} comparados "
            f"(giros {', '.join(found.activities)}); en {found.limits} predios cambiarían los límites para construir.\n"
        )


def publish(staged: object) -> int:
    """Publish what was staged and say so on stdout."""
    from alcaldia.land import actions
    from alcaldia.land.importing.staging import Staged

    assert isinstance(staged, Staged)  # noqa: S101
    try:
        version = actions.publish(staged, by="consola", channel="cli")
    except actions.Unchanged as unchanged:
        sys.stdout.write(f"{staged.file_name}: {unchanged.detail}\n")
        return 0
    label = f"layer/{staged.name}" if staged.kind == "layer" else staged.kind
    sys.stdout.write(f"{staged.file_name}: publicado como {label}@{version.number}, {version.rows} filas.\n")
    return 0


def _mapping(pairs: list[str]) -> dict[str, str]:
    out = {}
    for pair in pairs:
        name, sign, column = pair.partition("=")
        if not sign or not name or not column:
            raise Refusal(
                "bad_mapping",
                f"No entiendo «{pair}». Escriba --map CAMPO=COLUMNA, por ejemplo --map clave=partida.",
            )
        out[name.strip()] = column.strip()
    return out


def _report(staged: object, path: Path | None) -> None:
    from alcaldia.land.rules.audit import lines, report

    for line in lines(staged.findings):  # type: ignore[attr-defined]
        sys.stderr.write(line + "\n")
    if path is None:
        return
    body = {
        "kind": staged.kind, "file": staged.file_name, "sha256": staged.sha256, "rows": len(staged.rows),  # type: ignore[attr-defined]
        "crs": staged.crs, "encoding": staged.encoding, "columns": list(staged.columns), "mapping": staged.mapping,  # type: ignore[attr-defined]
        "findings": report(staged.findings), "counts": staged.counts,  # type: ignore[attr-defined]
    }  # fmt: skip
    try:
        path.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError as error:
        raise Refusal(
            "report_not_written", f"No se pudo escribir {path}. Revise la carpeta; no se publicó nada."
        ) from error
