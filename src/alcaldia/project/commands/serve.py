"""Sirve la ciudad por HTTP (producción): --port N, --workers K."""

import argparse
import os
import sys

from alcaldia.broker import process
from alcaldia.project import django_setup, environment
from alcaldia.project.together import child_environment


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=None)
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 para escuchar en toda la red")
    parser.add_argument("--workers", type=int, default=max(os.cpu_count() or 1, 1))


def run(args: argparse.Namespace) -> int:
    port = args.port or environment.port()
    # Passkeys are bound to the address that people see: without a public one it is this port's.
    os.environ["ALCALDIA_PORT"] = str(port)
    prepare()
    with_broker()
    # The server takes this process over, so that whoever ends us ends it.
    os.execve(sys.executable, command(args.host, port, args.workers), child_environment())  # noqa: S606
    return 0


def prepare() -> None:
    """Tables and static files in their place; both are quick when nothing changed."""
    django_setup.start(migrate=True)
    from io import StringIO

    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0, stdout=StringIO())


def with_broker() -> None:
    """A broker beside the server, unless one runs already (in production it does, under a user of its own)."""
    folder = environment.home() / "broker"
    if not process.answers(folder):
        process.launch(folder, environment.public_url())


def command(host: str, port: int, workers: int) -> list[str]:
    """One process per core: geometry holds the interpreter lock, so threads alone would not help."""
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--blocking-threads",
        "2",
        "--backlog",
        "1024",
        "--no-access-log",
        "--log-level",
        "warning",
        "alcaldia.project.wsgi:application",
    ]
