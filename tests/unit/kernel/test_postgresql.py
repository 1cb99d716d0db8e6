"""A connection that the server ended is seen and replaced; one that lives is not asked."""

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="the other engine has no server"),
]


def pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def next_request() -> None:
    connection.close_if_unusable_or_obsolete()
    connection.health_check_enabled, connection.health_check_done = True, False


def test_a_connection_that_the_server_ended_is_replaced() -> None:
    old = pid()
    with psycopg.connect(
        **{**connection.get_connection_params(), "cursor_factory": psycopg.Cursor, "autocommit": True}
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [old])
    assert not connection.is_usable()
    next_request()
    assert pid() != old


def test_a_live_connection_is_kept_without_asking() -> None:
    old = pid()
    next_request()
    with CaptureQueriesContext(connection) as asked:
        assert pid() == old
    assert [one["sql"] for one in asked] == ["SELECT pg_backend_pid()"]
    assert connection.is_usable()
