"""Custodia dividida: lo que cada uno de los dos custodios deja hacer al otro (parte de «./alcaldia broker»)."""

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from alcaldia.broker import process
from alcaldia.project import environment
from alcaldia.vault.link import Link


def configure(actions: Any) -> None:
    allow = actions.add_parser(
        "allow-renewal",
        help="en el segundo custodio: deja que la ciudad renueve también la mitad que se guarda aquí",
    )
    allow.add_argument("suite", help="x25519 o mlkem768x25519")
    allow.add_argument("--days", type=int, default=7, help="cuántos días vale el permiso")
    adopt = actions.add_parser(
        "allow-adoption",
        help="en el segundo custodio: deja que la ciudad le diga a quién tiene ya, con sus llaves y permisos",
    )
    adopt.add_argument("--days", type=int, default=7, help="cuántos días vale el permiso")
    actions.add_parser(
        "split", help="en la ciudad: divide la custodia de quienes ya estaban; después corra rekey --pairs"
    )
    actions.add_parser(
        "retire-halves",
        help="en el segundo custodio: destruye las llaves viejas; la ciudad ya terminó de renovar",
    )


def _allow_renewal(args: argparse.Namespace) -> int:
    with _operator() as operator:
        until = operator.ask("allow_renewal", suite=args.suite, days=args.days)
    sys.stdout.write(
        f"La ciudad puede renovar hasta {until[:16]} UTC con: ./alcaldia broker rekey --suite {args.suite}\n"
        "Cuando le avise que terminó, destruya aquí las llaves viejas: ./alcaldia broker retire-halves\n"
    )
    return 0


def _allow_adoption(args: argparse.Namespace) -> int:
    with _operator() as operator:
        until = operator.ask("allow_adoption", days=args.days)
    sys.stdout.write(
        f"La ciudad puede decirle a quién tiene hasta {until[:16]} UTC con: ./alcaldia broker split\n"
        "Dé también permiso de renovar: ./alcaldia broker allow-renewal x25519\n"
    )
    return 0


def _split(args: argparse.Namespace) -> int:
    from alcaldia.project.progress import bar

    del args
    with _operator() as operator:
        left = first = operator.ask("tell_second")
        while left:
            bar(1 - left / (first + 1), "Llaves y permisos")
            left = operator.ask("tell_second")
    sys.stdout.write(
        "El segundo custodio conoce a todas las personas que tienen llave.\n"
        "Ahora divida las llaves de lo guardado: ./alcaldia broker rekey --pairs\n"
    )
    return 0


def _retire_halves(args: argparse.Namespace) -> int:
    del args
    with _operator() as operator:
        gone = operator.ask("retire_halves")
    sys.stdout.write(f"{gone} llaves viejas destruidas.\n")
    return 0


@contextmanager
def _operator() -> Iterator[Link]:
    """The operator's socket of the broker of this home, started for as long as it is asked where it is not running."""
    folder = environment.broker_folder()
    with process.running(folder, environment.public_url()):
        yield Link(folder / "operator" / "socket")


ACTIONS: Mapping[str, Any] = {
    "allow-renewal": _allow_renewal,
    "allow-adoption": _allow_adoption,
    "split": _split,
    "retire-halves": _retire_halves,
}
