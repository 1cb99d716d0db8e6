"""Which program this city runs: the manifest of its files and its bill of materials, with the act that fixes both."""

from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alcaldia.ledger import queries as ledger
from alcaldia.ledger.models import Entry
from alcaldia.web.transparency.log_files import NOW, answer

KINDS = {"programa.sha256": "text/plain; charset=utf-8", "programa.cdx.json": "application/json"}
ACT, PROOF = "acto.json", "acto.tlog-proof"
"""The act of the newest release as it is hashed, and its place in the log: for whoever compares by program."""


@require_safe
def program(request: HttpRequest) -> HttpResponse:
    """The releases that were published, newest first; the body of each is public, salt included."""
    acts = _acts()[:50]
    shown = [{"folio": one.folio, "at": one.recorded_at, "body": bytes(one.body).decode()} for one in acts]
    return render(request, "transparency/program.html", {"releases": shown, "files": list(KINDS)})


def _acts() -> QuerySet[Entry]:
    return Entry.objects.filter(type="release.published").order_by("-index")


@require_safe
def file(request: HttpRequest, name: str) -> HttpResponse:
    if name in {ACT, PROOF}:
        return _of_the_act(name)
    path = Path(settings.HOME) / "public" / "release" / name
    if name not in KINDS or not path.is_file():
        raise Http404
    return answer(path.read_bytes(), KINDS[name], NOW)


def _of_the_act(name: str) -> HttpResponse:
    act = _acts().first()
    if act is None:
        raise Http404
    if name == ACT:
        return answer(bytes(act.body), "application/json", NOW)
    return answer(ledger.receipt(act), "text/plain; charset=utf-8", NOW)
