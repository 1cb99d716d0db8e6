"""Sirve la ciudad por HTTP (producción): --port N, --workers K."""

import argparse
import errno
import os
import socket
import sys

from alcaldia.broker import process
from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup, environment
from alcaldia.project.together import child_environment


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=None)
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 para escuchar en toda la red")
    parser.add_argument(
        "--workers", type=int, default=processes(), help="procesos; dos por núcleo si no se dice"
    )


def run(args: argparse.Namespace) -> int:
    port = free_port(args.host, args.port)
    # Passkeys are bound to the address that people see: without a public one it is this port's.
    os.environ["ALCALDIA_PORT"] = str(port)
    prepare()
    with_broker()
    # The server takes this process over, so that whoever ends us ends it.
    os.execve(sys.executable, command(args.host, port, args.workers), child_environment())  # noqa: S606
    return 0


def free_port(host: str, given: int | None) -> int:
    """The port to serve on, once it is known to be free: the server itself would share it in silence."""
    port = environment.port() if given is None else given
    if not 0 < port < 65536:
        raise Refusal("bad_port", "El puerto es un número entre 1 y 65535. Indíquelo con --port.")
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise Refusal("port_not_free", _why_not(host, port, error)) from error
    return port


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"El puerto {port} ya está en uso, quizá por otra Alcaldía. Ciérrela o elija otro con --port."
    return f"No se puede servir en {host}:{port} ({error.strerror}). Elija otros con --host y --port."


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


def processes() -> int:
    """Two a core: while one waits for the database, the disk or somebody outside, another works."""
    return 2 * max(os.cpu_count() or 1, 1)


def command(host: str, port: int, workers: int) -> list[str]:
    """Processes of one thread each: two threads of one process interrupt each other at every query (ADR 57)."""
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
        "1",
        "--backlog",
        "1024",
        "--respawn-failed-workers",
        # A worker that is replaced (project/fresh_workers) goes on until the new one is ready to take over.
        # It says nothing when it is: 10 s are three times what it takes, on a slow machine and with a large city.
        "--respawn-interval",
        "10",
        # … and is ended then, whoever keeps a connection to it open.
        "--workers-kill-timeout",
        "20",
        "--no-access-log",
        "--log-level",
        "error",  # it warns of more processes than cores, which is meant
        "alcaldia.project.wsgi:application",
    ]
