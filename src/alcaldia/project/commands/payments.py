"""Los pagos: check dice qué falta, rounds hace una vuelta (la hace sola el reloj de worker), settle FECHA lee liquidaciones,
statement ARCHIVO toma los depósitos de un estado de cuenta, CSV o CAMT.053.
"""

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup, payment_rounds


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("check", "rounds", "settle", "statement"))
    parser.add_argument(
        "day", nargs="?", metavar="FECHA",
        help="settle: día, como 2026-11-28 (por omisión, ayer); statement: el archivo",
    )  # fmt: skip
    parser.add_argument("--municipality", metavar="NOMBRE", help="statement: de qué municipio es la cuenta")
    parser.add_argument("--map", action="append", default=[], metavar="CAMPO=COLUMNA",
                        help="statement: date, reference o amount, si la columna del CSV se llama de otro modo")  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="statement: sólo dice qué tomaría")
    parser.add_argument("--once", action="store_true", help="rounds: ya es siempre una sola vuelta")


def run(args: argparse.Namespace) -> int:
    django_setup.start()
    if args.what == "check":
        return _check()
    if args.what == "settle":
        return _settle(args.day)
    if args.what == "statement":
        return _statement(args)
    payment_rounds.turn()
    payment_rounds.latest_reports()
    return 0


def _check() -> int:
    from alcaldia.payments.ports import plugged

    missing = 0
    for name, one in plugged.providers.items():
        found = one.check()
        missing += bool(found)
        sys.stdout.write(f"{name}: {'; '.join(found) or 'listo'}\n")
    for town, unknown in _unknown(set(plugged.providers)):
        missing += 1
        sys.stdout.write(f"{town}: municipality.toml nombra {', '.join(unknown)} y no está conectado\n")
    if not plugged.providers:
        raise Refusal(
            "no_providers",
            "No hay con qué cobrar en línea. Escriba keys/payments.toml como dice docs/manual/pagos.md.",
        )
    return int(missing > 0)


def _unknown(known: set[str]) -> list[tuple[str, list[str]]]:
    """Municipalities that name a provider which is not plugged in, and those names."""
    from alcaldia.kernel.models import Municipality

    named = [
        (one.slug, (one.settings.get("payments") or {}).get("providers") or [])
        for one in Municipality.objects.all()
    ]
    return [(slug, sorted(set(names) - known)) for slug, names in named if set(names) - known]


def _settle(day: str | None) -> int:
    try:
        on = date.fromisoformat(day) if day else date.today() - timedelta(days=1)
    except ValueError:
        raise Refusal("bad_date", "La fecha se escribe como 2026-11-28.") from None
    for name, fresh in payment_rounds.settle(on).items():
        sys.stdout.write(f"{name}: {fresh} movimientos nuevos\n")
    return 0


def _statement(args: argparse.Namespace) -> int:
    from alcaldia.land.rulebook import municipality_of
    from alcaldia.payments import statements

    path = Path(args.day or "")
    if not args.day or not path.is_file() or not args.municipality:
        raise Refusal("no_file", "Escriba: ./alcaldia payments statement ARCHIVO --municipality NOMBRE.")
    taken = statements.take_in(
        town=municipality_of(args.municipality), data=path.read_bytes(), named=named_columns(args.map), by="operator",
        channel="command", keep=not args.dry_run,
    )  # fmt: skip
    sys.stdout.write(taken.sentence() + "\n")
    return 0


def named_columns(pairs: list[str]) -> dict[str, str]:
    """`campo=columna` of each. Raises Refusal."""
    from alcaldia.payments.rules.statement import COLUMNS

    found = dict(one.partition("=")[::2] for one in pairs)
    if odd := sorted(set(found) - set(COLUMNS)):
        raise Refusal("bad_map", f"No hay un campo «{odd[0]}»; los que hay: {', '.join(COLUMNS)}.")
    return found
