"""Which program this city runs: the manifest of its files and its bill of materials, with the act that fixes both."""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alcaldia.ledger.models import Entry
from alcaldia.web.transparency.log_files import NOW, answer

KINDS = {"programa.sha256": "text/plain; charset=utf-8", "programa.cdx.json": "application/json"}


@require_safe
def program(request: HttpRequest) -> HttpResponse:
    """The releases that were published, newest first; the body of each is public, salt included."""
    acts = Entry.objects.filter(type="release.published").order_by("-index")[:50]
    shown = [{"folio": one.folio, "at": one.recorded_at, "body": bytes(one.body).decode()} for one in acts]
    return render(request, "transparency/program.html", {"releases": shown, "files": list(KINDS)})


@require_safe
def file(request: HttpRequest, name: str) -> HttpResponse:
    path = Path(settings.HOME) / "public" / "release" / name
    if name not in KINDS or not path.is_file():
        raise Http404
    return answer(path.read_bytes(), KINDS[name], NOW)
