"""Los pagos: check dice qué falta, rounds hace una vuelta (la hace sola el reloj de worker), settle FECHA lee liquidaciones."""

import argparse
import sys
from datetime import date, timedelta

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup, payment_rounds


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("check", "rounds", "settle"))
    parser.add_argument(
        "day", nargs="?", metavar="FECHA", help="settle: día, como 2026-11-28 (por omisión, ayer)"
    )
    parser.add_argument("--once", action="store_true", help="rounds: ya es siempre una sola vuelta")


def run(args: argparse.Namespace) -> int:
    django_setup.start()
    if args.what == "check":
        return _check()
    if args.what == "settle":
        return _settle(args.day)
    payment_rounds.turn()
    payment_rounds.yesterdays_reports()
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
