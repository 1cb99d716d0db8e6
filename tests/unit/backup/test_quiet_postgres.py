"""PostgreSQL's log is followed to its end, also where nobody writes any more."""

import psycopg

from alcaldia.project import postgres
from alcaldia.project.backup import postgres as backup
from tests.conftest import missing

ROWS = "INSERT INTO t SELECT repeat(md5(g::text), 20) FROM generate_series(1, 3000) g"


def test_a_quiet_city_is_not_taken_for_one_that_lags(tmp_path, monkeypatch):
    if postgres.binaries() is None:
        missing("PostgreSQL 15 or later is not here")
    monkeypatch.setattr(backup, "PATIENCE", 5.0)
    with postgres.server() as url, psycopg.connect(url, autocommit=True) as city:
        source = backup.Source(tmp_path, url)
        source._receive()
        try:
            city.execute("CREATE TABLE t (a text)")
            for _ in range(3):
                city.execute(ROWS)
                city.execute("SELECT pg_switch_wal()")
                source._catch_up()
        finally:
            source.close()
