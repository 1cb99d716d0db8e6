"""Every hostile act that issue 3 names has its expected outcome and its tests in docs/threat-model.md."""

import re

import pytest

from tests.conftest import ROOT
from tests.security.test_asvs import exists

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Hostile acts of issue 3")[2]
ROWS = {
    row[0]: row[1:] for row in re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", SECTION, re.MULTILINE)
}
# As the issue lists them, in its words.
ACTS = (
    "Forged grant", "Expired grant", "Replayed grant or request", "Grant of another office", "Grant of another field", "Over-used grant",
    "Stolen session cookie", "Cloned authenticator counter", "Official with a valid session and curiosity",
    "Database administrator with SQL", "Two sequencers started by mistake", "Witness offline", "Witness lying", "Witness forked",
    "Clock set back", "Disk full in the middle of an append", "Broker down",
)  # fmt: skip


@pytest.mark.parametrize("act", sorted({*ACTS, *ROWS} - {"act", "---"}))
def test_each_act_has_an_outcome_and_tests_that_exist(act):
    outcome, tests = ROWS[act]
    named = re.findall(r"`([^`]+)`", tests)
    assert len(outcome) > 10
    assert named
    assert [one for one in named if not exists(one)] == []


def test_every_file_that_the_table_of_threats_names_exists():
    table = PAGE.partition("## Hostile acts")[0]
    named = set(re.findall(r"`([a-z]\w*/[\w/]*(?:\.py|(?<=/)))`", table)) - {"keys/"}
    assert len(named) > 25
    missing = {
        one for one in named if not any((ROOT / before / one).exists() for before in ("", "src/alcaldia"))
    }
    assert missing == set()
