"""The bank's own books, in one SQLite file that the city never reads."""

import sqlite3
import threading
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS charges (
  id TEXT PRIMARY KEY, key TEXT UNIQUE, method TEXT, cents INTEGER, currency TEXT, concept TEXT, folio TEXT,
  expires REAL, back TEXT, notify TEXT, reference TEXT, state TEXT, made REAL);
CREATE TABLE IF NOT EXISTS payments (
  id TEXT PRIMARY KEY, charge TEXT REFERENCES charges, cents INTEGER, returned INTEGER DEFAULT 0, state TEXT,
  paid REAL, told INTEGER DEFAULT 1);
CREATE TABLE IF NOT EXISTS outbox (
  seq INTEGER PRIMARY KEY, due REAL, notify TEXT, body BLOB, honest INTEGER, tries INTEGER DEFAULT 0, done REAL);
CREATE TABLE IF NOT EXISTS refunds (key TEXT PRIMARY KEY, payment TEXT, cents INTEGER, made REAL);
CREATE INDEX IF NOT EXISTS payments_of ON payments (charge);
CREATE INDEX IF NOT EXISTS payments_by_day ON payments (paid);
CREATE INDEX IF NOT EXISTS undelivered ON outbox (due) WHERE done IS NULL;
"""


class Store:
    """One connection a thread; every change is one transaction that ends with the block."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bank.sqlite3"
        self._local = threading.local()

    def connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "found", None)
        if found is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = sqlite3.connect(self.path, timeout=10)
            found.row_factory = sqlite3.Row
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=NORMAL")
            found.executescript(SCHEMA)
            self._local.found = found
        return found

    def one(self, sql: str, *words: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.connection().execute(sql, words).fetchone()
        return row

    def all(self, sql: str, *words: object) -> list[sqlite3.Row]:
        return self.connection().execute(sql, words).fetchall()

    def close(self) -> None:
        """Close this thread's connection (tests)."""
        found = getattr(self._local, "found", None)
        if found is not None:
            found.close()
            self._local.found = None
