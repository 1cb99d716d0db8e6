"""`python -m alcaldia.broker FOLDER ADDRESS`: the broker as a process. The rest comes from its environment."""

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from alcaldia.broker.config import Config
from alcaldia.broker.server import Server
from alcaldia.kernel.errors import Refusal

PR_SET_DUMPABLE = 4
"""Of prctl(2); Linux only."""


def main() -> int:
    os.umask(0o077)
    _keep_memory_closed()
    try:
        server = Server(_config(Path(sys.argv[1]), sys.argv[2]))
    except Refusal as refusal:
        sys.stderr.write(f"{refusal.detail}\n")
        return 1

    def end(_signal: int, _frame: FrameType | None) -> None:
        server.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    _end_with_parent(server)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve()
    return 0


def _keep_memory_closed() -> None:
    """No core dump, and no other process of the same user reads or traces this one: keys are in its memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _end_with_parent(server: Server) -> None:
    """`ALCALDIA_BROKER_PARENT`: the process without which this one has nothing to do (it may become another program)."""
    parent = os.environ.get("ALCALDIA_BROKER_PARENT", "")
    if not parent:
        return

    def watch() -> None:
        while os.getppid() == int(parent):
            time.sleep(0.5)
        server.stop()

    threading.Thread(target=watch, daemon=True).start()


def _config(folder: Path, address: str) -> Config:
    clients = frozenset(int(one) for one in os.environ.get("ALCALDIA_BROKER_CLIENTS", "").split(",") if one)
    library = os.environ.get("ALCALDIA_BROKER_PKCS11", "")
    token = {"library": library, "token": os.environ.get("ALCALDIA_BROKER_TOKEN", "alcaldia")}
    pin = os.environ.get("ALCALDIA_BROKER_PIN", "")
    kek = {"kek": "pkcs11", "pkcs11": {**token, "pin": pin}} if library else {}
    told = os.environ.get("ALCALDIA_BROKER_GUARDIAN", "")
    guardian = Path(told) if told else None
    second = bool(os.environ.get("ALCALDIA_BROKER_SECOND", ""))
    return Config(folder, address, clients=clients, guardian=guardian, second=second, **kek)  # type: ignore[arg-type]


if __name__ == "__main__":
    raise SystemExit(main())
