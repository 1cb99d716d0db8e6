"""Council, university and another city witness the log; what each trouble does, and that issuing goes on."""

import time
from contextlib import ExitStack
from shutil import copytree

import httpx
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.ledger import actions, keys, queries, witnessing
from alcaldia.ledger.events import Act
from alcaldia.ledger.filelog import FileLog
from alcaldia.ledger.models import WitnessState
from alcaldia.ledger.rules import policy, receipt
from alcaldia.ledger.tilefolder import publish
from tests.factories.witnesses import answering, door, made, serving, testigo

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]
NAMES = ("consejo", "universidad", "vecina")


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


@pytest.fixture
def client():
    with httpx.Client(trust_env=False) as found:
        yield found


@pytest.fixture
def witnesses(tmp_path):
    """{name: Witness} that watch the log of acts."""
    keyset = [row.key.text() for row in keys.signer().keys.keys]
    return {name: made(tmp_path / name, f"example.org/{name}", *keyset) for name in NAMES}


@pytest.fixture
def rules_for(witnesses):
    """rules_for({name: address}) -> policy of two of the three, also written where the installation reads it."""

    def make(addresses, enough=2, kind=0):
        lines = [f"witness {n} {witnesses[n].vkeys()[kind]} {addresses[n]}" for n in NAMES]
        lines += [f"group externos {enough} {' '.join(NAMES)}", "quorum externos", ""]
        witnessing.policy_path().write_text("\n".join(lines))
        return policy.read_policy("\n".join(lines))

    yield make
    witnessing.policy_path().unlink(missing_ok=True)


@pytest.fixture
def addresses(witnesses):
    with ExitStack() as stack:
        yield {name: stack.enter_context(serving(door(witnesses[name]))) for name in NAMES}


def record(count=1):
    with transaction.atomic():
        made_ = [
            actions.record(Act("test.act_done", f"T-{n}", {}), by="t", channel="cli") for n in range(count)
        ]
    return made_[-1]


def problems():
    return dict(WitnessState.objects.filter(log="acts").values_list("witness", "problem"))


@pytest.mark.parametrize("kind", [0, 1], ids=["Ed25519", "ML-DSA-44"])
def test_a_receipt_carries_the_cosignatures_of_the_quorum(client, addresses, rules_for, kind):
    rules = rules_for(addresses, kind=kind)
    for count in (1, 300, 1):
        entry = record(count)
        assert witnessing.round_of(queries.ACTS, rules, client).has_quorum
    read = receipt.read(queries.receipt(entry))
    assert receipt.verify(read, keys.signer().keys).size == 302
    assert set(rules.cosigned(read.checkpoint)) == set(NAMES)
    assert rules.accepts(read.checkpoint)
    assert witnessing.round_of(queries.ACTS, rules, client) is None


def test_one_witness_offline_does_not_stop_the_quorum_and_two_do(client, addresses, rules_for):
    dead = "http://127.0.0.1:9"
    record()
    assert witnessing.round_of(queries.ACTS, rules_for(addresses | {"vecina": dead}), client).has_quorum
    assert problems() == {"consejo": "", "universidad": "", "vecina": "offline"}
    record()
    rules = rules_for(addresses | {"vecina": dead, "consejo": dead})
    assert not witnessing.round_of(queries.ACTS, rules, client).has_quorum


def test_a_pending_receipt_is_completed_later(client, addresses, rules_for):
    entry = record()
    rules = rules_for(addresses)
    assert not rules.accepts(receipt.read(queries.receipt(entry)).checkpoint)
    witnessing.run_rounds(client)
    assert rules.accepts(receipt.read(queries.receipt(entry)).checkpoint)


@pytest.mark.parametrize(
    ("status", "text", "problem"),
    [
        (200, b"", "bad_signature"),
        (200, "— example.org/consejo AAAA\n".encode(), "bad_signature"),
        (200, b"\xff", "bad_signature"),
        (403, b"no", "key_unknown"),
        (404, b"no", "log_unknown"),
        (422, b"no", "fork"),
        (409, b"9000\n", "ahead"),
        (409, b"many\n", "refused"),
        (500, b"", "refused"),
    ],
)
def test_a_lying_or_broken_witness_is_told_apart_and_harms_nothing(
    client, addresses, rules_for, status, text, problem
):
    record()
    with serving(answering(status, text)) as liar:
        head = witnessing.round_of(queries.ACTS, rules_for(addresses | {"consejo": liar}), client)
    assert (head.has_quorum, problems()["consejo"]) == (True, problem)


