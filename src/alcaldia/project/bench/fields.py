"""Every field of every form that somebody reaches by links, filled one at a time with what nobody should write.

What is looked for is a failure of ours (5xx); a refusal with its sentence is the right answer to nearly all of it.
"""

import asyncio
import re
import sys
from collections import Counter, deque
from collections.abc import Sequence
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from alcaldia.project.bench.walker import CSRF, Page, Walker

ODD = (
    "9999-12-31", "0001-01-01", "31/12/9999", "2026-11-30T10:00", "9" * 400, "99999999999999999999", "-1", "1e999", "NaN", "²", "٣",
    "\0", "\u202e", "a\r\nb: c", "'\"<>&;`", "%s%n{0}${7*7}", "../../etc/passwd", "x" * 5000, "😀" * 50, "", "[]", "null",
)  # fmt: skip
PAGES = 250
"""Most pages that one person's walk opens; each kind of address is opened once."""
_VARYING = re.compile(r"[A-Z0-9]{2,4}(?:-[A-Z0-9]{4})+|\d+|(?<=/)[a-zA-Z2-7_-]{16,}(?=/)")
_EXAMPLES = {"date": "2026-12-01", "time": "09:00", "number": "2", "email": "ada@example.org"}
_LEFT_ALONE = re.compile(r"/salir/|/sesiones/|/static/|^/log/|^/banco-de-prueba/")


class Forms(HTMLParser):
    """Links and forms of a page: (method, address, {field: value that would pass})."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and told.get("href"):
            self.links.append(told["href"])
        elif tag == "form":
            self.forms.append((told.get("method", "get").upper(), told.get("action", ""), {}))
        elif self.forms:
            self._field(tag, told, self.forms[-1][2])

    def _field(self, tag: str, told: dict[str, str], fields: dict[str, str]) -> None:
        name, kind = told.get("name", ""), told.get("type", "text")
        if tag == "option":
            if self._select and not fields[self._select]:
                fields[self._select] = told.get("value", "")
        elif tag == "select":
            self._select = name
            fields.setdefault(name, "")
        elif name and tag in ("input", "textarea", "button") and kind != "file":
            fields.setdefault(name, told.get("value") or _EXAMPLES.get(kind, "1"))


async def attack(
    walker: Walker, starts: tuple[str, ...], within: str = "/", odds: Sequence[str] = ODD
) -> Counter[str]:
    """Walk from `starts` as whoever the walker is, and try every form met; every failure is told on stderr."""
    found: Counter[str] = Counter({"walks": 1, "pages": 0, "fields": 0, "requests": 0, "server_errors": 0})
    todo: deque[str] = deque(starts)
    met: set[object] = set()
    while todo and found["pages"] < PAGES:
        path = todo.popleft()
        kind = _kind(path)
        if kind in met or _LEFT_ALONE.search(path) or not path.startswith(within):
            continue
        met.add(kind)
        page = await walker.get(path)
        found["pages"] += 1
        _note(found, page.status, f"GET {path}")
        if page.location:
            todo.append(_address(page.location, path))
            continue
        forms = Forms(page.body.decode(errors="replace"))
        todo.extend(_address(link, path) for link in forms.links)
        for method, action, fields in forms.forms:
            address = _address(action or path, path)
            key = (method, _kind(address), *sorted(fields))
            if key not in met and not _LEFT_ALONE.search(address):
                met.add(key)
                begun = await _fill(walker, method, address, fields, odds, found)
                # What a form begins can be seen only by who has just begun it: a draft's code is in the newest cookie.
                todo.extendleft([_address(begun, path)] if begun else [])
    return found


async def _fill(
    walker: Walker,
    method: str,
    address: str,
    fields: dict[str, str],
    odds: Sequence[str],
    found: Counter[str],
) -> str:
    """One field odd, the others as they should be; where the last of them led, "" for nowhere."""
    led = ""
    for name in sorted(fields.keys() - {"csrfmiddlewaretoken"}):
        found["fields"] += 1
        for odd in odds:
            sent = {**fields, name: odd, "csrfmiddlewaretoken": CSRF}
            page = await _sent(walker, method, address, sent)
            led = page.location or led
            found["requests"] += 1
            _note(found, page.status, f"{method} {address} {name}={odd[:30]!a}")
    return led


async def _sent(walker: Walker, method: str, address: str, sent: dict[str, str]) -> Page:
    """The answer; 599 where nobody answered twice. Once a worker may have been renewed meanwhile (fresh_workers)."""
    for _ in range(2):
        try:
            if method == "POST":
                return await walker.post(address, sent)
            return await walker.get(f"{address.partition('?')[0]}?{urlencode(sent)}")
        except (asyncio.IncompleteReadError, ConnectionError):
            walker.close()
    return Page(599, "", b"")


def _note(found: Counter[str], status: int, what: str) -> None:
    if status >= 500:
        found["server_errors"] += 1
        sys.stderr.write(f"{status} {what}\n")


def _kind(path: str) -> str:
    """The address without what differs from case to case, and the names of its parameters."""
    parts = urlsplit(path)
    return f"{_VARYING.sub('#', parts.path)}?{','.join(sorted(re.findall(r'([^=&]+)=', parts.query)))}"


def _address(link: str, page: str) -> str:
    """The path of a link as the page means it; another host's is left out as "#"."""
    parts = urlsplit(link)
    if parts.scheme not in ("", "http") or (
        parts.netloc and parts.hostname not in ("localhost", "127.0.0.1")
    ):
        return "#"
    path = parts.path or page.partition("?")[0]
    if not path.startswith("/"):
        path = page.partition("?")[0].rpartition("/")[0] + "/" + path
    return f"{path}?{parts.query}" if parts.query else path
