"""The table of promises says "short" where a figure is short, and the command that measures fails on it."""

import argparse
import json

import pytest

from alcaldia.project import promises
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
