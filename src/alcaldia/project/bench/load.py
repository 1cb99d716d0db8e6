"""A load client for loopback: keep-alive connections, prepared requests, little work of its own."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from alcaldia.project.bench.clock import percentile


@dataclass(frozen=True)
class Load:
    """Requests a second and latencies in ms; `failed` counts every answer that was not 2xx."""

    per_second: float
    p50_ms: float
    p95_ms: float
    failed: int

    def figures(self) -> dict[str, float]:
        return {
            "per_second": self.per_second,
            "p50_ms": self.p50_ms,
            "p95_ms": self.p95_ms,
            "failed": self.failed,
        }


def get(path: str, port: int) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n\r\n".encode()


def post(path: str, port: int, body: dict[str, object]) -> bytes:
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def drive(port: int, requests: Sequence[bytes], connections: int = 8) -> Load:
    """Send every request once over `connections` keep-alive connections to loopback."""
    return asyncio.run(_drive(port, requests, connections))


async def _drive(port: int, requests: Sequence[bytes], connections: int) -> Load:
    times: list[float] = []
    failed = 0

    async def one(share: Sequence[bytes]) -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in share:
            start = time.perf_counter()
            writer.write(request)
            failed += not await _answer(reader)
            times.append((time.perf_counter() - start) * 1000)
        writer.close()

    begin = time.perf_counter()
    await asyncio.gather(*(one(requests[i::connections]) for i in range(connections)))
    spent = time.perf_counter() - begin
    return Load(round(len(times) / spent, 1), percentile(times, 50), percentile(times, 95), failed)


async def _answer(reader: asyncio.StreamReader) -> bool:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    await reader.readexactly(length)
    return head[9:10] == b"2"
