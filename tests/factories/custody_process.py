"""A broker as a real process that tests may kill."""

import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alcaldia.broker import process
from alcaldia.identity.ports import plugged
from alcaldia.ledger.rules import tiles
from alcaldia.vault import custodian
from alcaldia.vault.custody import BrokerCustodian
from alcaldia.vault.link import Link
from alcaldia.vault.rules.text64 import to_bytes
from tests.factories.custody import Custody
from tests.factories.registers import ask_for_real
from tests.factories.vaults import Broker

ADDRESS = "http://localhost:8000"


class Remote(Custody):
    """The same questions to a process, over its sockets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.web, self.operator = Link(folder / "web" / "socket"), Link(folder / "operator" / "socket")
        self.start()

    def start(self) -> None:
        self.process = process.start(self.folder, ADDRESS)

    @property
    def at(self) -> datetime:  # type: ignore[override]
        return datetime.now(UTC).replace(microsecond=0)

    def ask(self, name: str, /, **given: Any) -> Any:
        return self.web.ask(name, **given)

    def operate(self, name: str, /, **given: Any) -> Any:
        return self.operator.ask(name, **given)

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.end()

    @contextmanager
    def no_room(self) -> Iterator[None]:
        """The process may write no file any longer, as on a full disk."""
        soft, hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (1, hard))
        yield
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (soft, hard))

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()
        self.process.stderr.close()

    def leaves(self) -> list[bytes]:
        size = self.ask("log_size")
        found: list[bytes] = []
        for tile in range(-(-size // 256)):
            width = min(256, size - tile * 256)
            found += tiles.read_bundle(
                to_bytes(self.ask("log_tile", level="entries", index=tile, width=width))
            )
        return found


class OwnBroker(Broker):
    """A broker of one test, whose process it holds."""

    def __init__(self, folder: Path) -> None:
        self.remote = Remote(folder)


@contextmanager
def own_broker(kind: type[OwnBroker], monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnBroker]:
    """The web talks to this one until the test ends."""
    folder = Path(tempfile.mkdtemp(prefix="broker-")) / "broker"
    ask_for_real(monkeypatch)
    monkeypatch.setattr(custodian, "folder", lambda: folder)
    monkeypatch.setattr(plugged, "custodian", BrokerCustodian())
    made = kind(folder)
    yield made
    with suppress(OSError):
        made.remote.end()
    for name in ("web", "operator"):
        custodian._link(folder / name / "socket").close()
    made.remote.web.close()
    made.remote.operator.close()
    shutil.rmtree(folder.parent, ignore_errors=True)
