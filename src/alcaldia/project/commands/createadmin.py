"""Da de alta a una persona de la oficina con un puesto en un municipio e imprime su invitación; quien ya tiene llave entra con ella."""

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
    parser.add_argument(
        "--lost-keys",
        action="store_true",
        help="perdió todos sus aparatos: sus llaves y sesiones dejan de valer al momento y recibe otra invitación; sus puestos no cambian",
    )


def run(args: argparse.Namespace) -> int:
    """The account, its post and a one-use link; whoever has a key gets the post and goes on entering with it."""
    django_setup.start(migrate=True)
    from django.conf import settings
    from django.utils import timezone

    from alcaldia.broker import process
    from alcaldia.land.rulebook import municipality_of
    from alcaldia.project.accounts import ensure_post, official_named

    username = args.username or input("Usuario: ").strip()
    if args.end or args.lost_keys:
        with process.running(environment.home() / "broker", settings.PUBLIC_URL):
            if args.lost_keys:
                return _lost(username)
            return _end_posts(username, args) if args.municipality else _end(username)
    town = municipality_of(args.municipality or input("Municipio (nombre corto): ").strip())
    official = official_named(username, args.name)
    ensure_post(official, town, args.role, args.agency, timezone.localdate(), args.title)
    with process.running(environment.home() / "broker", settings.PUBLIC_URL):
        how = _way_in(official)
    sys.stdout.write(f"Listo: {official.username} tiene un puesto en {town.name}.\n{how}")
    return 0


def _way_in(official: "Official") -> str:
    """What to tell them: to enter by a key that they have, or the link that registers a first one."""
    from django.conf import settings

    from alcaldia.identity import actions, offices, queries

    if queries.credential_ids(official):
        offices.tell_offices(official)
        return (
            "Entra con la llave que ya tiene; si estaba dentro, que vuelva a entrar. Un enlace no le agrega otra:\n"
            "si perdió todos sus aparatos, repita con --lost-keys.\n"
        )
    code = actions.invite(owner=official)
    return (
        "Entréguele este enlace; sirve una vez y dura 24 horas:\n"
        f"{settings.PUBLIC_URL}/oficina/invitacion/{code}\n"
    )


def _lost(username: str) -> int:
    from alcaldia.identity import offices

    official = _known(username)
    gone = offices.lose_keys(official=official, by="operator", channel="cli")
    sys.stdout.write(f"Listo: {gone} llaves de {official.username} ya no abren nada.\n{_way_in(official)}")
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

    from alcaldia.identity import offices
    from alcaldia.kernel.errors import NotFound

    official, today = _known(username), timezone.localdate()
    posts = official.posts.filter(municipality__slug=args.municipality, role=args.role, agency=args.agency)
    live = list(posts.exclude(until__lt=today))
    if not live:
        raise NotFound("no_such_post", f"«{username}» no tiene ese puesto ahí. Revise --role y --agency.")
    for post in live:
        offices.end_post(post=post, on=today - timedelta(days=1), by="operator", channel="cli")
    sys.stdout.write(f"Listo: terminó ese puesto de {official.username}; su cuenta sigue.\n")
    return 0


def _end(username: str) -> int:
    from django.utils import timezone

    from alcaldia.identity import offices

    official = _known(username)
    offices.end_official(official=official, on=timezone.localdate(), by="operator", channel="cli")
    sys.stdout.write(f"Listo: {official.username} ya no puede entrar.\n")
    return 0
