"""Append-only by the database itself: entries and nodes are neither changed nor deleted.

SQLite traps: INSERT OR REPLACE deletes without firing delete triggers, hence the insert trigger;
and a table that a later migration rebuilds loses its triggers, so such a migration must install
them again (a test counts them).
"""

from typing import Any

TABLES = {"ledger_entry": "index", "ledger_node": "id"}
MESSAGE = "the ledger is append-only"


def _sqlite(table: str, key: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    taken = f'WHEN EXISTS (SELECT 1 FROM {table} WHERE "{key}" = NEW."{key}")'  # noqa: S608
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {taken} {refuse}",
    ]


def _postgresql(table: str) -> list[str]:
    call = "EXECUTE FUNCTION ledger_refuse()"
    return [
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {call}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}",
    ]


def install(connection: Any, tables: dict[str, str] = TABLES) -> None:
    """Make tables (name → primary key) append-only on the engine of `connection`; without names, the ledger's."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            body = f"BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END"
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
            )
        for table, key in tables.items():
            for sql in _sqlite(table, key) if connection.vendor == "sqlite" else _postgresql(table):
                cursor.execute(sql)


def remove(connection: Any, tables: dict[str, str] = TABLES) -> None:
    """Take the triggers away: to migrate the tables themselves, or to empty a test database."""
    names = (
        ("no_update", "no_delete", "no_replace")
        if connection.vendor == "sqlite"
        else ("no_change", "no_truncate")
    )
    with connection.cursor() as cursor:
        for table in tables:
            for name in names:
                of_table = "" if connection.vendor == "sqlite" else f" ON {table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{of_table}")
