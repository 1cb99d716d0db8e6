"""The line to the broker: one connection per thread, opened when first needed. No Django, no retries of acts."""

import os
import socket
import threading
from pathlib import Path
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import wire

DOWN = "La bóveda no responde en este momento. Nada se perdió y sus datos siguen cerrados; intente de nuevo en unos minutos."
TIMEOUT_SECONDS = 20.0


class _Line(socket.socket):
    """Hangs up when its thread ends, or when nobody holds it any more."""

    def __del__(self) -> None:
        self.close()


class Link:
    """Ask one of the broker's sockets."""

    def __init__(self, path: Path, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._path, self._timeout = path, timeout
        self._mine = threading.local()

    def ask(self, door: str, /, **given: Any) -> Any:
        """The answer of a door. Raises Refusal: the broker's own, or "broker_down"."""
        try:
            told = self._exchange(wire.frame({"door": door, "given": given}))
        except OSError as error:
            self.close()
            raise Refusal("broker_down", DOWN, status=503) from error
        if not told["ok"]:
            raise wire.refusal(told)
        return told["answer"]

    def _exchange(self, message: bytes) -> dict[str, Any]:
        connection, fresh = self._connection()
        try:
            connection.sendall(message)
        except OSError:
            # A broker that was started again since: nothing of this message was read, so it may be sent again.
            if fresh:
                raise
            self.close()
            connection, _ = self._connection()
            connection.sendall(message)
        told = wire.read(connection.recv)
        if told is None:
            raise wire.Broken("the broker hung up")
        return told

    def _connection(self) -> tuple[socket.socket, bool]:
        kept = getattr(self._mine, "kept", None)
        if kept is not None and kept[0] == os.getpid():
            return kept[1], False
        made = _Line(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(self._timeout)
        try:
            made.connect(str(self._path))
        except OSError:
            made.close()
            raise
        self._mine.kept = (os.getpid(), made)
        return made, True

    def close(self) -> None:
        """Hang up; the next question calls again."""
        kept = getattr(self._mine, "kept", None)
        self._mine.kept = None
        if kept is not None:
            kept[1].close()
