"""How web and broker speak: frames of a 32-bit big-endian length and canonical JSON."""

import json
from collections.abc import Callable
from typing import Any

from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import Sentence, sentence

LONGEST = 8 * 1024 * 1024


class Broken(ConnectionError):
    """The other side hung up, or does not speak this language."""


def frame(message: dict[str, Any]) -> bytes:
    """One message ready to send. ValueError where it is too long."""
    body = canonical(message)
    if len(body) > LONGEST:
        raise ValueError("the message is too long")
    return len(body).to_bytes(4, "big") + body


def read(receive: Callable[[int], bytes]) -> dict[str, Any] | None:
    """The next message; None where the other side closed between two. Raises Broken."""
    head = _exactly(receive, 4, may_end=True)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if length > LONGEST:
        raise Broken("the message is too long")
    try:
        found = json.loads(_exactly(receive, length))
    except ValueError as error:
        raise Broken("not JSON") from error
    if not isinstance(found, dict):
        raise Broken("not an object")
    return found


def _exactly(receive: Callable[[int], bytes], count: int, *, may_end: bool = False) -> bytes:
    parts, left = [], count
    while left:
        part = receive(min(left, 1 << 16))
        if not part:
            if may_end and left == count:
                return b""
            raise Broken("the connection was cut")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def refused(refusal: Refusal) -> dict[str, Any]:
    """A refusal as an answer; one with values says how it was made, for a page in another language."""
    detail = refusal.detail
    made = [detail.text, detail.many, dict(detail.facts)] if isinstance(detail, Sentence) else None
    told = {"ok": False, "code": refusal.code, "detail": detail, "status": refusal.status}
    return {**told, "made": made} if made else told


def refusal(told: dict[str, Any]) -> Refusal:
    """The refusal that `refused` told."""
    text, many, facts = told.get("made") or ("", "", {})
    detail = sentence(text, many, **facts) if text else told["detail"]
    return Refusal(told["code"], detail, status=told["status"])
