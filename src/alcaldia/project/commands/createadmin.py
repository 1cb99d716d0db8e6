"""Da de alta a una persona de la oficina con un puesto en un municipio."""

import argparse
import getpass
import os
import sys

from alcaldia.project import django_setup

ROLES = ("planner", "cadastre", "reviewer", "operator")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--username", help="si falta, se pregunta")
    parser.add_argument("--municipality", metavar="SLUG", help="si falta, se pregunta")
    parser.add_argument("--role", choices=ROLES, default="operator")
    parser.add_argument("--name", default="", help="nombre completo")
    parser.add_argument(
        "--password-env",
        metavar="VARIABLE",
        help="variable de entorno con la contraseña; si falta, se pregunta",
    )


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=True)
    from django.utils import timezone

    from alcaldia.identity.models import Post
    from alcaldia.land.rulebook import municipality_of

    username = args.username or input("Usuario: ").strip()
    town = municipality_of(args.municipality or input("Municipio (nombre corto): ").strip())
    official = _official(username, args)
    today = timezone.localdate()
    if not Post.objects.filter(
        official=official, municipality=town, role=args.role, until__isnull=True
    ).exists():
        Post.objects.create(official=official, municipality=town, role=args.role, since=today)
    sys.stdout.write(f"Listo: {username} tiene un puesto en {town.name}. Entre en /oficina/.\n")
    return 0


def _official(username: str, args: argparse.Namespace):  # type: ignore[no-untyped-def]
    """The existing account, or a new one whose password passes the validators."""
    from django.contrib.auth.models import User
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from alcaldia.kernel.errors import Refusal

    if not username:
        raise Refusal("no_username", "Escriba un nombre de usuario.")
    known = User.objects.filter(username=username).first()
    if known is not None:
        return known
    password = os.environ.get(args.password_env, "") if args.password_env else getpass.getpass("Contraseña: ")
    try:
        validate_password(password)
    except ValidationError as error:
        raise Refusal("weak_password", " ".join(error.messages)) from error
    first, _, last = args.name.partition(" ")
    return User.objects.create_user(username, password=password, first_name=first, last_name=last)
