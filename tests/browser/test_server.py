"""The server of the demo under many hands at once: no browser, the same home and processes."""

import json
import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.browser
API = "/api/v1/municipalities/demo"


def get(address: str):
    with urllib.request.urlopen(address, timeout=60) as answer:
        return json.loads(answer.read())


def log_size(demo: str) -> int:
    with urllib.request.urlopen(f"{demo}/log/checkpoint", timeout=60) as answer:
        return int(answer.read().decode().splitlines()[1])


def leaf(demo: str, folio: str) -> int:
    """The place of an act, from its receipt (C2SP tlog-proof)."""
    with urllib.request.urlopen(f"{demo}/verificar/{folio}/recibo", timeout=60) as answer:
        return int(re.search(rb"^index (\d+)$", answer.read(), re.MULTILINE)[1])  # type: ignore[index]


def test_twenty_people_at_once_get_twenty_folios_and_twenty_leaves(demo: str):
    parcel = get(f"{demo}{API}/parcels?q=zaragoza")[0]["id"]
    body = json.dumps({"parcel": parcel, "activity": "722514", "area_m2": 30, "issue": True}).encode()
    headers = {"Content-Type": "application/json"}

    def issue(_: int) -> str:
        asked = urllib.request.Request(f"{demo}{API}/rulings/land-use", body, headers)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            assert answer.status == 201
            return json.loads(answer.read())["folio"]

    before = log_size(demo)  # the demo's own loading goes on beside it and adds leaves, too
    with ThreadPoolExecutor(20) as people:
        folios = set(people.map(issue, range(20)))
    leaves = [leaf(demo, folio) for folio in folios]
    assert len(folios) == len(set(leaves)) == 20
    assert before <= min(leaves) < max(leaves) < log_size(demo)
