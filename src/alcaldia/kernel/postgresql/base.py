"""Django's PostgreSQL, whose first query of a request is not preceded by a SELECT 1.

A server that stopped, or ended one connection, has closed its socket; a socket that can be read while nothing was
asked is one that was closed. Asking the server instead took a round trip of every request.
"""

import select
from typing import Any

from django.db.backends.postgresql import base

_Postgresql: Any = base.DatabaseWrapper  # django-stubs does not know what a backend may override


class DatabaseWrapper(_Postgresql):  # type: ignore[misc]
    """What changes is how a kept connection is looked at before it is used again."""

    def is_usable(self) -> bool:
        kept = self.connection
        if kept is None or kept.closed or kept.broken:
            return False
        looked = select.poll()
        looked.register(kept.fileno(), select.POLLIN)
        # A notice may wait there too: then the server is asked after all.
        return not looked.poll(0) or bool(super().is_usable())
