"""Quioscos donde se dan permisos pequeños: add da de alta uno y escribe su código; revoke lo da de baja al momento; list los enseña."""

import argparse
import sys
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup, environment

BY, CHANNEL = "operador", "cli"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("add", "revoke", "list"))
    parser.add_argument(
        "town", nargs="?", default="", metavar="MUNICIPIO", help="nombre corto; list sin él: de todos"
    )
    parser.add_argument(
        "name", nargs="?", default="", metavar="NOMBRE", help="add, revoke: como lo leerá la gente, «Plaza 1»"
    )


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=True)
    from django.conf import settings

    from alcaldia.broker import process
    from alcaldia.land.rulebook import municipality_of

    if args.what != "list" and not args.name:
        raise Refusal("name_missing", f"Diga qué quiosco: kiosk {args.what} MUNICIPIO NOMBRE.")
    town = municipality_of(args.town) if args.town else None
    with process.running(environment.home() / "broker", settings.PUBLIC_URL):
        {"add": _add, "revoke": _revoke, "list": _list}[args.what](town, args.name)
    return 0


def _add(town: Any, name: str) -> None:
    from django.conf import settings

    from alcaldia.counters import kiosks

    code = kiosks.add(town=town, name=name, by=BY, channel=CHANNEL)
    sys.stdout.write(
        f"En el navegador del quiosco abra este enlace; sirve una vez y dura 24 horas:\n"
        f"{settings.PUBLIC_URL}/quiosco/#{code}\n"
    )


def _revoke(town: Any, name: str) -> None:
    from alcaldia.counters import kiosks

    kiosks.end(town=town, name=name, by=BY, channel=CHANNEL)
    sys.stdout.write("Dado de baja: su llave ya no firma nada y los permisos que se dieron ahí terminaron.\n")


def _list(town: Any, _name: str) -> None:
    from alcaldia.counters import kiosks

    for one in kiosks.every(town):
        state = (
            f"espera su equipo hasta {one['since'][:16]}" if one["waits"]
            else f"de baja desde {one['revoked'][:16]}" if one["revoked"]
            else f"en uso desde {one['since'][:16]}"
        )  # fmt: skip
        sys.stdout.write(f"{one['town']:<20} {one['name']:<40} {state}\n")
