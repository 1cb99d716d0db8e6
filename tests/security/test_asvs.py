"""OWASP ASVS 5.0.0: each requirement of levels 1 and 2, and the level 3 ones we name, has a test, a page or a reason."""

import ast
import csv
import re
from collections import Counter
from functools import cache

import pytest

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "security" / "asvs.csv"
ROWS = list(csv.DictReader(PAGE.read_text(encoding="utf-8").splitlines()))
# Counted in the official CSV of 5.0.0 (OWASP/ASVS, 5.0/docs_en).
LEVELS = {"1": 70, "2": 183}
SECTIONS = {
    1: 5,
    2: 4,
    3: 7,
    4: 4,
    5: 4,
    6: 8,
    7: 6,
    8: 4,
    9: 2,
    10: 7,
    11: 7,
    12: 3,
    13: 4,
    14: 3,
    15: 4,
    16: 5,
    17: 3,
}
NAMED = {"V13.3.3", "V7.5.3"}
_TEST = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")
_PAGE = re.compile(r"(docs/[\w./-]+\.md)(?:#([\w-]+))?")


@cache
def known_tests(name: str) -> frozenset[str]:
    path = ROOT / name
    tree = ast.parse(path.read_text()) if path.exists() else ast.Module([], [])
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@cache
def headings(name: str) -> frozenset[str]:
    """Anchors of a page, as forges make them."""
    path = ROOT / name
    lines = path.read_text().splitlines() if path.exists() else []
    titles = (line.lstrip("# ").lower() for line in lines if line.startswith("#"))
    return frozenset(re.sub(r"[^\wáéíóúñ -]", "", title).replace(" ", "-") for title in titles)


def problems(row: dict[str, str]) -> list[str]:
    """What is missing in a row; empty where it is mapped."""
    if row["applicable"] not in {"yes", "no"} or len(row["requirement"]) < 8:
        return ["is not filled in"]
    if row["applicable"] == "no":
        return [] if len(row["reason"]) > 5 and not row["evidence"] else ["says no without a reason"]
    words = row["evidence"].split()
    return [f"knows no {word}" for word in words if not exists(word)] if words else ["has no evidence"]


def exists(word: str) -> bool:
    if found := _TEST.fullmatch(word):
        return found[2] in known_tests(found[1])
    if found := _PAGE.fullmatch(word):
        return (ROOT / found[1]).exists() and (found[2] is None or found[2] in headings(found[1]))
    return False


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_each_requirement_is_mapped(row):
    assert problems(row) == []
    for word in re.findall(r"tests/\S+::\w+", row["reason"]):
        assert exists(word), word


def test_levels_one_and_two_are_complete():
    ids = [row["id"] for row in ROWS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"V\d+\.\d+\.\d+", one) for one in ids)
    levels = Counter(row["level"] for row in ROWS)
    assert {level: levels[level] for level in LEVELS} == LEVELS
    assert set(ids) >= NAMED


def test_every_section_of_the_standard_is_there():
    found = {(int(row["id"][1:].split(".")[0]), int(row["id"].split(".")[1])) for row in ROWS}
    missing = {(chapter, n) for chapter, last in SECTIONS.items() for n in range(1, last + 1)} - found
    # All requirements of these sections are of level 3.
    assert missing == {(3, 1), (11, 7)}


def test_what_applies_is_proved_by_tests_where_a_test_can_prove_it():
    """At least eight of ten applicable rows have a test; the rest are documents, proxies and clocks."""
    applies = [row for row in ROWS if row["applicable"] == "yes"]
    tested = [row for row in applies if "::" in row["evidence"]]
    assert len(tested) >= 0.8 * len(applies)
    only_pages = {row["id"] for row in applies} - {row["id"] for row in tested}
    said = [row for row in ROWS if row["id"] in only_pages]
    assert all("docs/" in row["evidence"] for row in said)


def test_no_part_of_the_program_is_left_out_of_the_matrix():
    """What was built later is judged too: each folder of tests of a part with pages has a say in some requirement."""
    evidence = " ".join(row["evidence"] for row in ROWS)
    assert [
        one
        for one in ("agenda", "contracts", "notices", "payments", "procedures")
        if f"tests/{one}/" not in evidence
    ] == []


@pytest.mark.parametrize(
    "broken",
    [
        {"applicable": "yes", "evidence": "", "reason": ""},
        {
            "applicable": "yes",
            "evidence": "tests/security/test_asvs.py::test_that_is_not_there",
            "reason": "",
        },
        {"applicable": "yes", "evidence": "docs/security/controls.md#nothing", "reason": ""},
        {"applicable": "no", "evidence": "", "reason": ""},
        {"applicable": "", "evidence": "", "reason": ""},
    ],
    ids=str,
)
def test_a_gap_would_be_seen(broken):
    assert problems({"requirement": "x" * 20, **broken})
