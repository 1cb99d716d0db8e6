"""Agrega, importa o exporta un municipio (una carpeta de datos)."""

import argparse
import sys
from pathlib import Path

from alcaldia.project import django_setup


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="crea un municipio vacío")
    add.add_argument("slug")
    add.add_argument("--name", required=True)
    add.add_argument(
        "--srid", type=int, metavar="EPSG", help="sistema métrico; si falta, lo decide la primera capa"
    )
    add.add_argument("--state", default="")
    add.add_argument("--country", default="MX")
    add.add_argument("--timezone", default="America/Mexico_City")
    load = actions.add_parser("import", help="carga una carpeta con municipality.toml")
    load.add_argument("folder", type=Path)
    save = actions.add_parser("export", help="guarda un municipio como carpeta abierta")
    save.add_argument("slug")
    save.add_argument("folder", type=Path)


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=True)
    return {"add": _add, "import": _import, "export": _export}[args.action](args)


def _add(args: argparse.Namespace) -> int:
    from alcaldia.kernel.errors import Refusal
    from alcaldia.kernel.text import slug
    from alcaldia.land.actions import add_municipality

    if args.slug != slug(args.slug):
        raise Refusal(
            "bad_slug", f"El nombre corto solo lleva minúsculas, números y guiones: «{slug(args.slug)}»."
        )
    add_municipality(
        slug=args.slug, name=args.name, srid=args.srid, state=args.state, country=args.country,
        timezone=args.timezone, by="consola", channel="cli",
    )  # fmt: skip
    sys.stdout.write(f"Listo: {args.name} ({args.slug}). Ahora cargue sus predios con «import parcels».\n")
    return 0


def _import(args: argparse.Namespace) -> int:
    load_folder(args.folder)
    return 0


def load_folder(folder: Path) -> str:
    """Describe the municipality of a folder and publish each of its datasets; returns its slug."""
    from django.conf import settings

    from alcaldia.land.actions import describe_municipality
    from alcaldia.land.importing import recipe
    from alcaldia.land.importing.staging import stage
    from alcaldia.land.rules.audit import lines
    from alcaldia.project.commands.import_ import publish
    from alcaldia.project.progress import bar

    plan = recipe.read(folder, settings.DATA_DIR)
    town = describe_municipality(slug=plan.slug, given=plan.given, by="consola", channel="cli")
    for source in plan.sources:
        staged = stage(source.kind, source.file, town, source.options, bar)
        sys.stderr.writelines(f"{line}\n" for line in lines(staged.findings))
        publish(staged)
        town.refresh_from_db()
    return plan.slug


def _export(args: argparse.Namespace) -> int:
    from alcaldia.kernel.errors import NotFound
    from alcaldia.kernel.models import Municipality
    from alcaldia.land.exporting import export

    town = Municipality.objects.filter(slug=args.slug).first()
    if town is None:
        raise NotFound("unknown_municipality", f"No hay un municipio «{args.slug}».")
    for path in export(town, args.folder):
        sys.stdout.write(f"{path.name}\n")
    return 0
