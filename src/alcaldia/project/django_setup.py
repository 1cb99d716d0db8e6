"""Start Django for a command, and make sure that the database has its tables."""

import os
from io import StringIO


def start(*, migrate: bool = False) -> None:
    """Ready to use models; with `migrate` also with all tables (a fresh home just works)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alcaldia.project.settings")
    import django

    django.setup()
    if migrate:
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0, stdout=StringIO())
