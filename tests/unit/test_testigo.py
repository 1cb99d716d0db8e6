"""The witness' one file: never signs a fork or a shrink, remembers across restarts, and its monitor sees the rest."""

import json
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest

from alcaldia.ledger.filelog import FileLog
from alcaldia.ledger.rules import note
from alcaldia.ledger.rules.add_checkpoint import request
from alcaldia.ledger.tilefolder import publish
from tests.conftest import ROOT
from tests.factories.witnesses import door, made, serving, testigo

ORIGIN = "example.org/acts"


@pytest.fixture
def log(tmp_path):
    found = FileLog(tmp_path / "log", origin=ORIGIN, name="acts")
    found.append([b"%d" % at for at in range(300)])
    yield found
    found.close()


@pytest.fixture
def witness(log, tmp_path):
    return made(tmp_path / "w", "w.example", *[row.key.text() for row in log.keys().keys])


def ask(witness, log, old, *, signed=""):
    proof = log.consistency(old, log.size()) if 0 < old <= log.size() else ()
    return witness.add(request(old, proof, signed or log.checkpoint()).encode())


def test_it_signs_what_extends_what_it_saw_with_both_algorithms(witness, log):
    assert ask(witness, log, 0)[0] == 200
    log.append([b"more"])
    status, lines, _ = ask(witness, log, 300)
    signed = log.checkpoint().partition("\n\n")[0] + "\n\n" + lines
    keys = [note.read_key(text) for text in witness.vkeys()]
    times = note.signers(signed, keys)
    assert (status, len(times)) == (200, 2)
    assert all(abs(at - time.time()) < 60 for at in times.values())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"old x\n\n", 400), (b"old 01\n\nexample.org/acts\n", 400), (b"\xff", 400),
        (b"old 0\n\nother.example\n1\n\n", 404), (b"old 0\n\nexample.org/acts\n1\nAAAA\n\n", 403),
    ],
)  # fmt: skip
def test_what_is_no_question_gets_the_status_of_the_specification(witness, body, status):
    assert witness.add(body)[0] == status


def test_a_wrong_old_size_is_answered_with_what_it_has(witness, log):
    ask(witness, log, 0)
    log.append([b"more"])
    assert ask(witness, log, 5) == (409, "300\n", "text/x.tlog.size")
    assert ask(witness, log, 999)[0] == 400


def test_a_forged_signature_or_an_unknown_key_is_forbidden(witness, log, tmp_path):
    twin = FileLog(tmp_path / "twin", origin=ORIGIN)
    twin.append([b"x"])
    assert ask(witness, twin, 0)[0] == 403
    text, lines = note.split(log.checkpoint())
    spoilt = text.replace("300", "301") + "\n" + "\n".join(lines) + "\n"
    assert ask(witness, log, 0, signed=spoilt)[0] == 403
    twin.close()


def test_another_history_is_refused_and_kept_as_evidence(witness, log, tmp_path):
    ask(witness, log, 0)
    shutil.copytree(tmp_path / "log" / "keys", tmp_path / "fork" / "keys")
    fork = FileLog(tmp_path / "fork", origin=ORIGIN)
    fork.append([b"y"] * 300)
    assert ask(witness, fork, 300)[0] == 409
    fork.append([b"y"])
    assert ask(witness, fork, 300)[0] == 422
    kept = [path.read_text() for path in (witness.folder / "evidencia").iterdir()]
    assert len(kept) == 2
    assert all(text.count(f"\n— {ORIGIN} ") >= 4 for text in kept)
    assert ask(witness, log, 300)[0] == 200
    fork.close()


def test_it_remembers_after_a_restart_and_never_goes_back(witness, log):
    old = log.checkpoint()
    ask(witness, log, 0)
    log.append([b"more"])
    ask(witness, log, 300)
    again = testigo.Witness(witness.folder)
    assert again.newest(ORIGIN)[0] == 301
    assert ask(again, log, 0, signed=old) == (409, "301\n", "text/x.tlog.size")


