"""PostgreSQL as docs/manual/produccion.md sets it up: the web's role works with rows and owns no table."""

import re
from contextlib import contextmanager

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.utils import OperationalError

from alcaldia.kernel.models import Municipality
from alcaldia.ledger.models import Entry
from alcaldia.project.commands.doctor import owned_tables
from tests.conftest import ROOT
from tests.factories.town import town

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="roles are PostgreSQL's"),
]
PAGE = (ROOT / "docs" / "manual" / "produccion.md").read_text()


@contextmanager
def as_the_web():
    """The session under a role with exactly the grants that the page names, and back."""
    grants = re.findall(r"GRANT ([A-Z, ]+) ON (TABLES|SEQUENCES) TO alcaldia_web", PAGE)
    assert {what for _, what in grants} == {"TABLES", "SEQUENCES"}
    with connection.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS web_of_a_test")
        cursor.execute("CREATE ROLE web_of_a_test")
        cursor.execute("GRANT USAGE ON SCHEMA public TO web_of_a_test")
        for rights, what in grants:
            cursor.execute(f"GRANT {rights} ON ALL {what} IN SCHEMA public TO web_of_a_test")
        cursor.execute("SET LOCAL ROLE web_of_a_test")
        try:
            yield cursor
        finally:
            cursor.execute("RESET ROLE")


DDL = (
    "CREATE TABLE mine (a int)",
    "DROP TABLE ledger_entry",
    "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
    "TRUNCATE ledger_entry",
    "ALTER TABLE kernel_municipality ADD COLUMN x int",
    "CREATE ROLE other SUPERUSER",
    "COPY kernel_municipality TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
    "GRANT pg_read_all_data TO web_of_a_test",
)


@pytest.mark.parametrize("sql", DDL)
def test_the_web_role_may_not_change_tables_or_the_past(sql):
    with as_the_web() as cursor, pytest.raises((ProgrammingError, OperationalError)), transaction.atomic():
        cursor.execute(sql)


def test_the_web_role_reads_and_writes_rows():
    town()
    with as_the_web():
        assert Municipality.objects.count() == 1
        Municipality.objects.update(name="Otro")
        assert Entry.objects.count() >= 0


def test_the_doctor_tells_an_owner_from_a_guest():
    assert owned_tables(connection) > 10
    with as_the_web():
        assert owned_tables(connection) == 0


def test_statements_and_locks_end_by_themselves():
    with connection.cursor() as cursor:
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone()[0] not in {"0", ""}, name