def test_a_witness_that_saw_another_history_refuses_ours_and_keeps_the_proof(
    client, addresses, rules_for, witnesses
):
    entry = record(3)
    rules = rules_for(addresses)
    witnessing.round_of(queries.ACTS, rules, client)
    forked = queries.head().text().replace(queries.head().text().split("\n")[2], "A" * 43 + "=")
    body = "old 3\n\n" + keys.signer().sign(forked)
    assert witnesses["consejo"].add(body.encode())[0] == 409
    assert "Dos raíces" in next((witnesses["consejo"].folder / "evidencia").iterdir()).read_text()
    assert rules.accepts(receipt.read(queries.receipt(entry)).checkpoint)


def asked(source, rules, client):
    """(has quorum, problem) of a round that no earlier problem delays."""
    WitnessState.objects.update(asked_at=timezone.now() - witnessing.AGAIN * 2)
    quorum = witnessing.round_of(source, rules, client).has_quorum
    return quorum, WitnessState.objects.get(witness="w").problem


def test_a_log_that_was_rolled_back_or_forked_gets_no_signature(client, tmp_path):
    log = FileLog(tmp_path / "log", origin="example.org/accesses")
    copytree(tmp_path / "log" / "keys", tmp_path / "older" / "keys")
    older = FileLog(tmp_path / "older", origin="example.org/accesses")
    witness = made(tmp_path / "w", "w.example", *[row.key.text() for row in log.keys().keys])
    with serving(door(witness)) as address:
        rules = policy.read_policy(f"witness w {witness.vkeys()[0]} {address}\nquorum w\n")
        log.append([b"a"] * 5)
        older.append([b"b"] * 2)
        assert asked(log, rules, client) == (True, "")
        assert asked(older, rules, client) == (False, "ahead")
        older.append([b"b"] * 3)
        with pytest.raises(Refusal, match="otra raíz"):
            asked(older, rules, client)
        older.append([b"b"])
        assert asked(older, rules, client) == (False, "fork")
    assert any((witness.folder / "evidencia").iterdir())
    log.close()
    older.close()


def test_a_hanging_witness_costs_its_patience_and_no_more(client, addresses, rules_for, monkeypatch):
    monkeypatch.setattr(witnessing, "PATIENCE", 0.2)
    record()

    class Hanging(answering(200, b"")):
        def do_POST(self):
            self.rfile.read()

    with serving(Hanging) as hanging:
        start = time.perf_counter()
        assert witnessing.round_of(
            queries.ACTS, rules_for(addresses | {"vecina": hanging}), client
        ).has_quorum
        assert time.perf_counter() - start < 2


def test_issuing_waits_only_for_witnesses_that_answer(client, addresses, rules_for):
    entry = record()
    rules_for(addresses)
    start = time.perf_counter()
    assert not witnessing.wait_for_quorum(entry.index, seconds=30)
    assert time.perf_counter() - start < 1
    witnessing.run_rounds(client)
    assert witnessing.wait_for_quorum(entry.index, seconds=30)
    assert not witnessing.wait_for_quorum(entry.index + 1, seconds=0.1)


def test_a_wrong_policy_file_stops_no_document(rules_for, addresses):
    rules_for(addresses)
    witnessing.policy_path().write_text("quorum nobody\n")
    assert not witnessing.wait_for_quorum(0, seconds=30)


def test_the_log_of_another_process_is_witnessed_from_its_folder(client, tmp_path, settings):
    log = FileLog(tmp_path / "log", origin="example.org/accesses")
    folder = tmp_path / "public"
    settings.LOG_FOLDERS = {"accesses": folder}
    witness = made(tmp_path / "w", "w.example", *[row.key.text() for row in log.keys().keys])
    with serving(door(witness)) as address:
        rules = policy.read_policy(f"witness w {witness.vkeys()[0]} {address}\nquorum w\n")
        for _ in range(2):
            log.append([b"access"] * 200)
            publish(log, folder)
            (_, source) = witnessing.sources()
            assert witnessing.round_of(source, rules, client).has_quorum
    assert witness.newest("example.org/accesses")[0] == 400
    log.close()


