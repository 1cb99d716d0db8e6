"""The one engine-specific structure: a box index over published shapes.

SQLite keeps an R*Tree, PostgreSQL a GiST index over its core `box` type. Both hold rows of
published versions only, so old versions cost nothing. The version stands beside the box, so that
asking "which features lie here?" never opens the wide rows.
"""

from django.db import migrations

TABLES = ("land_parcel", "land_feature")


def create(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"CREATE VIRTUAL TABLE {table}_box USING rtree(id, minx, maxx, miny, maxy, +version_id)")
        else:
            schema_editor.execute(
                f"CREATE TABLE {table}_box (id bigint PRIMARY KEY REFERENCES {table}(id) ON DELETE CASCADE, "
                "bb box NOT NULL, version_id bigint NOT NULL)"
            )
            schema_editor.execute(f"CREATE INDEX {table}_box_bb ON {table}_box USING gist (bb)")


def drop(apps, schema_editor):
    for table in TABLES:
        schema_editor.execute(f"DROP TABLE {table}_box")


class Migration(migrations.Migration):
    dependencies = [("land", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
