"""Simulacro: una ciudad de prueba trabaja, se borra entera, se restaura, y el registro dice si falta algo."""

import argparse
import json
import sys

from alcaldia.project.backup.drill import drill
from alcaldia.project.progress import bar

LIMIT_S, LOST_S = 30, 5


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--postgres", action="store_true", help="con PostgreSQL en lugar de SQLite")
    parser.add_argument("--json", action="store_true", help="un solo documento JSON")


def run(args: argparse.Namespace) -> int:
    found = drill(with_postgres=args.postgres)
    bar(1.0, "Simulacro terminado")
    good = not found["problems"] and found["restore_s"] <= LIMIT_S and found["lost_s"] <= LOST_S
    if args.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return int(not good)
    sys.stdout.write(
        f"Restaurada en {found['restore_s']} s y comprobada en {found['prove_s']} s: {found['entries']} actos en el registro.\n"
        f"De {found['acknowledged']} dictámenes entregados se perdieron {found['lost']}, de los últimos {found['lost_s']} s.\n"
        + "".join(f"{problem}\n" for problem in found["problems"])
        + ("El simulacro salió bien.\n" if good else "El simulacro salió mal: revise lo anterior.\n")
    )
    return int(not good)
