"""El registro público: su última raíz firmada, su comprobación completa y su recuento."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup, environment

if TYPE_CHECKING:
    from alcaldia.ledger.timestamps import StampAudit


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=("checkpoint", "verify", "audit", "signatures", "witness", "publish"),
        metavar="checkpoint|verify|audit|signatures|witness|publish",
        help="checkpoint: la raíz firmada; verify: rehace el registro y comprueba sus sellos de tiempo; audit: además cuenta los actos, o revisa "
        "el registro de una dirección o carpeta; signatures: comprueba cada firma de los funcionarios; witness: pide la firma de los testigos; publish: lo copia entero",
    )
    parser.add_argument("place", nargs="?", metavar="DIRECCIÓN|CARPETA", help="para audit y publish")
    parser.add_argument("--once", action="store_true", help="witness: una sola vuelta")
    parser.add_argument("--hours", type=float, default=24, help="audit: desde cuándo se da por detenido")
    parser.add_argument("--json", action="store_true", help="un solo documento JSON")


def run(args: argparse.Namespace) -> int:
    if args.what == "audit" and args.place:
        return _audit_elsewhere(args.place, args.hours)
    django_setup.start(migrate=True)
    if args.what == "witness":
        from alcaldia.project import witness_loop

        return witness_loop.once() if args.once else witness_loop.forever()
    if args.what == "publish":
        return _publish(args.place)
    if args.what == "checkpoint":
        return _checkpoint(args.json)
    if args.what == "signatures":
        return _signatures()
    return _replay(counted=args.what == "audit", as_json=args.json)


def _signatures() -> int:
    from alcaldia.identity.signatures import audit

    found = audit()
    for problem in found.problems:
        sys.stderr.write(problem + "\n")
    if not found.problems:
        sys.stdout.write(f"{found.checked} firmas de funcionarios, todas válidas.\n")
    if found.unsealed:
        sys.stdout.write(
            f"{found.unsealed} llaves sin sello: el custodio aún no sellaba cuando se registraron, o aquí falta su archivo seals.json.\n"
        )
    return 1 if found.problems else 0


def _checkpoint(as_json: bool) -> int:
    from alcaldia.ledger import keys, queries

    note = queries.checkpoint()
    key = keys.signer().key.text()
    sys.stdout.write(json.dumps({"checkpoint": note, "key": key}) + "\n" if as_json else note)
    return 0


def _publish(place: str | None) -> int:
    from alcaldia.ledger import queries
    from alcaldia.ledger.tilefolder import publish

    if not place:
        raise Refusal("place_missing", "Diga la carpeta: ./alcaldia log publish CARPETA")
    head = publish(queries.ACTS, Path(place))
    sys.stdout.write(f"Publicado: {head.size} actos en {place}.\n")
    return 0


def _audit_elsewhere(place: str, hours: float) -> int:
    """The witness' own monitor, so that a city audits another exactly as its witnesses do."""
    monitor = environment.ROOT / "witness" / "testigo.py"
    folder = environment.home() / "monitor"
    words = [str(monitor), "check", "--log", place, "--folder", str(folder), "--hours", str(hours)]
    return subprocess.run([sys.executable, *words], check=False).returncode


def _replay(*, counted: bool, as_json: bool) -> int:
    from alcaldia.ledger import queries, timestamps, witnessing
    from alcaldia.ledger.audit import replay

    audit, stamps = replay(), timestamps.audit(witnessing.sources())
    types = queries.counts() if counted else {}
    problems = [*audit.problems, *stamps.problems]
    if as_json:
        answer = {"valid": not problems, "entries": audit.entries, "root": audit.root, "problems": problems}
        answer |= {"stamps": stamps.checked, "unchecked_stamps": stamps.unchecked}
        sys.stdout.write(
            json.dumps(answer | ({"types": types} if counted else {}), ensure_ascii=False) + "\n"
        )
    else:
        for name, count in types.items():
            sys.stdout.write(f"{count:8}  {name}\n")
        if not audit.problems:
            sys.stdout.write(f"El registro está íntegro: {audit.entries} actos, raíz {audit.root}.\n")
        sys.stdout.write(_of_stamps(stamps))
    for problem in () if as_json else problems:
        sys.stderr.write(problem + "\n")
    return 1 if problems else 0


def _of_stamps(stamps: "StampAudit") -> str:
    if stamps.unchecked:
        return f"Sellos de tiempo sin comprobar: {stamps.unchecked}. Guarde en keys/tsa.pem las raíces de su autoridad.\n"
    good = stamps.checked and not stamps.problems
    return f"Sellos de tiempo: {stamps.checked}, todos válidos.\n" if good else ""
