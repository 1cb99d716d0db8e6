"""Da de alta a una persona de la oficina con un puesto en un municipio e imprime su invitación."""

import argparse
import sys
from typing import TYPE_CHECKING

from alcaldia.project import django_setup, environment

if TYPE_CHECKING:
    from alcaldia.identity.models import Official


def configure(parser: argparse.ArgumentParser) -> None:
    from alcaldia.identity.rules.posts import ROLES

    parser.add_argument("--username", help="si falta, se pregunta")
    parser.add_argument("--municipality", metavar="SLUG", help="si falta, se pregunta")
    parser.add_argument("--role", choices=tuple(ROLES), default="operator")
    parser.add_argument("--agency", default="", help="dependencia del puesto, como «proteccion-civil»")
    parser.add_argument(
        "--title", default="", help="el puesto que firma, como lo nombran los trámites: «juez-civico»"
    )
    parser.add_argument("--name", default="", help="nombre completo, como en el directorio del municipio")
    parser.add_argument(
        "--end",
        action="store_true",
        help="da de baja la cuenta: termina sus puestos y sus sesiones; con --municipality, sólo sus puestos de ahí con ese --role y --agency",
    )


def run(args: argparse.Namespace) -> int:
    """The account, its post and a one-use link; an existing account gets a new link (lost device)."""
    django_setup.start(migrate=True)
    from django.conf import settings
    from django.utils import timezone

    from alcaldia.broker import process
    from alcaldia.identity import actions
    from alcaldia.land.rulebook import municipality_of
    from alcaldia.project.accounts import ensure_post, official_named

    if args.end:
        username = args.username or input("Usuario: ").strip()
        with process.running(environment.home() / "broker", settings.PUBLIC_URL):
            return _end_posts(username, args) if args.municipality else _end(username)
    username = args.username or input("Usuario: ").strip()
    town = municipality_of(args.municipality or input("Municipio (nombre corto): ").strip())
    official = official_named(username, args.name)
    ensure_post(official, town, args.role, args.agency, timezone.localdate(), args.title)
    with process.running(environment.home() / "broker", settings.PUBLIC_URL):
        code = actions.invite(owner=official)
    sys.stdout.write(
        f"Listo: {official.username} tiene un puesto en {town.name}.\n"
        f"Entréguele este enlace; sirve una vez y dura 24 horas:\n"
        f"{settings.PUBLIC_URL}/oficina/invitacion/{code}\n"
    )
    return 0


def _known(username: str) -> "Official":
    from alcaldia.identity.models import Official
    from alcaldia.kernel.errors import NotFound

    official = Official.objects.filter(username=username.strip().lower(), ended_at__isnull=True).first()
    if official is None:
        raise NotFound(
            "no_such_official", f"No hay una cuenta vigente «{username}». Revise el nombre de usuario."
        )
    return official


def _end_posts(username: str, args: argparse.Namespace) -> int:
    """Yesterday was the last day of those posts; the account stays."""
    from datetime import timedelta

    from django.utils import timezone

    from alcaldia.identity import actions
    from alcaldia.kernel.errors import NotFound

    official, today = _known(username), timezone.localdate()
    posts = official.posts.filter(municipality__slug=args.municipality, role=args.role, agency=args.agency)
    live = list(posts.exclude(until__lt=today))
    if not live:
        raise NotFound("no_such_post", f"«{username}» no tiene ese puesto ahí. Revise --role y --agency.")
    for post in live:
        actions.end_post(post=post, on=today - timedelta(days=1), by="operator", channel="cli")
    sys.stdout.write(f"Listo: terminó ese puesto de {official.username}; su cuenta sigue.\n")
    return 0


def _end(username: str) -> int:
    from django.utils import timezone

    from alcaldia.identity import actions

    official = _known(username)
    actions.end_official(official=official, on=timezone.localdate(), by="operator", channel="cli")
    sys.stdout.write(f"Listo: {official.username} ya no puede entrar.\n")
    return 0
