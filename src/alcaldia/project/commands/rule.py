"""Dictamina: uso de suelo (land-use) o construcción (construction) de un predio."""

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup


def configure(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True)
    land_use = kinds.add_parser("land-use", help="¿se puede operar este giro aquí?")
    land_use.add_argument("--activity", required=True, help="código del giro")
    land_use.add_argument("--area", help="superficie que ocupará, en m²")
    construction = kinds.add_parser("construction", help="¿se puede construir esto aquí?")
    construction.add_argument("--project", required=True, type=Path, help="archivo JSON con las medidas")
    again = kinds.add_parser("replay", help="repite un dictamen emitido con las versiones de su día")
    again.add_argument("folio")
    again.add_argument("--today", action="store_true", help="con lo publicado hoy, para ver la diferencia")
    again.add_argument("--json", action="store_true")
    for parser_ in (land_use, construction):
        parser_.add_argument("--municipality", required=True)
        parser_.add_argument("--parcel", required=True, help="clave catastral o identificador")
        parser_.add_argument("--on", type=_day, help="fecha AAAA-MM-DD (hoy si no se dice)")
        parser_.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=True)
    from alcaldia.land import queries

    if args.kind == "replay":
        return _replay(args)
    if args.kind == "land-use":
        document = queries.land_use_ruling(args.municipality, args.parcel, args.activity, args.area, args.on)
    else:
        document = queries.construction_ruling(
            args.municipality, args.parcel, _project(args.project), args.on
        )
    _print(document, as_json=args.json)
    return 0


def _print(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        sys.stdout.write("\n".join(_sentences(document)) + "\n")


def _replay(args: argparse.Namespace) -> int:
    """Exit 0 when the same reasons come out to the byte, 1 when they differ."""
    from alcaldia.land import queries

    issued = queries.issued(args.folio)
    document = queries.under_todays_plan(args.folio) if args.today else queries.replay(args.folio)
    same = document["trace_sha256"] == issued.trace_sha256
    _print({**document, "same_as_issued": same} if args.json else document, as_json=args.json)
    if not same:
        sys.stderr.write(f"No coincide con lo emitido: entonces fue {OUTCOMES[issued.outcome]}.\n")
    return 0 if same or args.today else 1


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"«{text}» no es una fecha; escríbala como 2026-03-31") from None


def _project(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise Refusal("no_file", f"No se pudo leer {path}. Revise el nombre del archivo.") from None
    except (ValueError, RecursionError):
        raise Refusal("bad_project", f"{path.name} no es un JSON válido.") from None
    return dict(found) if isinstance(found, dict) else found


OUTCOMES = {
    "permitted": "PERMITIDO",
    "conditional": "PERMITIDO CON CONDICIONES",
    "prohibited": "NO PERMITIDO",
    "undetermined": "NO SE PUEDE DETERMINAR",
}
MARKS = {"pass": "✓", "condition": "!", "unknown": "?", "fail": "✗"}


def _sentences(document: dict[str, Any]) -> list[str]:
    lines = [OUTCOMES[document["outcome"]], ""]
    for line in document["lines"]:
        figures = " ".join(str(part) for part in (line["value"], line["limit"]) if part is not None)
        words = " · ".join(part for part in (line["label"], figures, line["note"], line["basis"]) if part)
        lines.append(f"  {MARKS[line['result']]} {words}")
    for title, key in (("Condiciones", "conditions"), ("Qué tendría que cambiar", "what_would_pass")):
        if document[key]:
            lines += ["", f"{title}:", *(f"  - {sentence}" for sentence in document[key])]
    return lines
