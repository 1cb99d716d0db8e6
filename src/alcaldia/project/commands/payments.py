"""Los pagos: check dice qué falta, rounds pregunta por lo pendiente y vence órdenes, settle FECHA lee liquidaciones (rounds lee las de ayer)."""

import argparse
import sys
import time
from datetime import date, timedelta

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup

EVERY = 30
"""Seconds between rounds; an attempt is asked about once it has waited for two minutes, then every two."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("check", "rounds", "settle"))
    parser.add_argument(
        "day", nargs="?", metavar="FECHA", help="settle: día, como 2026-11-28 (por omisión, ayer)"
    )
    parser.add_argument("--once", action="store_true", help="rounds: una sola vuelta, y terminar")


def run(args: argparse.Namespace) -> int:
    django_setup.start()
    if args.what == "check":
        return _check()
    if args.what == "settle":
        return _settle(args.day)
    settled = ""
    while True:
        turn()
        if args.once:
            return 0
        if settled != (settled := f"{date.today()}"):
            yesterdays_reports()
        time.sleep(EVERY)


def turn() -> str:
    """One round; a problem is said and the next round tries again."""
    from django.db import DatabaseError, connection

    from alcaldia.payments import actions

    try:
        actions.refresh_waiting(older_than=timedelta(minutes=2))
        actions.expire_due()
    except (DatabaseError, OSError, Refusal) as error:
        connection.close()
        sys.stderr.write(f"La vuelta de pagos no terminó: {error}\n")
        return str(error)
    return ""


def yesterdays_reports() -> None:
    """Once a day and at every start: rows known already change nothing, and who does not answer is asked tomorrow."""
    from django.db import DatabaseError, connection

    try:
        _settle(None)
    except (DatabaseError, OSError, Refusal) as error:
        connection.close()
        sys.stderr.write(f"No se leyeron todas las liquidaciones de ayer: {error}\n")


def _check() -> int:
    from alcaldia.payments.ports import plugged

    missing = 0
    for name, one in plugged.providers.items():
        found = one.check()
        missing += bool(found)
        sys.stdout.write(f"{name}: {'; '.join(found) or 'listo'}\n")
    if not plugged.providers:
        raise Refusal(
            "no_providers",
            "No hay con qué cobrar en línea. Escriba keys/payments.toml como dice docs/manual/pagos.md.",
        )
    return int(missing > 0)


def _settle(day: str | None) -> int:
    from alcaldia.payments import settling
    from alcaldia.payments.ports import plugged

    try:
        on = date.fromisoformat(day) if day else date.today() - timedelta(days=1)
    except ValueError:
        raise Refusal("bad_date", "La fecha se escribe como 2026-11-28.") from None
    for name, one in plugged.providers.items():
        if one.capabilities().settlement:
            fresh = settling.settle(provider=name, on=on)
            if day or fresh:
                sys.stdout.write(f"{name}: {fresh} movimientos nuevos\n")
    return 0
