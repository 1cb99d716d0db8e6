"""Restaura un respaldo en una carpeta vacía y comprueba, con el registro, que no falta nada."""

import argparse
import json
import sys
from pathlib import Path

from alcaldia.kernel.errors import Refusal
from alcaldia.project import environment
from alcaldia.project.backup.check import prove
from alcaldia.project.backup.restore import restore
from alcaldia.project.progress import bar


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="carpeta del respaldo")
    parser.add_argument("--into", type=Path, metavar="DIR", help="dónde (si falta, ALCALDIA_HOME)")
    parser.add_argument(
        "--part", type=Path, action="append", default=[], metavar="ARCHIVO",
        help="palabras de un integrante del consejo, para abrir las llaves; repítalo por integrante",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="un solo documento JSON")


def run(args: argparse.Namespace) -> int:
    home = args.into or environment.home()
    found = restore(args.folder, home, parts=[_words(path) for path in args.part], progress=bar)
    proof = prove(home, found.heads) if (home / "keys").exists() else None
    if args.json:
        answer = {"until": found.until.isoformat(), "files": found.files, "keys": found.keys, "proof": proof}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join(_sentences(home, found.until.isoformat(), proof)) + "\n")
    return int(bool(proof and proof["problems"]))


def _sentences(home: Path, until: str, proof: dict | None) -> list[str]:  # type: ignore[type-arg]
    said = [f"Restaurado en {home} hasta {until}."]
    if proof is None:
        return [
            *said,
            "Faltan las llaves: restaure con --part, o copie la carpeta keys y ejecute ./alcaldia log verify.",
        ]
    if proof["problems"]:
        return [*said, *proof["problems"]]
    return [
        *said,
        f"El registro está entero: {proof['entries']} actos, y contiene todo lo que el respaldo vio firmado.",
    ]


def _words(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(
            "no_part", f"No se pudo leer {path}. Escriba las palabras en un archivo de texto."
        ) from error