def test_a_disk_that_does_not_take_the_head_gets_no_signature(witness, log, monkeypatch):
    monkeypatch.setattr(testigo, "write", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with serving(door(witness)) as address, httpx.Client(trust_env=False) as client:
        got = client.post(f"{address}/add-checkpoint", content=request(0, (), log.checkpoint()).encode())
    assert got.status_code == 503
    assert "no la firma" in got.text


def test_its_page_tells_what_it_saw_and_its_other_doors_are_shut(witness, log):
    ask(witness, log, 0)
    with serving(door(witness)) as address, httpx.Client(trust_env=False) as client:
        assert f"{ORIGIN}: 300 anotaciones" in client.get(address).text
        assert client.get(f"{address}/keys").text.split() == witness.vkeys()
        assert client.get(f"{address}/testigo.key").status_code == 404
        assert client.post(f"{address}/other", content=b"x").status_code == 404
        assert (
            client.post(f"{address}/add-checkpoint", content=bytes(testigo.MAX_BODY + 1)).status_code == 413
        )
    assert (witness.folder / "testigo.key").stat().st_mode & 0o077 == 0


# --- The monitor


def check(folder, place, *words):
    return testigo.main(["check", "--log", str(place), "--folder", str(folder), *words])


@pytest.fixture
def published(log, tmp_path):
    publish(log, tmp_path / "public")
    return tmp_path / "public"


def test_the_monitor_replays_only_what_is_new(log, published, tmp_path, capsys):
    assert check(tmp_path, published) == 0
    log.append([b"n"] * 500)
    publish(log, published)
    (published / "tile/entries/000").unlink()
    assert check(tmp_path, published) == 0
    assert "800 anotaciones (500 nuevas" in capsys.readouterr().out


def test_the_monitor_finds_a_changed_act_a_fork_a_shrink_and_a_stall(log, published, tmp_path, capsys):
    good = tmp_path / "good"
    shutil.copytree(published, good)
    path = published / "tile/entries/001.p/44"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert check(tmp_path / "m1", published) == 1
    check(tmp_path / "m2", good)
    shutil.copytree(tmp_path / "log" / "keys", tmp_path / "fork" / "keys")
    fork = FileLog(tmp_path / "fork", origin=ORIGIN)
    fork.append([b"y"] * 299)
    for _ in range(2):
        shutil.rmtree(good)
        publish(fork, good)
        assert check(tmp_path / "m2", good) == 1
        fork.append([b"y", b"z"])
    fork.close()
    said = capsys.readouterr().err
    assert "se encogió de 300 a 299" in said
    assert "cambió el pasado" in said
    assert len(list((tmp_path / "m2" / "evidencia").iterdir())) == 2


def test_the_monitor_finds_a_log_that_no_longer_grows(published, tmp_path, capsys):
    check(tmp_path, published)
    (state,) = (tmp_path / "visitas").iterdir()
    kept = json.loads(state.read_text())
    state.write_text(json.dumps(kept | {"grown_at": time.time() - 30 * 3600}))
    assert check(tmp_path, published, "--hours", "24") == 1
    assert "no crece desde hace 30 horas" in capsys.readouterr().err
    assert check(tmp_path, published, "--hours", "48") == 0


def test_without_an_answer_the_monitor_cannot_tell(tmp_path):
    assert check(tmp_path, tmp_path / "nothing") == 2
    assert check(tmp_path, "http://127.0.0.1:9/log") == 2


def test_a_new_key_of_the_log_is_trusted_only_beside_an_old_one(log, published, tmp_path):
    check(tmp_path, published)
    old = log.keyring.key
    log.keyring.add(note.Algorithm.ED25519, since=301)
    for _ in range(2):
        log.append([b"rotation"])
        publish(log, published)
        assert check(tmp_path, published) == 0
        if log.keyring.keys.keys[0].until is None:
            log.keyring.retire(old, until=log.size())
    stranger = FileLog(tmp_path / "stranger", origin=ORIGIN)
    stranger.append([b"s"] * 400)
    shutil.rmtree(published)
    publish(stranger, published)
    assert check(tmp_path, published) == 1
    stranger.close()


def thief_of(log, tmp_path):
    """The same log in the hands of somebody who has none of its keys."""
    found = FileLog(tmp_path / "thief", origin=ORIGIN)
    found.append([b"%d" % at for at in range(300)])
    return found


@pytest.mark.parametrize("lie", ["listed", "told"])
def test_a_key_that_the_server_only_lists_or_tells_without_signatures_is_never_believed(
    log, published, tmp_path, lie
):
    check(tmp_path, published)
    thief = thief_of(log, tmp_path)
    listed = json.loads((published / "log-keys.json").read_text())
    listed["keys"] += json.loads(thief.keys().text())["keys"]
    (published / "log-keys.json").write_text(json.dumps(listed))
    if lie == "told":
        thief.keyring.add(note.Algorithm.ED25519, since=300)
        (published / "log-statements.json").write_text(json.dumps(thief.statements()))
    assert check(tmp_path, published) == 0
    thief.append([b"stolen"])
    publish(thief, published)
    assert check(tmp_path, published) == 1
    thief.close()


def test_a_key_that_an_earlier_monitor_took_from_the_list_is_forgotten(log, published, tmp_path):
    check(tmp_path, published)
    thief = thief_of(log, tmp_path)
    (state,) = (tmp_path / "visitas").iterdir()
    kept = json.loads(state.read_text())
    kept["keys"] += [row.key.text() for row in thief.keys().keys]
    state.write_text(json.dumps(kept))
    thief.append([b"stolen"])
    publish(thief, published)
    assert check(tmp_path, published) == 1
    thief.close()


def test_an_old_change_told_again_brings_no_retired_key_back(log, witness):
    ring = log.keyring
    for at in range(2):
        ring.add(note.Algorithm.ED25519, since=300 + at)
    for at in range(2):
        ring.retire(ring.keys.keys[2 + at].key, until=310 + at)
    told = ring.statements()
    assert [witness.learn(one.encode())[0] for one in told] == [200] * 4
    known = list(witness.logs[ORIGIN])
    assert witness.learn(told[2].encode())[0] == 403
    again = testigo.Witness(witness.folder)
    assert (again.learn(told[2].encode())[0], again.logs[ORIGIN]) == (403, known)


def without(signed, algorithm, log):
    """A checkpoint without the signature of one algorithm."""
    text, lines = note.split(signed)
    keys = [row.key for row in log.keys().keys if row.key.algorithm is not algorithm]
    left = [one for one in lines if note.signers(f"{text}\n{one}\n", keys)]
    return f"{text}\n" + "".join(f"{one}\n" for one in left)


@pytest.mark.parametrize("algorithm", [note.Algorithm.ED25519, note.Algorithm.ML_DSA_44])
def test_one_algorithm_alone_is_not_enough_unless_the_other_was_dropped(log, published, tmp_path, algorithm):
    name = algorithm.name.lower().replace("_", "-")
    signed = without(log.checkpoint(), algorithm, log)
    keys = [row.key.text() for row in log.keys().keys]
    assert ask(made(tmp_path / "both", "w.example", *keys), log, 0, signed=signed)[0] == 403
    words = [
        "init",
        "--folder",
        str(tmp_path / "one"),
        "--name",
        "w.example",
        "--log",
        str(tmp_path / "keys"),
    ]
    (tmp_path / "keys").write_text("\n".join(keys))
    testigo.main([*words, "--without", name])
    assert ask(testigo.Witness(tmp_path / "one"), log, 0, signed=signed)[0] == 200
    (published / "checkpoint").write_text(signed)
    assert check(tmp_path, published) == 1
    assert check(tmp_path, published, "--without", name) == 0


def test_a_first_visit_with_keys_handed_over_believes_no_other_list(log, published, tmp_path):
    handed = tmp_path / "log-keys.json"
    handed.write_text(log.keys().text())
    assert check(tmp_path / "m1", published, "--key", str(handed)) == 0
    thief = thief_of(log, tmp_path)
    publish(thief, tmp_path / "forged")
    assert check(tmp_path / "m2", tmp_path / "forged", "--key", str(handed)) == 1
    thief.close()


@contextmanager
def running(folder):
    """(process, address) of `testigo.py serve` as a council member runs it."""
    command = [sys.executable, "-u", ROOT / "witness" / "testigo.py", "serve", "--folder", folder]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        port = re.search(r"puerto (\d+)", process.stdout.readline())[1]
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_killed_witness_remembers_what_it_signed(witness, log):
    body = request(0, (), log.checkpoint()).encode()
    with running(witness.folder) as (_, address), httpx.Client(trust_env=False) as client:
        assert client.post(f"{address}/add-checkpoint", content=body).status_code == 200
    with running(witness.folder) as (_, address), httpx.Client(trust_env=False) as client:
        got = client.post(f"{address}/add-checkpoint", content=body)
    assert (got.status_code, got.text, got.headers["content-type"]) == (409, "300\n", "text/x.tlog.size")


def test_it_is_one_file_without_a_word_of_ours():
    text = (ROOT / "witness" / "testigo.py").read_text()
    assert "alcaldia." not in text
    assert text.count("\n") < 600
