"""The sliding window: at most so many in any stretch, whoever counts, and the file names nobody."""

import subprocess
import sys

import pytest
from django.conf import settings

from alcaldia.kernel.errors import Refusal
from alcaldia.web.components import rate


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setitem(rate.LIMITS, "test", rate.Limit(10, 60, "address"))


def allowed(times, whose="x"):
    """At which of these seconds one was let in."""
    let_in = []
    for at in times:
        try:
            rate.check("test", whose, now=at)
            let_in.append(at)
        except Refusal:
            pass
    return let_in


def test_the_eleventh_waits_and_says_how_long():
    assert len(allowed([600.0] * 10)) == 10
    with pytest.raises(Refusal, match="Espere") as caught:
        rate.check("test", "x", now=630.0)
    assert (caught.value.status, caught.value.facts["retry_after"]) == (429, 30)


def test_the_end_of_a_window_gives_no_second_helping():
    assert len(allowed([659.0] * 10 + [661.0] * 10)) <= 11


def test_each_is_counted_alone_and_forgotten_in_time():
    allowed([600.0] * 10)

    assert allowed([600.0], "y")
    assert allowed([800.0])


def test_other_processes_count_too(monkeypatch):
    code = (
        "import django; django.setup()\nfrom alcaldia.web.components import rate\n"
        "rate.LIMITS['test'] = rate.Limit(10, 60, 'address')\n"
        "for _ in range(10): rate.check('test', 'x', now=600.0)"
    )
    import os

    given = {**os.environ, "PYTHONPATH": "src", "DJANGO_SETTINGS_MODULE": "alcaldia.project.settings"}
    subprocess.run([sys.executable, "-c", code], env=given, check=True, capture_output=True)

    assert not allowed([600.0])


def test_the_file_names_no_address():
    rate.check("test", "203.0.113.77", now=600.0)

    files = (settings.HOME / "run").glob("rates.sqlite3*")
    assert not any(b"203.0.113.77" in path.read_bytes() for path in files)


@pytest.mark.django_db
def test_a_search_from_outside_is_counted_and_one_from_the_machine_is_not(client, monkeypatch):
    monkeypatch.setitem(rate.LIMITS, "search", rate.Limit(2, 60, "address"))
    outside = [
        client.get("/api/v1/municipalities?q=x", REMOTE_ADDR="203.0.113.7").status_code for _ in range(3)
    ]
    inside = [client.get("/api/v1/municipalities?q=x").status_code for _ in range(3)]

    assert outside[-1] == 429
    assert 429 not in inside


@pytest.mark.django_db
def test_the_api_says_it_as_a_problem_document(client, monkeypatch):
    monkeypatch.setitem(rate.LIMITS, "api", rate.Limit(0, 60, "address"))
    answer = client.post("/api/v1/x", REMOTE_ADDR="203.0.113.7")

    assert (answer.status_code, answer.headers["Content-Type"]) == (429, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0


def test_behind_tls_the_last_hop_is_the_client(rf, monkeypatch):
    asked = rf.get("/", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    bare = rate.address_of(asked)
    monkeypatch.setattr(settings, "BEHIND_TLS", True)

    assert (bare, rate.address_of(asked)) == ("127.0.0.1", "203.0.113.9")
