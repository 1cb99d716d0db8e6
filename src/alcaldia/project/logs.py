"""Logs without personal data: one JSON object a line on standard error, made only of fields from a list.

Whatever a library wants to say, its arguments never reach a log: a record is its unfilled template, and an
exception its class and the lines it passed, never its message (a database's message quotes the row). What a
template still carries that looks like a code, a number or an address is covered. An address path is
logged as the route that it matched, since paths carry folios and one-use codes.
"""

import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

# What a line may hold, and nothing else; docs/security/logs.md says what each is.
FIELDS = (
    "at", "level", "logger", "event", "method", "route", "status", "code", "kind", "assurance", "session", "client", "error",
    "where", "log", "size", "witness", "release", "step", "office", "purpose", "folio",
)  # fmt: skip
COVER = "▇"
# Order matters: longer shapes first.
PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",  # mail
        r"\b[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z\d]\d\b",  # CURP
        r"\b[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3}\b",  # RFC
        r"\b[po]_[\w-]{22}\b",  # subjects
        r"\b(?:[A-Z0-9]{4,5}-){2,}[A-Z0-9]{2,5}\b",  # printed codes, folios
        r"(?<![\w.])[\w-]{20,}(?![\w.(])",  # tokens, keys
        r"(?<![\w.])\+?\d[\d ()-]{5,}\d(?![\w])",  # telephones, accounts, numbers of cards
    )
)
OURS = "alcaldia"


def redact(text: str) -> str:
    """The text with whatever looks like a datum of somebody covered, on one line."""
    for pattern in PATTERNS:
        text = pattern.sub(COVER, text)
    return " ".join(text.split())[:300]


def configure() -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING; both write through the same renderer."""
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, _to_record],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": f"{__name__}.JsonLines"}},
        "handlers": {"stderr": {"class": f"{__name__}.Stderr", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            OURS: {"level": "INFO"},
            # Django's own loggers would keep handlers of their own, and mail tracebacks to ADMINS.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            # What a page refuses is logged once, by us (refusals.py), with its code.
            "django.request": {"level": "ERROR"},
            "django.security.csrf": {"level": "ERROR"},
        },
    }


class Stderr(logging.StreamHandler):  # type: ignore[type-arg]
    """Standard error as it is now: a test or a supervisor may have put another in its place."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _to_record(_: WrappedLogger, __: str, event: EventDict) -> Any:
    """What structlog gathered, as the arguments of a stdlib record; the formatter below renders it."""
    return (event.pop("event", ""),), {"extra": {"told": event}}


class JsonLines(logging.Formatter):
    """A record as one line of JSON from FIELDS."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": redact(str(record.msg)),
        }
        told |= {name: _plain(value) for name, value in getattr(record, "told", {}).items() if name in FIELDS}
        told |= _of_request(record)
        if record.exc_info and record.exc_info[0]:
            told |= {"error": record.exc_info[0].__name__, "where": _lines(record.exc_info[2])}
        return str(structlog.processors.JSONRenderer(ensure_ascii=False)(None, "", told))


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | bool) or value is None else redact(str(value))


def _of_request(record: logging.LogRecord) -> dict[str, Any]:
    """Method and route of the request that Django attaches to its records, never its address or its data."""
    request = getattr(record, "request", None)
    match = getattr(request, "resolver_match", None)
    found = {"method": getattr(request, "method", None), "route": getattr(match, "route", None)}
    found["status"] = getattr(record, "status_code", None)
    return {name: value for name, value in found.items() if value is not None}


def _lines(trace: Any) -> list[str]:
    """`module:line function` of the last lines that the exception passed; no source, no values."""
    frames = traceback.extract_tb(trace)[-8:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
