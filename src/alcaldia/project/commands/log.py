"""El registro público: su última raíz firmada, su comprobación completa y su recuento."""

import argparse
import json
import sys

from alcaldia.project import django_setup


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=("checkpoint", "verify", "audit"),
        metavar="checkpoint|verify|audit",
        help="checkpoint: la raíz firmada; verify: rehace el registro; audit: además cuenta los actos",
    )
    parser.add_argument("--json", action="store_true", help="un solo documento JSON")


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=True)
    if args.what == "checkpoint":
        return _checkpoint(args.json)
    return _replay(counted=args.what == "audit", as_json=args.json)


def _checkpoint(as_json: bool) -> int:
    from alcaldia.ledger import keys, queries

    note = queries.checkpoint()
    key = keys.signer().key.text()
    sys.stdout.write(json.dumps({"checkpoint": note, "key": key}) + "\n" if as_json else note)
    return 0


def _replay(*, counted: bool, as_json: bool) -> int:
    from alcaldia.ledger import queries
    from alcaldia.ledger.audit import replay

    audit = replay()
    types = queries.counts() if counted else {}
    if as_json:
        answer = {"valid": not audit.problems, "entries": audit.entries, "root": audit.root}
        answer |= {"problems": list(audit.problems)} | ({"types": types} if counted else {})
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        for name, count in types.items():
            sys.stdout.write(f"{count:8}  {name}\n")
        if not audit.problems:
            sys.stdout.write(f"El registro está íntegro: {audit.entries} actos, raíz {audit.root}.\n")
    for problem in () if as_json else audit.problems:
        sys.stderr.write(problem + "\n")
    return 1 if audit.problems else 0
