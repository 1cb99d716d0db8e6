"""The head keeps the tree's right edge; nobody looks for folios by their first letters, so PostgreSQL drops that index."""

from django.db import migrations, models

from alcaldia.ledger.rules import merkle


def read_edge(apps, schema_editor):
    """The edge of a log from before, from its stored nodes."""
    for head in apps.get_model("ledger", "LogHead").objects.all():
        edge = merkle.cover(0, head.size)
        stored = apps.get_model("ledger", "Node").objects.in_bulk(map(merkle.number, edge))
        head.edge = b"".join(bytes(stored[merkle.number(one)].hash) for one in edge)
        head.save(update_fields=["edge"])


def drop_letters(apps, schema_editor):
    """By hand: an AlterField would rebuild the table on SQLite, which loses its triggers."""
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'ledger_entry' AND indexdef LIKE %s",
                ["%varchar_pattern_ops%"],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_witnesses")]
    operations = [
        migrations.AddField("loghead", "edge", models.BinaryField(default=bytes)),
        migrations.RunPython(read_edge, migrations.RunPython.noop),
        migrations.RunPython(drop_letters, migrations.RunPython.noop),
    ]
