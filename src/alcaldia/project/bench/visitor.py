"""Somebody with a passkey in software before the pages as they are served: logs in, signs and reads as a browser does."""

import html
import json
import re
from collections.abc import Awaitable

from django.conf import settings

from alcaldia.project.bench.passkey import SoftPasskey
from alcaldia.project.bench.walker import Page, Walker

_OPTIONS, _STATE = re.compile(r'data-options="([^"]+)"'), re.compile(r'name="state" value="([^"]+)"')


class Visitor:
    """One person or official; every page must answer, or RuntimeError says which did not.

    Each page comes over a connection of its own: a worker that is renewed closes those that it kept.
    """

    def __init__(self, port: int, origin: str = "") -> None:
        self.walker, self.key = Walker(port), SoftPasskey(origin=origin or settings.PUBLIC_URL)

    async def get(self, path: str) -> str:
        return await self._read(path, self.walker.get(path))

    async def post(self, path: str, answers: dict[str, str]) -> str:
        return await self._read(path, self.walker.post(path, answers))

    async def _read(self, path: str, asked: Awaitable[Page]) -> str:
        try:
            return _answered(path, await asked).body.decode()
        finally:
            self.walker.close()

    async def enrol(self, path: str) -> None:
        """The first key of whoever was invited, by the page of their link; they are inside afterwards."""
        options, state = _asked(await self.get(path))
        await self.post(path, {"state": state, "credential": json.dumps(self.key.create(options))})

    async def sign(self, page: str, path: str) -> None:
        """Touch the key for what a page asks, and send it."""
        options, state = _asked(page)
        await self.post(path, {"state": state, "credential": json.dumps(self.key.get(options))})


def _answered(path: str, page: Page) -> Page:
    if page.status >= 400:
        raise RuntimeError(f"{path.split('?')[0]} answered {page.status}")
    return page


def _asked(page: str) -> tuple[str, str]:
    options, state = _OPTIONS.search(page), _STATE.search(page)
    if options is None or state is None:
        raise RuntimeError("the page asks for no key")
    return html.unescape(options[1]), html.unescape(state[1])
