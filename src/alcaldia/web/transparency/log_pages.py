"""The public pages of the logs: how they stand, who witnesses them, and the tools to check them oneself."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger import overview
from alcaldia.ledger import queries as ledger
from alcaldia.vault import council, digests
from alcaldia.vault.events import COUNCIL_OPENED
from alcaldia.web.transparency import words

SHOWN = 12
PROGRAMS = {
    "verifica": "verifica/verifica.py",
    "testigo": "witness/testigo.py",
    "consejo": "witness/consejo.py",
}
PAGE = "verifica/verifica.html"
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Both logs, whether their witnesses hold, and the newest acts."""
    latest = ledger.entries().select_related("municipality").reverse()[:SHOWN]
    facts = {
        "logs": words.logs(overview.logs()), "rows": [words.row(entry) for entry in latest], "council": _council(),
        "looks": _looks(),
    }  # fmt: skip
    return render(request, "transparency/log.html", facts)


def _looks() -> list[dict[str, str]] | None:
    """What offices did with personal data, by month; None where the broker does not answer."""
    try:
        return [words.look(told) for told in digests.public_counts()]
    except Refusal:
        return None


def _council() -> dict[str, object]:
    """The council's procedure; where the broker does not answer, its uses are counted from the acts."""
    try:
        return council.state()
    except Refusal:
        return {"unknown": True, "used": ledger.entries(type=COUNCIL_OPENED).count()}


@require_safe
def witnesses(request: HttpRequest) -> HttpResponse:
    """Each witness with what it last did, and how to become one."""
    facts = {"logs": words.logs(overview.logs()), "public_url": settings.PUBLIC_URL}
    return render(request, "transparency/witnesses.html", facts)


@require_safe
def program(request: HttpRequest, name: str) -> HttpResponse:
    """The source of a program that people run on their own machine."""
    path = settings.ROOT / PROGRAMS[name]
    headers = {"Content-Disposition": f'attachment; filename="{path.name}"', "Cache-Control": "no-cache"}
    return HttpResponse(_text(PROGRAMS[name]), content_type="text/x-python; charset=utf-8", headers=headers)


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The page that verifies a PDF in the browser: the same file that works from a disk.

    Its script and style are part of it, so the policy of this one page allows exactly their hashes.
    """
    answer = HttpResponse(_text(PAGE))
    answer.headers["Content-Security-Policy"] = _policy()
    return answer


@cache
def _text(name: str) -> str:
    return (settings.ROOT / name).read_text(encoding="utf-8")


@cache
def _policy() -> str:
    page = _text(PAGE)
    script, style = (_hash(pattern.findall(page)) for pattern in (_SCRIPT, _STYLE))
    return (
        f"default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


def _hash(found: list[str]) -> str:
    return " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in found)