def test_the_page_of_a_folio_says_how_it_stands_with_the_witnesses(client, addresses, rules_for):
    folio = new_folio("DUS", 2026)
    with transaction.atomic():
        actions.record(Act("land.ruling_issued", folio, {}), by="t", channel="cli")
    browser = Client()
    page = f"/verificar/{folio}"
    assert "todavía no tiene testigos" in browser.get(page).content.decode()
    rules = rules_for(addresses)
    assert "Pendiente de testigos" in browser.get(page).content.decode()
    witnessing.run_rounds(client)
    assert "consejo, universidad, vecina" in browser.get(page).content.decode()
    got = browser.get(f"{page}/recibo")
    assert rules.accepts(receipt.read(got.content.decode()).checkpoint)
    assert got["Content-Disposition"].endswith('.tlog-proof"')


def test_a_receipt_of_no_folio_is_not_found():
    for text in ("x", new_folio("DUS", 2026)):
        assert Client().get(f"/verificar/{text}/recibo").status_code == 404


@pytest.fixture
def own_ring(tmp_path, monkeypatch, settings):
    """Keys of this test alone: they are about to change."""
    monkeypatch.setattr(keys, "folder", lambda: tmp_path / "keys")
    return tmp_path / "keys"


def forget_mldsa(monkeypatch):
    """As on a Raspberry Pi whose `cryptography` is older."""
    monkeypatch.setattr(testigo, "MLDSA44PublicKey", None)
    monkeypatch.setattr(testigo, "MLDSA44PrivateKey", None)


@pytest.mark.parametrize("old_pi", [False, True])
def test_a_running_witness_learns_rotated_keys_from_those_it_knew(
    own_ring, client, tmp_path, monkeypatch, old_pi
):
    from alcaldia.documents.key_actions import rotate_log_key
    from alcaldia.ledger.rules.note import Algorithm

    if old_pi:
        forget_mldsa(monkeypatch)
    witness = made(tmp_path / "w", "example.org/w", *[row.key.text() for row in keys.signer().keys.keys])
    with serving(door(witness)) as address:
        rules = policy.read_policy(f"witness w {witness.vkeys()[0]} {address}\nquorum w\n")
        record()
        assert witnessing.round_of(queries.ACTS, rules, client).has_quorum
        for algorithm in (Algorithm.ED25519, Algorithm.ML_DSA_44):
            rotate_log_key(algorithm=algorithm, by="t", channel="cli")
        assert witnessing.round_of(queries.ACTS, rules, client).has_quorum
    again = testigo.Witness(tmp_path / "w")
    assert {testigo.vkey(*one) for one in again.logs[keys.signer().origin]} == {
        row.key.text() for row in keys.signer().keys.keys if row.until is None
    }


def test_keys_that_not_all_known_keys_signed_are_not_learned(own_ring, tmp_path):
    import json

    from alcaldia.ledger.rules.note import Algorithm, split

    ring = keys.signer()
    known = [row.key.text() for row in ring.keys.keys]
    witness = made(tmp_path / "w", "example.org/w", *known)
    ring.add(Algorithm.ED25519, since=9)
    told = json.loads(ring.statements()[0])
    text, lines = split(told["note"])
    for kept in (lines[:1], lines[1:], []):
        note = text + "\n" + "".join(f"{one}\n" for one in kept)
        assert witness.learn(json.dumps({**told, "note": note}).encode())[0] in {400, 403}
    other = {**told, "keys": [*told["keys"][:2], *known[:1]]}
    assert witness.learn(json.dumps(other).encode())[0] == 400
    assert witness.learn(b"{}")[0] == 400
    assert [testigo.vkey(*one) for one in witness.logs[ring.origin]] == known
    assert witness.learn(json.dumps(told).encode())[0] == 200


def test_home_says_when_the_quorum_is_missing_for_ten_minutes(rules_for, addresses, client, monkeypatch):
    from datetime import timedelta

    from alcaldia.ledger import overview

    said = "sus recibos esperan firmas"
    record()
    assert said not in Client().get("/").content.decode()
    rules = rules_for(addresses)
    assert said not in Client().get("/").content.decode()
    monkeypatch.setattr(overview, "PATIENCE", timedelta(0))
    assert said in Client().get("/").content.decode()
    witnessing.round_of(queries.ACTS, rules, client)
    assert said not in Client().get("/").content.decode()
