"""The table of promises says "short" where a figure is short, and the command that measures fails on it."""

import argparse
import inspect
import json
import re

import pytest

from alcaldia.project import promises
from alcaldia.project.bench import cases, killed, scans, trust_log, trust_vault
from alcaldia.project.commands import bench


def told(results):
    return {words: state for words, _, _, state in promises.rows(results)}


@pytest.mark.parametrize("promise", promises.PROMISES, ids=lambda one: one.path)
def test_a_figure_on_the_wrong_side_is_short_and_the_target_itself_is_not(promise):
    wrong = promise.target + (1 if promise.bound == "max" else -1)
    for value, state in ((promise.target, "ok"), (wrong, "short")):
        results = value
        for step in reversed(promise.path.split(".")):
            results = {step: results}
        assert told(results)[promise.words] == state


def test_what_was_not_measured_is_neither_kept_nor_short():
    assert set(told({"trust_ransom": {"embedded": {}}}).values()) == {"not measured"}
    assert promises.rows({}) == []


@pytest.mark.parametrize(("split", "status"), [(4.9, 0), (5.1, 1)])
def test_the_command_fails_when_a_promise_is_short(monkeypatch, capsys, split, status):
    monkeypatch.setattr(bench, "_engines", lambda *_: {"sqlite": {"trust_vault": {"split_adds_ms": split}}})
    args = argparse.Namespace(names=["trust_vault"], inside=False, parcels=1, file=None)
    assert bench.run(args) == status
    said = capsys.readouterr()
    assert json.loads(said.out)["trust_vault"]["split_adds_ms.sqlite"] == split
    assert ("Promesas incumplidas: 1" in said.err) == bool(status)


PROMISED = {
    "trust_vault.forged.tried", "trust_vault.forged.accepted", "trust_vault.without.earlier_leaf", "trust_vault.without.grant",
    "attacks.bandit.high", "attacks.schemathesis.findings", "cases.automatic.request_p95_ms", "cases.automatic.request_p99_ms",
    "weights.home_kb", "weights.heaviest_scripts_kb", "lighthouse.lowest.performance", "lighthouse.lowest.accessibility",
    "killed.broken.cases", "killed.broken.log", "killed.broken.money", "cases.invariants_broken.twice",
}  # fmt: skip


def test_everything_promised_has_a_row_and_each_row_its_own_words():
    assert {one.path for one in promises.PROMISES} >= PROMISED
    assert len({one.words for one in promises.PROMISES}) == len(promises.PROMISES)


def test_each_invariant_that_the_measurements_ask_has_its_row():
    source = "".join(inspect.getsource(one) for one in (cases.broken, killed._books))
    asked = set(re.findall(r'"(\w+)": ', source))
    assert asked == {*promises.INVARIANTS, *promises.BOOKS}


@pytest.mark.parametrize(
    ("fresh", "place", "missing"),
    [(range(7, 8), 7, 0), (range(7, 9), 8, 0), (range(7, 7), 7, 1), (range(7, 8), 8, 1)],
)
def test_a_release_whose_leaf_was_not_on_the_disk_when_it_came_is_counted(fresh, place, missing):
    assert trust_vault.without_leaf([("g", fresh)], {place: "g"}) == missing
    assert trust_vault.without_leaf([("g", fresh)], {place: "another"}) == 1


def test_a_revocation_ends_with_the_first_refusal_and_nothing_is_open_after_it():
    told = [(1.0, ""), (2.0, ""), (3.0, "revoked"), (4.0, "revoked")]
    assert trust_vault.until_refused(told) == 3.0
    for wrong in ([*told, (5.0, "")], told[2:], [*told, (5.0, "too_many")]):
        with pytest.raises(AssertionError, match="revoked"):
            trust_vault.until_refused(wrong)


@pytest.mark.parametrize("at", [0, 1, 64, 99])
def test_a_fork_extends_itself_and_is_not_taken_for_ours_wherever_it_parts(at):
    from alcaldia.ledger.rules import merkle

    leaves = [merkle.leaf_hash(b"%d" % one) for one in range(100)]
    fork = trust_log.forked(leaves, at)
    assert fork.hides(trust_log._root(leaves), 100) == 0
    assert fork.hides(fork.old, 100) == 2, "and one that was ours would be counted"


def test_what_schemathesis_could_not_ask_is_a_finding_too():
    told = {
        "operations": {"tested": 3},
        "test_cases": {"generated": 9},
        "failures": [{"count": 2}],
        "errors": [{"count": 1}],
    }
    assert scans.summary(told) == {"operations": 3, "cases": 9, "findings": 3}
