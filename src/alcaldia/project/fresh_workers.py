"""No name stays in the memory of an idle server: its workers are replaced some time after they read or showed one.

What a page has shown lies in freed memory until something else is written there, and an idle process writes nothing.
A new worker begins with pages that the system has cleared. The server replaces workers one by one, the new one first.
"""

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

Wsgi = Callable[..., Iterable[bytes]]
QUIET = 30.0
"""Seconds without a request after which a server counts as idle."""
TOLD = 30
"""So many times in that while, at most, a process notes that it was asked something."""
BUSY = 15
"""So many times `every` a server that is never idle keeps what it showed."""


class FreshWorkers:
    """The application, watched: after an answer that is to be kept nowhere, or any request that brought something,
    `renew` is called once the process is idle, for all processes together at most once in `every` seconds.

    `mark` is a file whose time says when it was last done; one beside it, when any process was last asked something: a
    worker that nobody asks is not an idle server.
    """

    def __init__(self, application: Wsgi, renew: Callable[[], None], *, mark: Path, every: float) -> None:
        self.application, self._renew, self._mark, self._every = application, renew, mark, every
        self._asked, self._quiet, self._told = mark.with_name("asked"), min(QUIET, every), 0.0
        self._holds = threading.Event()
        self._last, self._open, self._count = time.monotonic(), 0, threading.Lock()
        threading.Thread(target=self._watch, daemon=True).start()

    def __call__(self, asked: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self._begins(1)
        if asked["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            self._holds.set()

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if any(name.lower() == "cache-control" and "no-store" in value for name, value in headers):
                self._holds.set()
            return start_response(status, headers, *more)

        try:
            return self.application(asked, begin)
        finally:
            self._begins(-1)

    def _begins(self, number: int) -> None:
        with self._count:
            self._open += number
            self._last = now = time.monotonic()
            told = now - self._told < self._quiet / TOLD
            self._told = self._told if told else now
        if not told:
            _touch(self._asked)

    def _watch(self) -> None:
        while True:
            self._holds.wait()
            since = time.monotonic()
            while not self._due(since, self._quiet):
                time.sleep(self._quiet / 5)
            self._holds.clear()
            self._renew()

    def _due(self, since: float, quiet: float) -> bool:
        now = time.monotonic()
        idle = not self._open and now - self._last >= quiet and _age(self._asked) >= quiet
        return (idle or now - since >= BUSY * self._every) and self._turn()

    def _turn(self) -> bool:
        """Is it long enough since the last time? Then it is this process' turn, and noted."""
        if _age(self._mark) < self._every:
            return False
        _touch(self._mark)
        return True


def _age(file: Path) -> float:
    """Seconds since the file was touched; without it, or with a clock that was set back, for ever."""
    try:
        age = time.time() - file.stat().st_mtime
    except OSError:
        return math.inf
    return age if age >= 0 else math.inf


def _touch(file: Path) -> None:
    """A full disk must not keep names in memory."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch()


def watched(application: Wsgi, *, home: Path, every: float) -> Wsgi:
    """The application as this process serves it: watched where a server that can replace its workers started it."""
    server = os.getppid()
    if every <= 0 or not in_a_server():
        return application

    def renew() -> None:
        if os.getppid() == server:
            os.kill(server, signal.SIGHUP)

    return FreshWorkers(application, renew, mark=home / "run" / "renewed", every=every)


def in_a_server() -> bool:
    """Is the parent granian, which replaces its workers? To anything else a hang-up may mean the end."""
    try:
        return b"granian" in Path(f"/proc/{os.getppid()}/cmdline").read_bytes()
    except OSError:
        return False
