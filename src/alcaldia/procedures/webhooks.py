"""What happens to cases, told to systems that the operator subscribed: in order, signed, at least once, nothing personal.

keys/webhooks.toml has one section a subscriber: url, secret, municipality and, where not all, events such as
["case_decided", "document_issued"]. A new one hears what happens from then on; with `history = true`, everything.
"""

import hashlib
import hmac
import json
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import structlog
from django.conf import settings
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from alcaldia.kernel import outbound
from alcaldia.ledger.models import Delivery, Entry
from alcaldia.procedures import engine, events
from alcaldia.procedures.models import Case, Subscription
from alcaldia.procedures.rules import flow
from alcaldia.procedures.rules.flow import State

HEADER = "Alcaldia-Signature"
MARK = "procedures."
PAUSES = (2, 10, 60, 300, 1800)
"""Seconds after the first, second… failure in a row; the last one stays."""
BATCH = 50
LONGEST = 10.0
"""Seconds that one subscriber may take of a round; the rest of what it waits for comes in the next."""
LATE = 100
"""From so many waiting the operator is told that a subscriber does not keep up."""
log = structlog.get_logger()


@dataclass(frozen=True)
class Subscriber:
    """Who is told. No `events` are all."""

    name: str
    url: str
    secret: str
    municipality: str
    events: tuple[str, ...] = ()
    history: bool = False

    @property
    def key(self) -> str:
        return f"webhook:{self.name}"


@dataclass
class Trouble:
    """Failures in a row of one subscriber, and when it is asked again (seconds of a clock)."""

    failures: int = 0
    until: float = 0.0
    problem: str = ""
    floor: int = -1
    """Up to here the log has nothing more for it: entries are committed in the order of their index."""


@dataclass
class Post:
    """Who delivers: remembers in memory who is in trouble. `client` makes the line for one address."""

    client: Callable[[str], httpx.Client]
    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    trouble: dict[str, Trouble] = field(default_factory=dict)
    lines: dict[str, httpx.Client] = field(default_factory=dict)

    def round(self) -> int:
        """What each subscriber has not heard yet, at most 50 each; one that fails holds up no other."""
        return sum(self._tell(one) for one in subscribers())

    def _tell(self, one: Subscriber) -> int:
        state, count, began = self.trouble.setdefault(one.name, Trouble()), 0, self.now()
        if state.until > began:
            return 0
        top = Entry.objects.aggregate(last=Max("index"))["last"]
        rows = list(waiting(one).filter(index__gt=state.floor)[:BATCH])
        for entry in rows:
            if self.now() - began > LONGEST:
                return count
            problem = self._send(one, entry)
            if problem:
                state.failures += 1
                state.until = self.now() + PAUSES[min(state.failures, len(PAUSES)) - 1]
                state.problem = problem
                log.warning("webhook_failed", subscriber=one.name, problem=problem, failures=state.failures)
                return count
            Delivery.objects.get_or_create(
                entry=entry, subscriber=one.key, defaults={"delivered_at": timezone.now()}
            )
            state.failures, state.problem = 0, ""
            count += 1
        if len(rows) < BATCH and top is not None:
            state.floor = top
        return count

    def _send(self, one: Subscriber, entry: Entry) -> str:
        """Empty where the subscriber took it, otherwise what is wrong."""
        raw = body(entry)
        headers = {HEADER: signature(one.secret, raw, int(self.wall())), "Content-Type": "application/json"}
        if one.url not in self.lines:
            self.lines[one.url] = self.client(one.url)
        try:
            answer = self.lines[one.url].post(one.url, content=raw, headers=headers)
        except httpx.HTTPError as error:
            return type(error).__name__
        return "" if answer.is_success else f"HTTP {answer.status_code}"


def subscribers() -> list[Subscriber]:
    """Those of keys/webhooks.toml; none where there is no file. Raises ValueError where one is incomplete."""
    path = Path(settings.HOME) / "keys" / "webhooks.toml"
    if not path.is_file():
        return []
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    return [_subscriber(name, one) for name, one in read.items() if isinstance(one, dict)]


def _subscriber(name: str, one: dict[str, Any]) -> Subscriber:
    lacking = [key for key in ("url", "secret", "municipality") if not one.get(key)]
    if lacking:
        raise ValueError(f"keys/webhooks.toml: falta {', '.join(lacking)} en [{name}]")
    events = tuple(one.get("events", ()))
    return Subscriber(name, one["url"], one["secret"], one["municipality"], events, bool(one.get("history")))


def waiting(one: Subscriber) -> QuerySet[Entry]:
    """What the subscriber has not been told, oldest first: entries after its beginning and after the last that it took."""
    told = Delivery.objects.filter(subscriber=one.key).aggregate(last=Max("entry_id"))["last"]
    return _of(one).filter(index__gt=begun(one) if told is None else told).order_by("index")


def begun(one: Subscriber) -> int:
    """After which entry a subscriber begins to hear: the last one when it was first seen, or -1 for all."""
    if one.history:
        return -1
    last = Entry.objects.aggregate(last=Max("index"))["last"]
    row, _ = Subscription.objects.get_or_create(
        name=one.name, defaults={"after": -1 if last is None else last}
    )
    return row.after


def _of(one: Subscriber) -> QuerySet[Entry]:
    if one.events:
        kinds = Q(type__in=[MARK + name for name in one.events])
    else:
        kinds = Q(type__startswith=events.CASE.format("")) | Q(type=events.DOCUMENT_ISSUED)
    return Entry.objects.filter(kinds, municipality__slug=one.municipality)


def body(entry: Entry) -> bytes:
    """What is sent: which entry of the log, what happened, to which case, and how the case stood after it."""
    told = {
        "id": entry.index, "type": entry.type, "folio": entry.folio, "at": entry.recorded_at.isoformat(),
        "municipality": entry.municipality.slug if entry.municipality else "", "state": _state(entry),
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _state(entry: Entry) -> str:
    """The state that the act left; it is the same however late it is told."""
    if entry.type == events.DOCUMENT_ISSUED:
        return State.ISSUED
    case = Case.objects.select_related("municipality").filter(folio=entry.folio).first()
    if case is None:
        return ""
    number = json.loads(bytes(entry.body)).get("number")
    happened = (
        case.events.filter(number__lte=number) if number else case.events.filter(at__lte=entry.recorded_at)
    )
    seen = [engine.as_event(one) for one in happened.order_by("number")]
    return flow.replay(seen).state


def signature(secret: str, raw: bytes, at: int) -> str:
    """`t=…,v1=…`: HMAC-SHA256 over the seconds, a point and the body."""
    made = hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


def _line(url: str) -> httpx.Client:
    return outbound.client(lambda: [url])


_post = Post(_line)


def deliver() -> int:
    """One round; the worker's."""
    return _post.round()
