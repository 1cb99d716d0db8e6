"""Senders of one-time codes: the demo's mailbox, or the channels by which this city tells people."""

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from alcaldia.identity.ports import CodeSender
from alcaldia.identity.rules.ids import spell_code
from alcaldia.notices import codes
from alcaldia.notices.ports import Sender

KEPT = 20


class DemoSender:
    """Shows codes on the operator's terminal and in a small file that the demo's mailbox page reads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, *, identifier: str, code: str, use: str) -> None:
        """The demo's people do not exist: there is nobody's address to protect."""
        del use
        sys.stderr.write(f"  Código para {identifier}: {code}\n")
        rows = [*self.read(), {"to": identifier, "code": code, "at": time.time()}][-KEPT:]
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(rows), encoding="utf-8")
        draft.replace(self.path)

    def read(self) -> list[dict[str, object]]:
        """What was sent, oldest first."""
        try:
            found: list[dict[str, object]] = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return found


class QueuedCodes:
    """Leaves codes to the worker: the page waits for nobody, and takes as long for any address."""

    def send(self, *, identifier: str, code: str, use: str) -> None:
        codes.queue(address=identifier, code=spell_code(code), use=use)


def code_sender(senders: Mapping[str, Sender]) -> CodeSender | None:
    """The demo's sender where `./alcaldia demo` runs, else by the channels there are; none where there is no channel."""
    if settings.DEMO:
        return DemoSender(settings.HOME / "run" / "mailbox.json")
    return QueuedCodes() if senders else None
