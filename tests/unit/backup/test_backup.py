"""A backup follows what is committed, restores to the same rows, and shows any hand laid on it."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.project.backup import council, drill, lists
from alcaldia.project.backup.chain import Chain, read
from alcaldia.project.backup.restore import restore
from alcaldia.project.backup.service import Service
from tests.conftest import ROOT


class City:
    """A home with one database and some documents, and its backup."""

    def __init__(self, tmp_path):
        self.home, self.copy, self.back = (tmp_path / name for name in ("home", "copy", "back"))
        self.home.mkdir()
        self.store = sqlite3.connect(self.home / "main.sqlite3", isolation_level=None)
        self.store.executescript(
            "PRAGMA journal_mode=WAL; CREATE TABLE act (n INTEGER PRIMARY KEY, body BLOB)"
        )
        self.service = Service(self.home, Chain(self.copy))

    def act(self, count=1):
        for _ in range(count):
            self.store.execute("INSERT INTO act (body) VALUES (?)", (os.urandom(900),))

    def restored(self, **more):
        found = restore(self.copy, self.back, **more)
        return found, sqlite3.connect(self.back / "main.sqlite3").execute("SELECT * FROM act").fetchall()

    def rows(self):
        return self.store.execute("SELECT * FROM act").fetchall()


@pytest.fixture
def city(tmp_path):
    made = City(tmp_path)
    yield made
    made.service.close()
    made.store.close()


def test_what_was_committed_before_the_last_step_comes_back(city):
    city.act(3)
    city.service.step()
    city.act(50)
    city.service.step()
    expected = city.rows()
    city.act(1)
    assert city.restored()[1] == expected


def test_an_emptied_log_starts_a_new_generation_and_loses_nothing(city):
    city.act(5)
    city.service.step()
    city.service.close()
    city.service = Service(city.home, Chain(city.copy))  # a new process
    city.store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    city.act(5)
    city.service.step()
    assert city.restored()[1] == city.rows()
    assert city.service.chain.generation("main.sqlite3") == 2


def test_a_long_log_is_cut_by_a_fresh_copy(city, monkeypatch):
    monkeypatch.setattr("alcaldia.project.backup.service.NEW_SNAPSHOT_AT", 50_000)
    for _ in range(4):
        city.act(40)
        city.service.step()
    assert city.service.chain.generation("main.sqlite3") > 1
    assert city.restored()[1] == city.rows()


@pytest.mark.parametrize("folder", ["documents", "attachments", "sealed"])
def test_files_are_copied_once(city, folder):
    (city.home / folder).mkdir()
    (city.home / folder / "a").write_bytes(b"%PDF")
    city.service.step()
    assert city.service.step() == 0
    assert city.restored()[0].files == 1
    assert (city.back / folder / "a").read_bytes() == b"%PDF"


def test_counts_of_attempts_are_not_followed(city):
    """Each request that is counted would be a page of the copy for ever."""
    (city.home / "run").mkdir()
    sqlite3.connect(city.home / "run" / "rates.sqlite3").close()
    city.service.step()
    assert {link.store for link in city.service.chain.links} == {"main.sqlite3"}


@pytest.mark.parametrize("what", ["snapshot", "wal"])
def test_a_changed_or_missing_file_is_refused(city, what):
    city.act(9)
    city.service.step()
    link = next(link for link in city.service.chain.links if link.kind == what)
    path = city.copy / link.path
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(Refusal, match="alguien lo cambió"):
        city.restored()
    path.unlink()
    with pytest.raises(Refusal, match="Falta el archivo"):
        city.restored()


@pytest.mark.parametrize("harm", ["drop", "swap", "edit"])
def test_a_changed_chain_is_refused(city, harm):
    for _ in range(3):
        city.act()
        city.service.step()
    path = city.copy / "chain.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    if harm == "drop":
        del lines[1]
    elif harm == "swap":
        lines[1], lines[2] = lines[2], lines[1]
    else:
        lines[1] = lines[1].replace('"kind":"', '"kind":"x')
    path.write_text("".join(lines))
    with pytest.raises(Refusal, match="cadena del respaldo está rota"):
        list(read(city.copy))


def test_half_a_line_left_by_a_crash_is_cut_and_the_backup_goes_on(city):
    city.act()
    city.service.step()
    with (city.copy / "chain.jsonl").open("a") as file:
        file.write(json.dumps({"n": 99})[:-1])
    city.service.close()
    city.service = Service(city.home, Chain(city.copy))
    city.act()
    city.service.step()
    assert city.restored()[1] == city.rows()


def test_a_home_with_data_is_never_written_over(city):
    city.act()
    city.service.step()
    with pytest.raises(Refusal, match="ya hay datos"):
        restore(city.copy, city.home)


def test_an_empty_folder_is_no_backup(tmp_path):
    with pytest.raises(NotFound, match="no hay un respaldo"):
        restore(tmp_path, tmp_path / "back")


def test_a_full_disk_leaves_the_backup_as_it_was(city, monkeypatch):
    city.act()
    city.service.step()
    before = (city.copy / "chain.jsonl").read_bytes()
    city.act()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("alcaldia.project.backup.chain.os.fsync", full)
    with pytest.raises(Refusal, match="Libere espacio"):
        city.service.step()
    monkeypatch.undo()
    assert (city.copy / "chain.jsonl").read_bytes() == before
    city.service.step()
    assert city.restored()[1] == city.rows()


WRITER = """
import os, sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
for n in range(100000):
    store.execute("INSERT INTO act (body) VALUES (?)", (os.urandom(900),))
    print(n, flush=True)
