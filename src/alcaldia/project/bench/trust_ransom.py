"""The ransom drill on both engines: a full city works, is killed and wiped, and comes back from its backup."""

import sys
from typing import Any

from alcaldia.project.backup.drill import drill


def run() -> dict[str, Any]:
    """Seconds to restore and to prove, acts lost, by engine; PostgreSQL only where it can be started."""
    found: dict[str, Any] = {"embedded": _figures(with_postgres=False)}
    try:
        found["server"] = _figures(with_postgres=True)
    except RuntimeError as missing:
        sys.stderr.write(f"Sin PostgreSQL: {str(missing)[:200]}\n")
    return found


def _figures(*, with_postgres: bool) -> dict[str, Any]:
    told = drill(with_postgres=with_postgres)
    return {**told, "problems": len(told["problems"])}
