"""Anyone checks a document: by its folio, or by the file itself."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alcaldia.documents import queries as documents
from alcaldia.documents.status import status
from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.folio import read_folio
from alcaldia.ledger import queries as ledger
from alcaldia.web.transparency import words

MAX_BYTES = 5 * 1024 * 1024
NOT_A_FOLIO = (
    "Eso no parece un folio completo. Tiene la forma DUS-2026-7K3M-9QXF-04TC y está arriba en su documento."
)


def _form(request: HttpRequest, code: int = 200, **facts: object) -> HttpResponse:
    return render(request, "transparency/verify.html", facts, status=code)


def verify(request: HttpRequest) -> HttpResponse:
    """The form (GET), or the check of an uploaded file (POST)."""
    return _verify_file(request) if request.method == "POST" else _verify_form(request)


@require_safe
def _verify_form(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("folio", "").strip()
    if not typed:
        return _form(request)
    folio = read_folio(typed)
    if folio is None:
        return _form(request, 422, typed=typed, problem=NOT_A_FOLIO)
    return HttpResponseRedirect(reverse("transparency:folio", args=[folio]))


def _verify_file(request: HttpRequest) -> HttpResponse:
    upload = request.FILES.get("file")
    if upload is None:
        return _form(request, 422, file_problem="Elija primero el PDF que quiere comprobar.")
    if (upload.size or 0) > MAX_BYTES:
        problem = "El archivo pesa más de 5 MB. Nuestros documentos pesan mucho menos: elija el PDF original."
        return _form(request, 413, file_problem=problem)
    found = documents.verify(upload.read())
    return render(request, "transparency/file.html", {"found": found, "name": upload.name})


@require_safe
def folio(request: HttpRequest, text: str) -> HttpResponse:
    """What the log says of a folio; never whose it is nor of which parcel."""
    known = read_folio(text)
    if known is None:
        return _form(request, 404, typed=text, problem=NOT_A_FOLIO)
    if known != text:
        return HttpResponseRedirect(reverse("transparency:folio", args=[known]))
    try:
        found = status(known)
    except NotFound as unknown:
        return _form(request, 404, typed=known, problem=unknown.detail)
    facts = {
        "status": found,
        "title": found.title or words.act_name(found.type),
        "later": [words.act_name(kind) for kind in found.later],
    }
    return render(request, "transparency/folio.html", facts)


@require_safe
def receipt(request: HttpRequest, text: str) -> HttpResponse:
    """The newest receipt of an act: with its witnesses as soon as they are enough."""
    known = read_folio(text)
    if known is None or known != text:
        return _form(request, 404, typed=text, problem=NOT_A_FOLIO)
    try:
        proof = ledger.receipt(ledger.entry(known))
    except NotFound as unknown:
        return _form(request, 404, typed=known, problem=unknown.detail)
    headers = {
        "Content-Disposition": f'attachment; filename="{known}.tlog-proof"',
        "Cache-Control": "no-cache",
    }
    return HttpResponse(proof, content_type="text/plain; charset=utf-8", headers=headers)
