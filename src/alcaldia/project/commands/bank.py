"""El banco de prueba: deliver entrega sus avisos de pago, hasta que alguien lo detenga."""

import argparse
import os

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("deliver",))
    parser.add_argument("--once", action="store_true", help="una sola vuelta, y terminar")


def run(args: argparse.Namespace) -> int:
    # The bank lives outside: its postman may call the city on this machine, and only where the bank was told to.
    os.environ.setdefault("ALCALDIA_PRIVATE_PEERS", "127.0.0.0/8 ::1/128")
    django_setup.start()
    from django.conf import settings

    from alcaldia.connectors.simulated_bank import delivery
    from alcaldia.kernel import outbound
    from alcaldia.project.payments import bank

    if not settings.SIMULATED_BANK:
        raise Refusal("no_bank", "Aquí no hay banco de prueba. Póngalo con ALCALDIA_BANK=simulated.")
    one = bank()
    with outbound.client(lambda: delivery.addresses(one)) as client:
        if args.once:
            delivery.deliver(one, client)
            return 0
        delivery.forever(one, client)
    return 0


def command() -> list[str]:
    """For whoever runs it beside the server."""
    import sys

    return [sys.executable, "-m", "alcaldia.project", "bank", "deliver"]
