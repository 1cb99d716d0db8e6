"""A citizen without JavaScript over one keep-alive connection: cookies, forms, redirects, and how long each page took."""

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

CSRF = "b" * 32


@dataclass
class Page:
    status: int
    location: str
    body: bytes


@dataclass
class Walker:
    """`times` are milliseconds by kind of page, in the order they were read; `failed` counts answers of 400 and more."""

    port: int
    times: list[tuple[str, float]] = field(default_factory=list)
    failed: int = 0
    cookies: dict[str, str] = field(default_factory=lambda: {"csrf": CSRF})
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def get(self, path: str, kind: str = "get") -> Page:
        return await self._ask("GET", path, b"", kind)

    async def post(self, path: str, answers: dict[str, str], kind: str = "post") -> Page:
        return await self._ask(
            "POST", path, urlencode({"csrfmiddlewaretoken": CSRF, **answers}).encode(), kind
        )

    async def _ask(self, method: str, path: str, body: bytes, kind: str) -> Page:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        assert self.reader is not None  # noqa: S101
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookies}\r\n"
        if method == "POST":
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\nOrigin: http://127.0.0.1:{self.port}\r\n"
        start = time.perf_counter()
        self.writer.write(head.encode() + b"\r\n" + body)
        page = await self._read(self.reader)
        self.times.append((kind, (time.perf_counter() - start) * 1000))
        self.failed += page.status >= 400
        return page

    async def _read(self, reader: asyncio.StreamReader) -> Page:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = [line.partition(": ")[::2] for line in lines[1:] if line]
        length, location = 0, ""
        for name, value in headers:
            match name.lower():
                case "content-length":
                    length = int(value)
                case "location":
                    location = value
                case "set-cookie":
                    given, _, rest = value.partition("=")
                    self.cookies[given.strip()] = rest.partition(";")[0]
        return Page(int(lines[0].split()[1]), location, await reader.readexactly(length))

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.reader = self.writer = None