"""


def test_a_writer_killed_in_the_middle_loses_nothing_that_was_shipped(city):
    city.act(1)
    city.service.step()
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(city.home / "main.sqlite3")], stdout=subprocess.PIPE, text=True
    )
    for _ in range(200):
        child.stdout.readline()
    city.service.step()
    child.kill()
    child.wait()
    child.stdout.close()
    assert len(city.restored()[1]) >= 201


@settings(max_examples=8)
@given(st.integers(2, 5).flatmap(lambda n: st.tuples(st.just(n), st.integers(2, n))))
def test_enough_parts_open_the_keys_and_one_fewer_does_not(sizes):
    members, needed = sizes
    public, words = council.split(members, needed)
    assert council.join(words[-needed:]).public_key().public_bytes_raw() == public
    with pytest.raises(Refusal, match="Con esas partes no se abre"):
        council.join(words[: needed - 1])


def test_the_keys_come_back_only_with_the_council(city):
    keys = city.home / "keys"
    keys.mkdir()
    public, words = council.split(3, 2)
    (keys / "council.pub").write_text(public.hex())
    (keys / "seal.key").write_bytes(b"very secret")
    (city.home / "broker").mkdir()
    (city.home / "broker" / "registers.key").write_bytes(b"very secret of rows")
    city.service.step()
    assert not any(b"very secret" in path.read_bytes() for path in city.copy.rglob("*") if path.is_file())
    assert city.restored(parts=words[:2])[0].keys == 3
    assert (city.back / "keys" / "seal.key").read_bytes() == b"very secret"
    assert (city.back / "broker" / "registers.key").read_bytes() == b"very secret of rows"


def test_trusted_authorities_come_back_as_they_were_last_and_passwords_only_with_the_council(city):
    public, words = council.split(3, 2)
    for name, text in {"keys/council.pub": public.hex(), "identity/llave.toml": "very secret"}.items():
        (city.home / name).parent.mkdir(exist_ok=True)
        (city.home / name).write_text(text)
    trust = city.home / "identity" / "trust"
    trust.mkdir()
    for name, text in (("sat.pem", "one"), ("old.cer", "two"), ("sat.crl", "three")):
        (trust / name).write_text(text)
        city.service.step()
    (trust / "old.cer").unlink()
    (trust / "sat.crl").write_text("four")
    city.service.step()
    assert city.service.step() == 0
    assert not any(b"very secret" in path.read_bytes() for path in city.copy.rglob("*") if path.is_file())
    city.restored()
    back = city.back / "identity"
    assert {one.name: one.read_text() for one in back.rglob("*") if one.is_file()} == {
        "sat.pem": "one",
        "sat.crl": "four",
    }
    shutil.rmtree(city.back)
    city.restored(parts=words[:2])
    assert (back / "llave.toml").read_text() == "very secret"


def test_a_list_of_the_backup_writes_nowhere_else(tmp_path):
    for name in ("keys/log.key", "identity/trust/../../keys/log.key", "/etc/passwd"):
        with pytest.raises(Refusal, match="no es válido"):
            lists.unpack(json.dumps({name: ""}).encode(), tmp_path)


def test_the_drill_notices_what_did_not_come_back(tmp_path):
    assert "No volvió identity/trust/ensayo.pem." in drill.not_back(tmp_path)


def test_the_manual_says_of_every_folder_of_the_home_how_it_is_backed_up():
    code = "".join(one.read_text() for one in (ROOT / "src").rglob("*.py") if "bench" not in one.parts)
    named = set(re.findall(r'(?:HOME\)|home\(\)) / "(\w+)"', code))
    told = (ROOT / "docs" / "manual" / "respaldos.md").read_text()
    assert {"identity", "keys", "monitor"} <= named
    assert [one for one in named if f"`{one}/`" not in told] == []


def test_parts_of_another_council_open_nothing(city):
    (city.home / "keys").mkdir()
    (city.home / "keys" / "council.pub").write_text(council.split(3, 2)[0].hex())
    city.service.step()
    with pytest.raises(Refusal, match="otro reparto"):
        city.restored(parts=council.split(3, 2)[1][:2])
