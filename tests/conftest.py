"""Warnings are errors and nothing reaches the network; tests/environment.py made the home."""

import shutil
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
# How long one example takes says how busy the machine is; what we promise of time is in tests/promises.
settings.register_profile(
    "any_machine", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any_machine")


def missing(what: str) -> NoReturn:
    """A tool that the tests want is not here: a gap to be told on a developer's machine, a failure under CI=true."""
    from alcaldia.project.environment import flag

    (pytest.fail if flag("CI") else pytest.skip)(what)


@pytest.fixture(autouse=True)
def _no_memory_of_other_tests():
    """Rolled-back tests reuse database ids, which real life does not."""
    from django.conf import settings

    from alcaldia.land import census, key_parts, rulebook, search, shapes, thematic
    from alcaldia.land.tiles import serve
    from alcaldia.procedures.queries import usage
    from alcaldia.web.components import rate

    rate.forget()
    rulebook.forget()
    shapes.cache.clear()
    search._indexes.clear()
    census._kept.clear()
    key_parts._kept.clear()
    thematic._kept.clear()
    thematic._extents.clear()
    serve._open.clear()
    usage._of.cache_clear()
    usage._most_used.cache_clear()
    shutil.rmtree(Path(settings.HOME) / "public" / "census", ignore_errors=True)


@pytest.fixture(autouse=True)
def _a_log_of_its_own():
    """Each test begins its log anew under the keys of the session: nothing claims them (ledger/epoch.py)."""
    from alcaldia.ledger import epoch

    epoch.path().unlink(missing_ok=True)


@pytest.fixture(autouse=True, scope="session")
def _a_flush_may_empty_the_ledger():
    """Tests with real transactions end in a flush, which the ledger's triggers rightly refuse.

    It cascades because PostgreSQL's box tables refer to tables of Django's, which does not know them.
    """
    from django.core.management.commands import flush
    from django.db import connections

    from alcaldia.catalogue.models import APPEND_ONLY as VERSIONS
    from alcaldia.ledger import triggers
    from alcaldia.payments.models import APPEND_ONLY as EVENTS

    emptied = flush.Command.handle

    def handle(self, **options):
        connection = connections[options["database"]]
        for tables in (triggers.TABLES, EVENTS, VERSIONS):
            triggers.remove(connection, tables)
        emptied(self, **options | {"allow_cascade": True})
        for tables in (triggers.TABLES, EVENTS, VERSIONS):
            triggers.install(connection, tables)

    flush.Command.handle = handle
    yield
    flush.Command.handle = emptied


@pytest.fixture(scope="session")
def _broker_process():
    """One real broker for all tests that need a vault: subjects are random, so tests do not meet."""
    from django.conf import settings

    from alcaldia.broker import process
    from alcaldia.vault import custodian

    with process.running(Path(settings.HOME) / "broker", "http://localhost:8000"):
        yield
        for name in ("web", "operator"):
            custodian._link(custodian.folder() / name / "socket").close()


@pytest.fixture(autouse=True)
def _no_custodian_unless_asked_for(monkeypatch):
    """Identity works alone; tests that need the broker say so by their fixture."""
    from alcaldia.identity.ports import plugged

    monkeypatch.setattr(plugged, "custodian", None)


@pytest.fixture(scope="session")
def _registers_here():
    from tests.factories.registers import RegistersHere

    made = RegistersHere()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _registers_without_a_process(_registers_here, monkeypatch):
    """Rows of registers open by a broker in this process; `broker` asks the real one."""
    _registers_here.answer(monkeypatch)


@pytest.fixture
def broker(_broker_process, monkeypatch):
    from alcaldia.identity.ports import plugged
    from alcaldia.vault.custody import BrokerCustodian
    from tests.factories.registers import ask_for_real
    from tests.factories.vaults import Broker

    ask_for_real(monkeypatch)
    monkeypatch.setattr(plugged, "custodian", BrokerCustodian())
    return Broker()
