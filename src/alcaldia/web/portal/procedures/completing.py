"""Completing what an office asked: the same fields, files and lists as when filling in; then what follows from it."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import attaching, choosing, correcting
from alcaldia.procedures.actions import citizens
from alcaldia.procedures.correcting import Correcting, Said
from alcaldia.procedures.protected import new_salt
from alcaldia.procedures.queries import cases
from alcaldia.procedures.rules.form import ScreenView
from alcaldia.web.components import widgets
from alcaldia.web.components.widgets import Extras
from alcaldia.web.portal.procedures import permits
from alcaldia.web.portal.procedures.coded import bearer
from alcaldia.web.portal.procedures.filling import CHANNEL, resolved

KEPT, SEEN, SURE = "._archivo", "_vistos", "confirmado"
"""Fields of the form: a file that came before, which fields the page had, and that what follows was read."""


@dataclass
class Filled:
    """What came with a POST: answers by name, files as they lie, and what the page says of both."""

    work: Correcting
    screen: ScreenView
    given: dict[str, Any] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    extras: Extras = field(default_factory=Extras)

    def kept(self) -> list[tuple[str, str]]:
        """Hidden fields by which the next POST brings the files again: only whoever has the page has their keys."""
        return [
            (f"{name}{KEPT}", f"{one['file']}~{one['key']}~{one['name']}") for name, one in self.files.items()
        ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def comply(request: HttpRequest, folio: str) -> HttpResponse:
    """Complete exactly what was asked for; what is sure is not lost where something is missing."""
    told = cases.status(folio)
    citizens.check_bearer(told.row, bearer(request))
    if told.todo != "correct":
        return _to_case(folio)
    try:
        work = correcting.begin(told.row, bearer(request), token_of(request))
    except Refusal as refusal:
        if refusal.code not in OPENS or not getattr(request, "person", None):
            raise
        return HttpResponseRedirect(f"{reverse('vault:open')}?{urlencode({'next': request.path})}")
    if request.method != "POST":
        return _page(request, Filled(work, work.screen({})))
    filled = _filled(request, work)
    if widgets.changes_rows(request.POST) or filled.extras.revealed or "corregir" in request.POST:
        return _page(request, filled, errors=bool(filled.extras.revealed))
    if not filled.screen.done or filled.extras.errors or filled.extras.options:
        return _page(request, filled, errors=True, status=422)
    return _send(request, filled)


OPENS = {"needs_vault", "no_vault_session", "nobody_present"}


def token_of(request: HttpRequest) -> str:
    """Their own session at the broker, "" without one."""
    return str(request.vault_token) if getattr(request, "person", None) else ""  # type: ignore[attr-defined]


def _to_case(folio: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("procedures:case", args=[folio]))


def _filled(request: HttpRequest, work: Correcting) -> Filled:
    """The answers, until none of them makes another field apply; those that came to apply are asked first."""
    found = Filled(work, work.screen({}))
    seen = set(filter(None, request.POST.get(SEEN, "").split(",")))
    for _ in range(len(work.program.visible) + 1):
        found.given, found.extras = resolved(work.opened({}), found.screen, request.POST)
        _files(request, found)
        before = {one.path for one in found.screen.fields}
        found.screen = work.screen(found.given)
        if {one.path for one in found.screen.fields} == before:
            break
    if seen:
        found.extras.revealed = frozenset(one.path for one in found.screen.fields if one.path not in seen)
    return found


def _files(request: HttpRequest, found: Filled) -> None:
    """Files of this POST and those of an earlier one, each once; a required one that is in neither is missing."""
    for one in found.screen.fields:
        if one.field.type != "file":
            continue
        if one.path not in found.files:
            _file(request, found, one.path)
        if one.path in found.files:
            found.given[one.path] = found.files[one.path]["file"]
            found.extras.attached[one.path] = found.files[one.path]["name"]
        elif one.field.required:
            found.given[one.path] = None


def _file(request: HttpRequest, found: Filled, name: str) -> None:
    row, upload = found.work.row, request.FILES.get(name)
    parts = request.POST.get(f"{name}{KEPT}", "").split("~", 2)
    if isinstance(upload, UploadedFile):
        try:
            data = upload.read(attaching.MOST_BYTES + 1)
            found.files[name] = attaching.for_correction(row, name, file_name=str(upload.name), data=data)
        except Refusal as refusal:
            found.extras.errors[name] = refusal.detail
    elif len(parts) == 3:
        again = attaching.again(row, name, file=parts[0], key=parts[1], file_name=parts[2])
        found.files |= {name: again} if again else {}


def _page(request: HttpRequest, filled: Filled, *, errors: bool = False, status: int = 200) -> HttpResponse:
    """The form; until it is sent each field says what the office wrote about it."""
    work, extras = filled.work, filled.extras
    if status == 200:
        extras.errors = {**{name: text for name, text in work.asked.items() if text}, **extras.errors}
    for one in filled.screen.fields:
        if isinstance(one.value, str) and one.value and choosing.kind_of(work.program, one.path):
            extras.chosen[one.path] = choosing.label(work.program, work.town, one.path, one.value)
    made = widgets.widgets(filled.screen, extras, errors=errors)
    context = {
        **_context(work), "widgets": made, "wrong": [one for one in made if one.error and status == 422],
        "kept": filled.kept(), "seen": ",".join(one.path for one in filled.screen.fields),
    }  # fmt: skip
    return render(request, "procedures/comply.html", context, status=status)


def _context(work: Correcting) -> dict[str, Any]:
    return {"town": work.town, "row": work.row, "sheet": work.program.definition.sheet}


def _send(request: HttpRequest, filled: Filled) -> HttpResponse:
    """Send it; what changes by it, and what a key must permit, is shown first."""
    work = filled.work
    try:
        told = correcting.said(work, filled.given, filled.files)
        sign = correcting.signs(work, told, bearer(request), vault_open=bool(token_of(request)))
        if SURE not in request.POST and (sign or _changes(work, told)):
            return _review(request, filled, told, sign=sign)
        citizens.comply(
            folio=work.row.folio, answers=filled.given, files=filled.files, bearer=bearer(request), by="citizen",
            channel=CHANNEL, token=token_of(request), signed=permits.signed(request),
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code == "needs_signature":
            return _review(request, filled, told, sign=True)
        if refusal.code != "wrong_answers":
            raise
        filled.extras.errors = dict(refusal.facts["errors"])  # type: ignore[call-overload]
        return _page(request, filled, errors=True, status=422)
    return _to_case(work.row.folio)


def _changes(work: Correcting, told: Said) -> bool:
    """Whether something follows that the person should read before sending: a no, or another cost."""
    fee = told.review.found.fee
    return told.denied or (not work.state.paid and fee != work.state.fee)


def _review(request: HttpRequest, filled: Filled, told: Said, *, sign: bool = False) -> HttpResponse:
    work, names = filled.work, {f"{name}{KEPT}" for name in filled.files}
    typed = [(name, value) for name, value in permits.carried(request) if name not in {*names, SURE}]
    asked: dict[str, Any] = {"sign": False}
    if sign:
        salt = new_salt()
        send, data = correcting.to_sign(work, told, salt), work.program.definition.data
        asked = permits.to_sign(request, work.row.municipality, data, send, salt=salt)
    found = told.review.found
    context = {
        **_context(work), **asked, "sealed": bool(correcting.needs_permit(work, told)), "carried": [*typed, *filled.kept(), (SURE, "1")], "denied": told.denied,
        "reasons": found.reasons, "fee": found.fee, "before": work.state.fee, "changes": _changes(work, told),
    }  # fmt: skip
    return render(request, "procedures/comply_review.html", context)
