"""Several long-lived processes that live and end together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from alcaldia.project import environment

PATIENCE = 90
"""Seconds for a server that is just replacing its workers to end the old and the new ones (commands/serve)."""


def child_environment() -> dict[str, str]:
    path = str(environment.ROOT / "src")
    return {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "alcaldia.project.settings"}


def together(*commands: list[str], meanwhile: Callable[[], None] = lambda: None) -> int:
    """Run all of them until one ends or a person stops us; then end the rest.

    `meanwhile` is done once beside them, in a thread that ends with us.
    """
    running = [subprocess.Popen(command, env=child_environment()) for command in commands]
    threading.Thread(target=meanwhile, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
        return next(process.returncode for process in running if process.poll() is not None)
    except KeyboardInterrupt:
        return 0
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=PATIENCE)
