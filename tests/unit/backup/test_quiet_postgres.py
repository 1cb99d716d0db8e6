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
        source._reserve()
        source._keep_receiving()
        try:
            city.execute("CREATE TABLE t (a text)")
            for _ in range(3):
                city.execute(ROWS)
                city.execute("SELECT pg_switch_wal()")
                source._catch_up()
        finally:
            source.close()


def test_what_is_written_before_the_receiver_comes_is_kept_for_it(tmp_path):
    """A base copy begins with a checkpoint, which removes segments that nobody reserved."""
    if postgres.binaries() is None:
        missing("PostgreSQL 15 or later is not here")
    with postgres.server() as url, psycopg.connect(url, autocommit=True) as city:
        source = backup.Source(tmp_path, url)
        source._reserve()
        first = city.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()[0]
        city.execute("SELECT pg_switch_wal()")
        for _ in range(4):
            city.execute("CREATE TABLE IF NOT EXISTS t (a text)")
            city.execute(ROWS)
            city.execute("SELECT pg_switch_wal()")
            city.execute("CHECKPOINT")
        source._keep_receiving()
        try:
            source._catch_up()
        finally:
            source.close()
    assert first in {path.name for path in (tmp_path / "incoming").iterdir()}
