"""El consejo y la llave de los respaldos: split la reparte en palabras, join comprueba que se abre."""

import argparse
import sys
from pathlib import Path

from alcaldia.kernel.errors import Refusal
from alcaldia.project import environment
from alcaldia.project.backup import council


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("split", "join"), metavar="split|join")
    parser.add_argument(
        "parts", nargs="*", type=Path, metavar="ARCHIVO", help="join: partes de los integrantes"
    )
    parser.add_argument("--members", type=int, default=5, help="split: integrantes del consejo")
    parser.add_argument("--needed", type=int, default=3, help="split: cuántos bastan para abrir")


def run(args: argparse.Namespace) -> int:
    return _split(args.members, args.needed) if args.what == "split" else _join(args.parts)


def _split(members: int, needed: int) -> int:
    path = environment.home() / "keys" / "council.pub"
    if path.exists():
        raise Refusal(
            "council_named",
            f"Ya hay un consejo. Para repartir de nuevo, guarde {path} con otro nombre y repita: los respaldos anteriores se abren con el reparto anterior.",
        )
    public, words = council.split(members, needed)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(public.hex() + "\n", encoding="ascii")
    for number, part in enumerate(words, 1):
        sys.stdout.write(
            f"\n— Parte {number} de {members} · bastan {needed} —\n{part}\n"
            "Escríbala a mano, entréguela a un solo integrante y no la guarde en ningún equipo.\n\f"
        )
    sys.stdout.write(
        "\nEstas palabras no se vuelven a mostrar. Compruebe unas: ./alcaldia council join ARCHIVO…\n"
    )
    return 0


def _join(parts: list[Path]) -> int:
    private = council.join([path.read_text(encoding="utf-8") for path in parts])
    public = (environment.home() / "keys" / "council.pub").read_text(encoding="ascii").strip()
    if private.public_key().public_bytes_raw().hex() != public:
        raise Refusal("other_council", "Esas partes abren, pero son de otro reparto.")
    sys.stdout.write("Con esas partes se abren las llaves de los respaldos.\n")
    return 0
