"""El catálogo de un municipio: carga (import), entrega (export), enlista (list) o deshace (undo) su árbol, sus palabras y sus dependencias."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup

if TYPE_CHECKING:
    from alcaldia.kernel.models import Municipality
    from alcaldia.procedures.proposing import Proposal

KINDS = ("tree", "words", "agencies")
BY, CHANNEL = "consola", "cli"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    load = actions.add_parser("import", help="guarda un archivo que empieza con doors, words o agencies")
    load.add_argument("file", type=Path, metavar="FILE", help="YAML en UTF-8")
    save = actions.add_parser("export", help="escribe lo que está en vigor; sirve de ejemplo para el propio")
    save.add_argument("kind", choices=KINDS)
    save.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a dónde; sin él, a la pantalla")
    listed = actions.add_parser(
        "list", help="las versiones guardadas, la última de cada clase es la que rige"
    )
    undo = actions.add_parser("undo", help="vuelve a la versión anterior")
    undo.add_argument("kind", choices=KINDS)
    undo.add_argument("--to", type=int, metavar="N", help="a esa versión; 0 es la del primer día")
    for one in (load, save, listed, undo):
        one.add_argument("--municipality", required=True, metavar="SLUG")
    for one in (load, undo):
        one.add_argument("--dry-run", action="store_true", help="sólo revisa y prueba; no guarda nada")
    load.add_argument("--accept-worse", action="store_true", help="guarda aunque alguna búsqueda se pierda")
    undo.set_defaults(accept_worse=False)
    for one in (load, listed, undo):
        one.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=True)
    from alcaldia.land.rulebook import municipality_of

    town = municipality_of(args.municipality)
    return {"import": _import, "export": _export, "list": _list, "undo": _undo}[args.action](args, town)


def _import(args: argparse.Namespace, town: "Municipality") -> int:
    from alcaldia.procedures import proposing

    return _keep(args, proposing.of_text(town, _text(args.file)))


def _undo(args: argparse.Namespace, town: "Municipality") -> int:
    from alcaldia.procedures import proposing

    return _keep(args, proposing.of_version(town, args.kind, args.to))


def _text(path: Path) -> str:
    from alcaldia.kernel.strict_yaml import MAX_BYTES

    if not path.is_file():
        raise Refusal("no_file", f"No existe «{path.name}». Revise el nombre del archivo.")
    if path.stat().st_size > MAX_BYTES:
        raise Refusal("too_big", f"«{path.name}» pasa de 1 MB: no es un catálogo.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        detail = f"{path.name} no está en UTF-8. Guárdelo de nuevo como texto UTF-8."
        raise Refusal("not_utf8", detail) from None


def _keep(args: argparse.Namespace, proposal: "Proposal") -> int:
    """Say what was found, and keep it unless it is the same or only a rehearsal."""
    from alcaldia.procedures.actions import catalogue

    if not args.json:
        sys.stderr.writelines(f"{line}\n" for line in _said(proposal))
    catalogue.check(proposal, accept_worse=args.accept_worse)
    kept = not (args.dry_run or proposal.same)
    if kept:
        catalogue.keep(proposal=proposal, by=BY, channel=CHANNEL, accept_worse=args.accept_worse)
    if args.json:
        _print(_plain(proposal, kept))
    else:
        sys.stdout.write(f"{_end(proposal, kept)}\n")
    return 0


def _said(proposal: "Proposal") -> list[str]:
    """Warnings and the trial; what is an error is in the refusal."""
    found = [] if proposal.errors else list(proposal.sentences)
    if trial := proposal.trial:
        found.append(
            f"De {trial.queries} búsquedas de prueba daban con su trámite {trial.before}; ahora {trial.after}."
        )
        found += [f"Mejora: «{one}»" for one in trial.better] + [f"Empeora: «{one}»" for one in trial.worse]
    return found


def _end(proposal: "Proposal", kept: bool) -> str:
    if proposal.same:
        return "Sin cambios: es lo que está en vigor."
    version = proposal.version
    return f"{'Guardado' if kept else 'Revisado'}: {version.kind}, versión {version.number}."


def _plain(proposal: "Proposal", kept: bool) -> dict[str, Any]:
    one, trial = proposal.version, proposal.trial
    return {
        "kind": one.kind, "version": one.number, "sha256": one.sha256, "kept": kept, "same": proposal.same,
        "warnings": list(proposal.sentences),
        "search": trial and {"queries": trial.queries, "before": trial.before, "after": trial.after,
                             "better": trial.better, "worse": trial.worse},
    }  # fmt: skip


def _export(args: argparse.Namespace, town: "Municipality") -> int:
    from alcaldia.catalogue import own

    text = own.text_of(town, args.kind)
    if args.file is None:
        sys.stdout.write(text)
    else:
        args.file.write_text(text, encoding="utf-8")
    return 0


def _list(args: argparse.Namespace, town: "Municipality") -> int:
    from alcaldia.catalogue.models import CatalogueVersion

    rows = CatalogueVersion.objects.filter(municipality=town)
    if args.json:
        columns = ("kind", "number", "sha256", "restores", "folio", "by", "at")
        _print([{**one, "at": one["at"].isoformat()} for one in rows.values(*columns)])
        return 0
    for one in rows:
        came = "" if one.restores is None else f" (volvió la {one.restores or 'del primer día'})"
        sys.stdout.write(
            f"{one.kind} {one.number}  {one.at:%Y-%m-%d %H:%M}  {one.by}  {one.sha256[:12]}{came}\n"
        )
    return 0


def _print(document: Any) -> None:
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
