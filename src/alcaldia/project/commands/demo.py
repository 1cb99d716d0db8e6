"""Prepara y sirve el municipio de demostración: web y trabajo de fondo con una sola orden."""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from alcaldia.broker import process
from alcaldia.project import environment
from alcaldia.project.commands import bank, serve, worker
from alcaldia.project.together import together

SLUG = "demo"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=None)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--workers", type=int, default=serve.processes())
    parser.add_argument(
        "--reset", action="store_true", help="borra los datos de demostración y empieza de nuevo"
    )


def run(args: argparse.Namespace) -> int:
    port = serve.free_port(args.host, args.port)
    if args.reset:
        _forget()
    # What the QR of a certificate opens; a city sets its own address.
    os.environ.setdefault("ALCALDIA_PUBLIC_URL", address(args.host, port))
    os.environ["ALCALDIA_DEMO"] = "true"
    serve.prepare()
    serve.with_broker()
    rest = town()
    say(args.host, port)
    return together(
        *worker.commands(),
        bank.command(),
        serve.command(args.host, port, args.workers),
        meanwhile=lambda: take(rest),
    )


def load() -> None:
    """The whole demo municipality, accounts included, unless it is there."""
    take(town())


def town() -> list[dict[str, str]]:
    """Generate and publish the town unless it is there, with the demo citizen's accounts.

    Returns the accounts still to be taken in: half a minute that nobody need wait for. They go from memory
    into the vault: no file ever holds who owns what and who owes.
    """
    from alcaldia.kernel.models import Municipality
    from alcaldia.land.demo import generate
    from alcaldia.project import demo_agendas, demo_people, demo_registers
    from alcaldia.project.commands.import_ import take_accounts
    from alcaldia.project.commands.municipality import load_folder

    there = Municipality.objects.filter(slug=SLUG, publication__gt=0).exists()
    if there and _taken().exists():
        return []
    sys.stderr.write("Dibujando San Jacinto del Río, un pueblo que no existe…\n")
    accounts: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory(prefix="alcaldia-demo-") as folder:
        generate(Path(folder), accounts=accounts.extend)
        if not there:
            load_folder(Path(folder))
    chosen = demo_people.citizen_among(accounts)
    with process.running(environment.home() / "broker", environment.public_url()):
        demo_registers.load(Municipality.objects.get(slug=SLUG))
    demo_agendas.load(Municipality.objects.get(slug=SLUG))
    first = [row for row in accounts if row["identificador"] == chosen]
    take_accounts(first, SLUG)
    demo_people.choose_citizen(first[0], SLUG)
    return accounts


def take(accounts: list[dict[str, str]]) -> None:
    """Take in the accounts of the town; those already there change nothing."""
    from alcaldia.kernel.models import Municipality
    from alcaldia.project import demo_registers
    from alcaldia.project.commands.import_ import take_accounts

    if accounts:
        with process.running(environment.home() / "broker", environment.public_url()):
            demo_registers.keep_accounts(Municipality.objects.get(slug=SLUG), accounts)
        take_accounts(accounts, SLUG)
        _taken().touch()


def _taken() -> Path:
    """Says that every account is in: a run that was stopped half-way takes them in again."""
    return environment.home() / "broker" / "demo_accounts"


def _forget() -> None:
    """Only what the demo itself made: databases, published files, documents; of the keys only the log's.

    A log that begins anew under its old keys would be a fork, which every witness refuses.
    """
    home = environment.home()
    for pattern in (
        "main.sqlite3*",
        "public",
        "documents",
        "uploads",
        "broker",
        "bank",
        "keys/log*",
        "keys/demo_*",
    ):
        for path in home.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def address(host: str, port: int) -> str:
    return f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"


LABELS = {
    "planeacion": "Planeación",
    "catastro": "Catastro",
    "tesoreria": "Tesorería",
    "caja": "Caja",
    "ventanilla": "Ventanilla",
    "registro": "Registro",
    "licencias": "Licencias",
    "urbano": "Obras",
    "proteccion": "Protección",
    "ecologia": "Ecología",
    "salud": "Salud",
    "agua": "Agua",
    "vialidad": "Vialidad",
    "seguridad": "Seguridad",
    "civil": "Reg. Civil",
    "juzgado": "Juzgado",
    "secretaria": "Secretaría",
    "comercio": "Comercio",
    "economia": "Economía",
    "cultura": "Cultura",
    "servicios": "Servicios",
    "ciudadana": "Ciudadana",
}


def say(host: str, port: int) -> None:
    """The address and, for each demo account, the link that registers a passkey in the browser that opens it."""
    from alcaldia.kernel.models import Municipality
    from alcaldia.project import demo_people

    at = address(host, port)
    links = demo_people.links(Municipality.objects.get(slug=SLUG))
    rows = "".join(f"    {LABELS[name]:12} {at}{path}\n" for name, path in links.items())
    sys.stdout.write(
        f"\n  Alcaldía está lista: {at}/\n"
        f"  Mapa y dictámenes:   {at}/visor/{SLUG}/\n"
        f"  Crear una cuenta:    {at}/cuenta/registro/\n"
        f"  Nadie usa contraseña. Cada enlace registra una vez la primera llave de acceso de esa cuenta, la de este navegador:\n"
        f"{rows}"
        f"  Ya registrada la llave, se entra en {at}/oficina/ y {at}/cuenta/\n"
        f"  Banco de prueba:     {at}/banco-de-prueba/\n"
        f"  Avisos enviados:     {at}/buzon/\n"
        f"  Termine con Ctrl+C.\n\n"
    )
    sys.stdout.flush()
