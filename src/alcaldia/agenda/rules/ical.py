"""iCalendar (RFC 5545) as text: CRLF, lines of at most 75 bytes, commas and semicolons escaped."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST = 75


@dataclass(frozen=True)
class Entry:
    """Something on a calendar; a `date` takes the whole day, an aware `datetime` needs its `minutes`."""

    uid: str
    title: str
    starts: date
    minutes: int = 0
    place: str = ""
    text: str = ""


def calendar(name: str, entries: Iterable[Entry], stamp: datetime) -> str:
    """A whole file; `stamp` is when it was made (aware)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Alcaldia//ES", f"X-WR-CALNAME:{_text(name)}"]
    for one in entries:
        lines += _event(one, stamp)
    return "".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _event(one: Entry, stamp: datetime) -> list[str]:
    if isinstance(one.starts, datetime):
        when = [f"DTSTART:{_utc(one.starts)}", f"DTEND:{_utc(one.starts + timedelta(minutes=one.minutes))}"]
    else:
        when = [
            f"DTSTART;VALUE=DATE:{one.starts:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.starts + timedelta(days=1):%Y%m%d}",
        ]
    extra = [
        f"{key}:{_text(value)}"
        for key, value in (("LOCATION", one.place), ("DESCRIPTION", one.text))
        if value
    ]
    return ["BEGIN:VEVENT", f"UID:{one.uid}", f"DTSTAMP:{_utc(stamp)}", *when, f"SUMMARY:{_text(one.title)}",
            *extra, "END:VEVENT"]  # fmt: skip


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    found = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(found.splitlines())


def _folded(line: str) -> str:
    """Cut between letters, never inside one; what follows begins with a space."""
    parts, now = [], ""
    for letter in line:
        if len((now + letter).encode()) > LONGEST:
            parts.append(now)
            now = " "
        now += letter
    return "\r\n".join([*parts, now]) + "\r\n"
