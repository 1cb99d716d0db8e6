"""The broker's doors for registers in the test's own process, so that a row costs no process.

The secret is the one that the session's broker has: a row kept before a test asks for that broker opens with it too.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from alcaldia.broker.config import Config
from alcaldia.broker.core import Broker
from alcaldia.broker.doors import OPERATOR, WEB, answer
from alcaldia.kernel.keyfiles import made_once
from alcaldia.vault import custodian
from alcaldia.vault.rules import wire

DOOR, OFTEN = "register_keys", 1_000_000
ASKED = {"ask": WEB, "ask_as_operator": OPERATOR}
REAL = {name: getattr(custodian, name) for name in ASKED}


class RegistersHere:
    """Opened when it is first asked."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="registers-"))
        self._broker: Broker | None = None

    def answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ASKED:
            monkeypatch.setattr(custodian, name, self._instead_of(name))

    def _instead_of(self, name: str) -> Callable[..., Any]:
        def ask(door: str, /, **given: Any) -> Any:
            return self._ask(name, given) if door == DOOR else REAL[name](door, **given)

        return ask

    def _ask(self, name: str, given: dict[str, Any]) -> Any:
        self._broker = self._broker or self._opened()
        told = answer(self._broker, ASKED[name], {"door": DOOR, "given": given})
        if not told["ok"]:
            raise wire.refusal(told)
        return told["answer"]

    def _opened(self) -> Broker:
        of_the_session = Path(settings.HOME) / "broker" / "registers.key"
        broker = Broker(
            Config(self._folder, register_accounts_per_minute=OFTEN, register_persons_per_minute=OFTEN)
        )
        secret = made_once(of_the_session, lambda: broker.registers_key)
        broker.registers_key = secret
        return broker

    def close(self) -> None:
        if self._broker is not None:
            self._broker.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def ask_for_real(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the process that runs is asked, or nobody."""
    for name, real in REAL.items():
        monkeypatch.setattr(custodian, name, real)
