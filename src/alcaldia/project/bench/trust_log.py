"""The log's promises: durable appends, proofs, a year verified offline, cosigned receipts, and that no change hides."""

import importlib.util
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from alcaldia.project import environment
from alcaldia.project.bench.clock import percentile, tail

SINGLE, BATCH = 2_000, 256
YEAR = 1_000_000
LEAF = 160
"""Bytes of an entry of ours, near enough."""
MUTATED = 100_000
RECEIPTS = 40
ACT = "bench.done"


def run() -> dict[str, Any]:
    """Everything in folders under the home of the measurement; about two minutes on two quiet cores."""
    home = environment.home() / "trust_log"
    figures: dict[str, Any] = {"seal_and_receipt": seal_and_receipt()}
    figures |= appends(home / "appends")
    figures |= a_year(home / "year")
    figures["changes"] = changes(home / "changes")
    figures["cosigned_receipt"] = cosigned(home)
    return figures


def _entry(number: int) -> bytes:
    return f"{number}:".encode().ljust(LEAF, b".")


def _filled(folder: Path, size: int, batch: int = 2_000) -> Any:
    from alcaldia.ledger.filelog import FileLog

    log = FileLog(folder, origin="bench.example/log")
    for start in range(0, size, batch):
        log.append([_entry(at) for at in range(start, min(start + batch, size))])
    return log


def appends(folder: Path) -> dict[str, Any]:
    """Leaves a second that are on the disk when `append` returns."""
    log = _filled(folder, 0)
    start = time.perf_counter()
    for at in range(SINGLE):
        log.append([_entry(at)])
    middle = time.perf_counter()
    for _ in range(200):
        log.append([_entry(at) for at in range(BATCH)])
    end = time.perf_counter()
    found = {
        "single_per_s": round(SINGLE / (middle - start)),
        "batch_per_s": round(200 * BATCH / (end - middle)),
    }
    return {"append": found, "checkpoint": tail(lambda _: log.checkpoint(), range(120))}


def a_year(folder: Path) -> dict[str, Any]:
    """A proof at a million leaves, and the seconds that the two offline verifiers take for all of them."""
    from alcaldia.ledger.tilefolder import publish

    log = _filled(folder / "log", YEAR)
    generator = random.Random(3)  # noqa: S311 - places to look at, not secrets
    proof = tail(lambda at: log.inclusion(at, YEAR), [generator.randrange(YEAR) for _ in range(2_000)])
    publish(log, folder / "public")
    (folder / "llaves.json").write_text(f'{{"log": {log.keys().text()}, "roots": []}}', encoding="utf-8")
    root, public = environment.ROOT, str(folder / "public")
    verifica = ("verifica/verifica.py", "bitacora", public, "--llaves", str(folder / "llaves.json"))
    testigo = ("witness/testigo.py", "check", "--log", public, "--folder", str(folder / "monitor"))
    seconds = {}
    for name, (script, *words) in {"verifica": verifica, "monitor": testigo}.items():
        start = time.perf_counter()
        subprocess.run([sys.executable, str(root / script), *words], check=True, stdout=subprocess.DEVNULL)
        seconds[f"{name}_s"] = round(time.perf_counter() - start, 1)
    return {"proof_at_1m": proof, "year_offline": seconds}


def changes(folder: Path) -> dict[str, int]:
    """One changed bit in each of 100,000 leaves; deletions, reorderings, rollbacks and forks, forty of each."""
    from alcaldia.ledger.rules import merkle

    log = _filled(folder, MUTATED)
    root, leaves = log.head().root, [merkle.leaf_hash(_entry(at)) for at in range(MUTATED)]
    hidden = 0
    for at in range(MUTATED):
        data = bytearray(_entry(at))
        data[at % LEAF] ^= 1 << at % 8
        proof = log.inclusion(at, MUTATED)
        hidden += merkle.includes(root, at, MUTATED, merkle.leaf_hash(bytes(data)), proof)
    generator = random.Random(5)  # noqa: S311 - which leaves to change, not secrets
    tried = MUTATED
    for _ in range(40):
        one, other = sorted(generator.sample(range(MUTATED), 2))
        swapped = [*leaves]
        swapped[one], swapped[other] = swapped[other], swapped[one]
        hidden += _root(leaves[:one] + leaves[one + 1 :]) == root
        hidden += _root(swapped) == root
        old, proof = _root(leaves[:other]), log.consistency(other, MUTATED)
        hidden += merkle.extends(other, old, MUTATED, _root(swapped), proof)
        hidden += merkle.extends(MUTATED, root, other, old, proof)
        tried += 4
    forks = [forked(leaves, at) for at in generator.sample(range(MUTATED), 40)]
    hidden += sum(fork.hides(root, MUTATED) for fork in forks)
    return {"tried": tried + 2 * len(forks), "undetected": hidden, "forks": len(forks)}


