"""Ventanillas que siguen sin servidor: add da de alta una y escribe su token; revoke la da de baja."""

import argparse
import sys

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup

BY, CHANNEL = "operador", "cli"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("add", "revoke"))
    parser.add_argument(
        "name", metavar="NOMBRE", help="letras mayúsculas o cifras; empieza los números, como M1"
    )
    parser.add_argument("--municipality", required=True, metavar="SLUG")


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=True)
    from alcaldia.counters import actions
    from alcaldia.kernel.models import Municipality

    town = Municipality.objects.filter(slug=args.municipality).first()
    if town is None:
        raise Refusal("municipality_missing", "Ese municipio no existe. Revise --municipality.")
    if args.what == "add":
        sys.stdout.write(f"{actions.add_device(town=town, name=args.name, by=BY, channel=CHANNEL)}\n")
    else:
        actions.revoke_device(town=town, name=args.name, by=BY, channel=CHANNEL)
        sys.stdout.write("Dada de baja: lo que envíe se rechaza.\n")
    return 0
