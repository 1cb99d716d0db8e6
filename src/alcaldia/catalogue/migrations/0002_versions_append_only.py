"""Versions can only be added; see ledger/triggers.py for the traps."""

from django.db import migrations

from alcaldia.ledger import triggers

TABLES = {"catalogue_catalogueversion": "id"}


def install(apps, schema_editor):
    triggers.install(schema_editor.connection, TABLES)


def remove(apps, schema_editor):
    triggers.remove(schema_editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial"), ("ledger", "0002_append_only")]
    operations = [migrations.RunPython(install, remove)]
