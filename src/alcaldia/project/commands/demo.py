"""Prepara y sirve el municipio de demostración: web y trabajo de fondo con una sola orden."""

import argparse
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from alcaldia.project import environment
from alcaldia.project.commands import serve, worker

SLUG = "demo"
OFFICIAL = "planeacion"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=None)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--reset", action="store_true", help="borra los datos de demostración y empieza de nuevo"
    )


def run(args: argparse.Namespace) -> int:
    if args.reset:
        _forget()
    port = args.port or environment.port()
    # What the QR of a certificate opens; a city sets its own address.
    os.environ.setdefault("ALCALDIA_PUBLIC_URL", address(args.host, port))
    serve.prepare()
    serve.with_broker()
    password = load()
    _say(args.host, port, password)
    return _together(
        worker.command(),
        serve.command(args.host, port, args.workers),
    )


def load() -> str | None:
    """Generate and publish the town unless it is there; returns a new official's password."""
    from alcaldia.kernel.models import Municipality
    from alcaldia.land.demo import generate
    from alcaldia.project.commands.import_ import take_accounts
    from alcaldia.project.commands.municipality import load_folder

    password = _official_password()
    if not Municipality.objects.filter(slug=SLUG, publication__gt=0).exists():
        sys.stderr.write("Dibujando San Jacinto del Río, un pueblo que no existe…\n")
        with tempfile.TemporaryDirectory(prefix="alcaldia-demo-") as folder:
            accounts: list[dict[str, str]] = []
            generate(Path(folder), accounts=accounts.extend)
            load_folder(Path(folder))
            # From memory into the vault: no file ever holds who owns what and who owes.
            take_accounts(accounts, SLUG)
    _official(password)
    return password


def _official_password() -> str:
    """Made on the first run and kept with the keys, so that every run prints the same."""
    return environment.private_text(environment.home() / "keys" / "demo_official", secrets.token_urlsafe(12))


def _official(password: str) -> None:
    from datetime import date

    from django.contrib.auth.models import User

    from alcaldia.identity.models import Post
    from alcaldia.kernel.models import Municipality

    if User.objects.filter(username=OFFICIAL).exists():
        return
    official = User.objects.create_user(OFFICIAL, password=password)
    town = Municipality.objects.get(slug=SLUG)
    Post.objects.create(official=official, municipality=town, role=Post.Role.PLANNER, since=date(2025, 1, 1))


def _forget() -> None:
    """Only what the demo itself made: databases, published files, documents; of the keys only the log's.

    A log that begins anew under its old keys would be a fork, which every witness refuses.
    """
    home = environment.home()
    for pattern in ("main.sqlite3*", "public", "documents", "uploads", "keys/log*"):
        for path in home.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def address(host: str, port: int) -> str:
    return f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"


def _say(host: str, port: int, password: str | None) -> None:
    at = address(host, port)
    sys.stdout.write(
        f"\n  Alcaldía está lista: {at}/\n"
        f"  Mapa y dictámenes:   {at}/visor/{SLUG}/\n"
        f"  Oficina (personal):  {at}/oficina/   usuario {OFFICIAL}   contraseña {password}\n"
        f"  Termine con Ctrl+C.\n\n"
    )
    sys.stdout.flush()


def _together(*commands: list[str]) -> int:
    """Run all of them until one ends or a person stops us; then end the rest."""
    running = [subprocess.Popen(command, env=serve.child_environment()) for command in commands]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
        return next(process.returncode for process in running if process.poll() is not None)
    except KeyboardInterrupt:
        return 0
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=20)
