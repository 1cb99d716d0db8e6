"""The broker's own SQLite file: subjects, keys, passkeys, kiosks, grants, accesses, identifiers.

A store of before has what is new when it is next opened; columns that nothing reads any more stay in it, such as the one
office of a subject.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alcaldia.ledger.filelog import FileLog

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subject (
  subject TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', made TEXT NOT NULL, erased TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS post (
  subject TEXT NOT NULL, office TEXT NOT NULL, role TEXT NOT NULL, since TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (subject, office, role)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keypair (
  subject TEXT NOT NULL REFERENCES subject, suite TEXT NOT NULL, public BLOB NOT NULL, wrap BLOB NOT NULL,
  kek TEXT NOT NULL, current INTEGER NOT NULL, PRIMARY KEY (subject, suite));
CREATE INDEX IF NOT EXISTS keypair_kek ON keypair (kek);
CREATE TABLE IF NOT EXISTS passkey (
  credential BLOB PRIMARY KEY, subject TEXT NOT NULL REFERENCES subject, public BLOB NOT NULL,
  count INTEGER NOT NULL, valid_from TEXT NOT NULL, revoked TEXT);
CREATE INDEX IF NOT EXISTS passkey_subject ON passkey (subject);
CREATE TABLE IF NOT EXISTS code (
  hash TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL DEFAULT '', office TEXT NOT NULL DEFAULT '',
  role TEXT NOT NULL DEFAULT '', name TEXT NOT NULL DEFAULT '', until TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS code_subject ON code (subject);
CREATE TABLE IF NOT EXISTS kiosk (
  subject TEXT PRIMARY KEY REFERENCES subject, town TEXT NOT NULL, name TEXT NOT NULL, public BLOB NOT NULL,
  since TEXT NOT NULL, revoked TEXT) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS kiosk_name ON kiosk (town, name) WHERE revoked IS NULL;
CREATE TABLE IF NOT EXISTS approval (
  hash TEXT NOT NULL, official TEXT NOT NULL, subject TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (hash, official)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bundle (
  hash TEXT PRIMARY KEY, person TEXT NOT NULL, send TEXT NOT NULL, assertion TEXT NOT NULL,
  assisted TEXT NOT NULL DEFAULT '', given TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS permit (
  id TEXT PRIMARY KEY, bundle TEXT NOT NULL REFERENCES bundle, place INTEGER NOT NULL, person TEXT NOT NULL,
  nonce TEXT NOT NULL UNIQUE, office TEXT NOT NULL, number TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0,
  revoked TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS permit_case ON permit (number, office);
CREATE INDEX IF NOT EXISTS permit_person ON permit (person);
CREATE TABLE IF NOT EXISTS looked (
  permit TEXT NOT NULL REFERENCES permit, field TEXT NOT NULL, PRIMARY KEY (permit, field)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS access (
  id INTEGER PRIMARY KEY, person TEXT NOT NULL, kind TEXT NOT NULL, office TEXT NOT NULL DEFAULT '',
  suite TEXT NOT NULL, sealed BLOB NOT NULL, leaf BLOB NOT NULL, place INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS access_person ON access (person, id);
CREATE TABLE IF NOT EXISTS newest (
  person TEXT NOT NULL, grp TEXT NOT NULL, item TEXT NOT NULL, number INTEGER NOT NULL,
  digest TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (person, grp, item)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identifier (mark TEXT PRIMARY KEY, subject TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS common (
  person TEXT NOT NULL, item TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (person, item, mark)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS common_mark ON common (mark);
CREATE TABLE IF NOT EXISTS digest (
  person TEXT NOT NULL, month TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY (person, month, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS closed (month TEXT PRIMARY KEY, upto INTEGER NOT NULL, at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tally (
  month TEXT NOT NULL, office TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY (month, office, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS council (
  id INTEGER PRIMARY KEY, needed INTEGER NOT NULL, members TEXT NOT NULL, since TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS emergency (
  number INTEGER PRIMARY KEY, nonce TEXT NOT NULL UNIQUE, at TEXT NOT NULL, place INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS spare (
  id TEXT PRIMARY KEY, subject TEXT NOT NULL REFERENCES subject, kind TEXT NOT NULL, suite TEXT NOT NULL,
  public BLOB NOT NULL, helper TEXT NOT NULL DEFAULT '', credential TEXT NOT NULL DEFAULT '',
  salt TEXT NOT NULL DEFAULT '', made TEXT NOT NULL, asked TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS spare_subject ON spare (subject);
CREATE INDEX IF NOT EXISTS spare_helper ON spare (helper);
CREATE TABLE IF NOT EXISTS spare_wrap (
  spare TEXT NOT NULL REFERENCES spare, suite TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (spare, suite)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source (code TEXT PRIMARY KEY, public BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source_before (
  code TEXT NOT NULL, public BLOB NOT NULL, until TEXT NOT NULL, PRIMARY KEY (code, public)) WITHOUT ROWID;
"""


class Store:
    """The broker's tables beside its log: one file, one writer, one flush for both."""

    def __init__(self, log: FileLog) -> None:
        self._log, self._connection = log, log.store
        self._connection.row_factory = sqlite3.Row
        # secure_delete: what is erased is overwritten in the file, not only forgotten by its index.
        self._connection.executescript("PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;" + SCHEMA)
        self.checkpoint()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, on the disk on leaving, with what is appended to the log meanwhile.

        Inside of another it is a part of that one: an exception must leave both.
        """
        if self._connection.in_transaction:
            yield self._connection
            return
        with self._log.together() as connection:
            yield connection

    def one(self, sql: str, *given: Any) -> sqlite3.Row | None:
        """The first row, or None."""
        row: sqlite3.Row | None = self._connection.execute(sql, given).fetchone()
        return row

    def all(self, sql: str, *given: Any) -> list[sqlite3.Row]:
        return self._connection.execute(sql, given).fetchall()

    def meta(self, name: str) -> str | None:
        row = self.one("SELECT value FROM meta WHERE name = ?", name)
        return row["value"] if row else None

    def checkpoint(self) -> None:
        """Move the journal into the file, so that what was destroyed is in neither; while a backup reads it, `settle` does it."""
        self._owed = not self._log.empty_journal()

    def settle(self) -> None:
        """Do what a checkpoint could not; the server asks every second, and a start does it too."""
        if self._owed and self._log.journal_was_emptied():
            self._owed = False
        elif self._owed:
            self.checkpoint()


def set_meta(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Keep one named value."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
