"""Movements, their transfers and the names of these can only be added; see ledger/triggers.py for the traps.

A migration of its own: PostgreSQL alters no table to which rows were written in the same transaction.
"""

from django.db import migrations, models

from alcaldia.ledger import triggers

TABLES = {"payments_movement": "id", "payments_paidout": "id", "payments_payoutname": "id"}


def install(apps, schema_editor):
    triggers.install(schema_editor.connection, TABLES)


def remove(apps, schema_editor):
    triggers.remove(schema_editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_paid_out"), ("ledger", "0002_append_only")]
    operations = [
        migrations.RemoveField(model_name="movement", name="payout"),
        migrations.RunPython(install, remove),
    ]
