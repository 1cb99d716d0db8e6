"""Start Django for a command, and make sure that the database has its tables."""

import os
from io import StringIO

from alcaldia.kernel.errors import Refusal


def start(*, migrate: bool = False) -> None:
    """Ready to use models; with `migrate` also with all tables (a fresh home just works)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alcaldia.project.settings")
    import django

    django.setup()
    if migrate:
        from django.core.management import call_command
        from django.db.utils import OperationalError

        try:
            call_command("migrate", interactive=False, verbosity=0, stdout=StringIO())
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0][:160]
            detail = f"La base de datos no responde ({reason}). Revise DATABASE_URL y que el servidor esté encendido."
            raise Refusal("database_down", detail) from None