@dataclass(frozen=True)
class Fork:
    """Another history of the same log: `old` is its root at the size that ours has, `root` its newest with its own proof."""

    size: int
    old: bytes
    root: bytes
    proof: tuple[bytes, ...]

    def hides(self, ours: bytes, at: int) -> int:
        """How many of two looks take it for ours of `at` leaves: the root of that size, and the way from it to its newest."""
        from alcaldia.ledger.rules import merkle

        if not merkle.extends(at, self.old, self.size, self.root, self.proof):
            raise AssertionError("a fork that does not even extend itself proves nothing")
        return (self.old == ours) + merkle.extends(at, ours, self.size, self.root, self.proof)


def forked(leaves: list[bytes], at: int) -> Fork:
    """A fork that shares the first `at` of these leaves and then goes its own way beyond them, with a proof of its own."""
    from alcaldia.ledger.rules import merkle

    size = len(leaves) + 1 + at % 300
    other = [*leaves[:at], *(merkle.leaf_hash(b"fork" + _entry(one)) for one in range(at, size))]
    ranges = merkle.consistency_ranges(len(leaves), size)
    proof = tuple(_root(other[start:end]) for start, end in ranges)
    return Fork(size, _root(other[: len(leaves)]), _root(other), proof)


def _root(leaves: list[bytes]) -> bytes:
    """RFC 6962 root over leaf hashes, level by level: a lone last node moves up as it is."""
    from alcaldia.ledger.rules.merkle import node_hash

    row = leaves
    while len(row) > 1:
        paired = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = paired + row[len(row) & ~1 :]
    return row[0]


def cosigned(home: Path) -> dict[str, float]:
    """From the act's commit to a receipt that two of three witnesses cosigned, asked by the worker's own loop."""
    from django.db import transaction

    from alcaldia.ledger import actions, keys, queries, witnessing
    from alcaldia.ledger.events import Act

    vkeys = [row.key.text() for row in keys.signer().keys.keys]
    with ExitStack() as stack:
        lines = [stack.enter_context(_witness(home / name, name, vkeys)) for name in ("a", "b", "c")]
        witnessing.policy_path().write_text("\n".join([*lines, "group g 2 a b c", "quorum g", ""]))
        # These witnesses listen on this machine, which the door to the outside refuses unless told (kernel/outbound).
        near = {**os.environ, "ALCALDIA_PRIVATE_PEERS": "127.0.0.0/8"}
        loop = subprocess.Popen([sys.executable, "-m", "alcaldia.project", "log", "witness"], env=near)
        times = []
        try:
            for turn in range(RECEIPTS + 5):
                start = time.perf_counter()
                with transaction.atomic():
                    entry = actions.record(Act(ACT, f"B-{turn}", {}), by="bench", channel="bench")
                while queries.quorum_over(entry.index) is None:
                    if time.perf_counter() - start > 30:
                        raise RuntimeError("the witnesses did not cosign within 30 seconds")
                    time.sleep(0.01)
                queries.receipt(entry)
                times.append((time.perf_counter() - start) * 1000)
        finally:
            loop.terminate()
            loop.wait(timeout=20)
            witnessing.policy_path().unlink()
    warm = times[5:]
    return {"p50_ms": percentile(warm, 50), "p95_ms": percentile(warm, 95)}


@contextmanager
def _witness(folder: Path, name: str, vkeys: list[str]) -> Iterator[str]:
    """A witness of ours on loopback; its line for the policy."""
    spec = importlib.util.spec_from_file_location("testigo", environment.ROOT / "witness" / "testigo.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("witness/testigo.py")
    testigo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(testigo)
    testigo.prepare(folder, f"bench.example/{name}", vkeys)
    made = testigo.Witness(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (testigo.Handler,), {"witness": made}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"witness {name} {made.vkeys()[0]} http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def seal_and_receipt() -> dict[str, float]:
    """Proof, checkpoint by both algorithms and PAdES seal of a ruling that is drawn already."""
    from alcaldia.documents import actions, keys, sealing
    from alcaldia.documents.models import Document
    from alcaldia.ledger import queries
    from alcaldia.project.bench import city, documents

    city.build(2_000, zones=20, layers=2)
    documents.issue("P0000007")
    entry = Document.objects.select_related("entry__municipality").latest("created_at").entry
    town = entry.municipality
    if town is None:
        raise RuntimeError("the ruling belongs to no municipality")
    drawn = actions.draw(entry, "ruling", "", town, receipt=queries.receipt(entry))

    def once(_: int) -> None:
        queries.receipt(entry)
        sealing.sign(drawn, keys.seal(town), reason="bench", place="bench")

    return tail(once, range(80))
