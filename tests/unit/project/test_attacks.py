"""The attack programs fall over things of their own: that is no finding, and no reason to stop at once."""

from types import SimpleNamespace

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.project.bench import attacks

CITY = SimpleNamespace(address="http://localhost:1", cookies={"": ""})
FALLS = """#!/bin/sh
echo x >> "$0.turns"
[ "$(wc -l < "$0.turns")" -le {falls} ] && {{ echo "database is locked" >&2; exit 1; }}
while [ "$1" != -o ]; do shift; done
echo '{{"vulnerabilities": {{}}, "anomalies": {{}}, "infos": {{"crawled_pages_nbr": 7}}}}' > "$2"
"""


@pytest.fixture
def wapiti(tmp_path):
    def installed(falls):
        program = tmp_path / "wapiti"
        program.write_text(FALLS.format(falls=falls))
        program.chmod(0o755)
        return tmp_path

    return installed


@pytest.mark.parametrize("falls", [0, 1, attacks.TURNS - 1])
def test_a_walk_that_fell_over_its_own_store_is_begun_again(wapiti, tmp_path, falls):
    told = attacks._wapiti(wapiti(falls), CITY, "", "/", tmp_path)
    assert told == {"walks": 1, "pages": 7, "vulnerabilities": 0, "anomalies": 0}


def test_a_walk_that_never_ends_is_no_walk(wapiti, tmp_path):
    with pytest.raises(Refusal, match="database is locked"):
        attacks._wapiti(wapiti(attacks.TURNS), CITY, "", "/", tmp_path)
