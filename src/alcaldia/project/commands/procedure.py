"""Trámites: revisa (check), prueba (simulate), guarda (import) o entrega (export) una definición; o propone un catálogo (suggest)."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup

WHAT = ("check", "simulate", "import", "export", "suggest")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=WHAT, metavar="|".join(WHAT))
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="definición procedure/1, YAML o JSON"
    )
    parser.add_argument(
        "--municipality",
        default="",
        help="import: de qué municipio; check: con sus dependencias, trámites y agendas",
    )
    parser.add_argument("--answers", type=Path, help="simulate: archivo JSON con las respuestas")
    parser.add_argument("--on", default="", help="simulate: fecha AAAA-MM-DD (hoy si no se dice)")
    parser.add_argument(
        "--to", type=Path, help="suggest: carpeta para los borradores; sin ella sólo la tabla"
    )
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=False)
    return {
        "check": _check,
        "simulate": _simulate,
        "import": _import,
        "export": _export,
        "suggest": _suggest,
    }[args.what](args)


def _check(args: argparse.Namespace) -> int:
    """Exit 1 where a file has an error; warnings alone are 0. What is not said in English is one notice, the last."""
    documents = []
    for path in args.files:
        found, sentences = _looked_at(path, args.municipality)
        documents.append(found)
        if not args.json:
            sys.stdout.write(f"{path.name}: {'bien' if found['ok'] else 'con errores'}\n")
            sys.stdout.writelines(f"  {one}\n" for one in sentences)
    if args.json:
        _print(documents[0] if len(documents) == 1 else documents)
    return 0 if all(one["ok"] for one in documents) else 1


def _looked_at(path: Path, municipality: str) -> tuple[dict[str, Any], list[str]]:
    """What is to be said of one file, for machines and for people; one that cannot be read is no reason to leave the others."""
    from alcaldia.procedures import surroundings
    from alcaldia.procedures.definitions import check_file, untranslated

    try:
        program, complaints = check_file(path, surroundings.of(municipality, path.parent))
    except Refusal as refusal:
        told = {"line": refusal.facts.get("line", 1), "path": "", "code": refusal.code, "level": "error", "text": refusal.detail}  # fmt: skip
        return {"file": path.name, "ok": False, "version": None, "findings": [told]}, [refusal.detail]
    wrong = program is None or any(one.problem.level == "error" for one in complaints)
    if program and (spanish_only := untranslated(path, program)):
        complaints.append(spanish_only)
    version = program.version if program else None
    findings = [one.plain() for one in complaints]
    return {"file": path.name, "ok": not wrong, "version": version, "findings": findings}, [one.sentence() for one in complaints]  # fmt: skip


def _simulate(args: argparse.Namespace) -> int:
    from alcaldia.land.rulebook import municipality_of
    from alcaldia.procedures.city import city_of
    from alcaldia.procedures.definitions import program_of
    from alcaldia.procedures.simulation import simulate

    program = program_of(_one(args))
    city = city_of(municipality_of(args.municipality), program) if args.municipality else None
    document = simulate(program, _answers(args.answers), on=args.on, city=city)
    if args.json:
        _print(document)
        return 0
    sys.stdout.write(f"{document['outcome_label']}\n")
    for title, key in (
        ("Motivos", "reasons"),
        ("Condiciones", "conditions"),
        ("Falta", "missing"),
        ("Errores", "errors"),
    ):
        if document[key]:
            items = document[key].items() if isinstance(document[key], dict) else enumerate(document[key], 1)
            sys.stdout.write(f"{title}:\n" + "".join(f"  {name}: {text}\n" for name, text in items))
    for line in document["trace"]:
        where = f"{line['rule']} {line['row'] or ''}".strip()
        sys.stdout.write(f"  {where}: {line['result']} {line['legal_basis'] or line['note']}\n")
    return 0


def _import(args: argparse.Namespace) -> int:
    from alcaldia.procedures import surroundings
    from alcaldia.procedures.definitions import keep

    if not args.municipality:
        raise Refusal("no_municipality", "Diga de qué municipio: --municipality NOMBRE.")
    for path in args.files:
        kept = keep(args.municipality, path, surroundings.of(args.municipality, path.parent))
        sys.stdout.write(f"Guardado: {kept.stem}\n")
    return 0


def _export(args: argparse.Namespace) -> int:
    from alcaldia.procedures.definitions import export

    sys.stdout.write(export(_one(args)).decode() + "\n")
    return 0


def _one(args: argparse.Namespace) -> Path:
    """A file, or the key of a procedure of the catalogue."""
    from alcaldia.procedures.definitions import paths

    if len(args.files) != 1:
        raise Refusal("one_file", "Dé un solo archivo.")
    given: Path = args.files[0]
    return given if given.is_file() else paths(args.municipality).get(str(given), given)


def _answers(path: Path | None) -> dict[str, Any]:
    from alcaldia.procedures.definitions import document_of

    found = document_of(path).value if path else {}
    if not isinstance(found, dict):
        raise Refusal("bad_answers", "Las respuestas son un grupo de datos con su valor.")
    return found


def _print(document: Any) -> None:
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def _suggest(args: argparse.Namespace) -> int:
    """A city's own list (TSV or CSV): plain names, families and spelling proposed; drafts where a folder is given."""
    from dataclasses import asdict

    import yaml

    from alcaldia.procedures import catalogue_import

    found = [one for path in args.files for one in catalogue_import.read(path)]
    if args.to:
        args.to.mkdir(parents=True, exist_ok=True)
        for one in found:
            text = yaml.safe_dump(catalogue_import.draft(one), allow_unicode=True, sort_keys=False)
            (args.to / f"{one.key}.yaml").write_text(text, encoding="utf-8")
    if args.json:
        _print([asdict(one) for one in found])
    else:
        sys.stdout.write(catalogue_import.table(found))
    return 0
