"""Filling in: one screen at a time, errors beside the field, nothing lost. Each POST keeps what was typed."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land.parcels import by_public_id
from alcaldia.land.rulebook import municipality_of, published
from alcaldia.procedures import attaching, choosing, once_only, opened
from alcaldia.procedures.actions import drafts
from alcaldia.procedures.names import field_name
from alcaldia.procedures.opened import FILES, Opened
from alcaldia.procedures.registries.rows import published_by_parcel
from alcaldia.procedures.rules.form import ScreenView
from alcaldia.vault.rules.catalogue import SOURCES
from alcaldia.web.components import widgets
from alcaldia.web.components.rate import check_request
from alcaldia.web.components.widgets import Extras
from alcaldia.web.portal.procedures.coded import acting, draft_code, keep_draft_code

CHANNEL = "portal"


@require_POST
def begin(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """A new draft; a parcel of the map or an activity that the person already chose comes along."""
    place, activity = request.POST.get("predio", ""), request.POST.get("giro", "")
    return begin_with(request, municipality_of(slug), key, lambda started: _given(started, place, activity))


def begin_with(
    request: HttpRequest, town: Municipality, key: str, known: Callable[[Opened], dict[str, Any]]
) -> HttpResponse:
    """A new draft with what is known already; its first step that is not done."""
    person = request.person.public_id if request.person else ""  # type: ignore[attr-defined]
    started = drafts.begin(town=town, procedure=key, channel=CHANNEL, person=person, acting=acting(request))
    if given := known(started):
        started = drafts.answer(public_id=started.draft.public_id, code=started.code, answers=given)
    if acting(request) is None:
        started = once_only.fill(started, getattr(request, "vault_token", ""))
    response = HttpResponseRedirect(next_page(started))
    keep_draft_code(response, started.draft.public_id, started.code)
    return response


def _given(started: Opened, public_id: str, activity: str) -> dict[str, Any]:
    """What the visor already knows, under the names of this procedure's data."""
    found: dict[str, Any] = {}
    for name in started.program.definition.data:
        kind = choosing.kind_of(started.program, name)
        keyed = kind == "parcel" or started.program.definition.data[name].type == "cadastral_key"
        if keyed and public_id and opens_by_parcel(started, name):
            found[name] = by_public_id(published(started.town.slug), public_id).key
        if kind == "activity" and activity:
            found[name] = choosing.choose(started.program, started.town, name, activity).value
    return {name: value for name, value in found.items() if value}


def opens_by_parcel(draft: Opened, name: str) -> bool:
    """Whether the parcel answers this question; where the city does not publish debts, the number of the bill does."""
    lookups = (draft.program.definition.lookups or {}).values()
    asked = [one.registry for one in lookups if one.by == name]
    parcel = draft.program.definition.data[name].type == "parcel"
    return parcel or all(published_by_parcel(draft.town, one) for one in asked)


def next_page(draft: Opened) -> str:
    """The first step that is not done, or the review."""
    step = draft.form().next_step
    public_id = draft.draft.public_id
    return (
        reverse("procedures:step", args=[public_id, step])
        if step
        else reverse("procedures:review", args=[public_id])
    )


def opened_here(request: HttpRequest, public_id: str) -> Opened:
    """The draft by the code of this browser, else by the account that is here. Raises Refusal."""
    code = draft_code(request)
    if code:
        return opened.by_code(public_id, code)
    person = getattr(request, "person", None)
    if person is not None:
        return opened.by_person(public_id, person.public_id)
    raise Refusal("wrong_code", "Escriba el código de su solicitud para seguir.", status=403)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest, public_id: str) -> HttpResponse:
    """Go on: from here with the cookie, from another device with the code."""
    if request.method == "POST":
        check_request(request, "code.try")
        code = request.POST.get("codigo", "")
        found = opened.by_code(public_id, code)
        response = HttpResponseRedirect(next_page(found))
        keep_draft_code(response, public_id, code)
        return response
    try:
        return HttpResponseRedirect(next_page(opened_here(request, public_id)))
    except Refusal as refusal:
        if refusal.code != "wrong_code":
            raise
        return render(request, "procedures/resume.html", {"public_id": public_id})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, public_id: str, step: str) -> HttpResponse:
    """One screen. What is sure is kept even where another answer is wrong."""
    draft = opened_here(request, public_id)
    if draft.draft.folio:
        return HttpResponseRedirect(reverse("procedures:case", args=[draft.draft.folio]))
    screen = _screen(draft, step)
    if request.method != "POST":
        return _page(request, draft, screen, Extras(), errors=request.GET.get("faltan") == "1")
    if not draft.code:
        raise Refusal("wrong_code", "Para seguir escribiendo, abra su solicitud con su código.", status=403)
    given, extras = resolved(draft, screen, request.POST)
    draft = drafts.answer(public_id=public_id, code=draft.code, answers=given)
    draft = _attached(draft, screen, request, extras)
    before, screen = {one.path for one in screen.fields}, _screen(draft, step)
    extras.revealed = frozenset(one.path for one in screen.fields if one.path not in before)
    if widgets.changes_rows(request.POST) or extras.revealed:
        return _page(request, draft, screen, extras, errors=bool(extras.revealed))
    if not screen.done or extras.errors or extras.options:
        return _page(request, draft, screen, extras, errors=True, status=422)
    return HttpResponseRedirect(_after(draft, step, request))


def _screen(draft: Opened, step: str) -> ScreenView:
    found = next((one for one in draft.form().screens if one.screen.id == step), None)
    if found is None:
        raise Http404
    return found


def resolved(draft: Opened, screen: ScreenView, posted: QueryDict) -> tuple[dict[str, Any], Extras]:
    """Answers to keep, and what must still be chosen from a list."""
    given, extras = widgets.answers(screen, posted), Extras()
    for name in [one.path for one in screen.fields if choosing.kind_of(draft.program, one.path)]:
        words = str(given.get(name) or "")
        chosen = choosing.choose(draft.program, draft.town, name, words)
        given[name] = chosen.value
        if words.strip() and not chosen.value:
            extras.errors[name], extras.typed[name] = chosen.sentence, words
            if chosen.options:
                extras.options[name] = chosen.options
    return given, extras


def _attached(draft: Opened, screen: ScreenView, request: HttpRequest, extras: Extras) -> Opened:
    for one in screen.fields:
        upload = request.FILES.get(one.path) if one.field.type == "file" else None
        if isinstance(upload, UploadedFile):
            try:
                data = upload.read(attaching.MOST_BYTES + 1)
                draft = attaching.receive(draft, one.path, file_name=str(upload.name), data=data)
            except Refusal as refusal:
                extras.errors[one.path] = refusal.detail
    return draft


def _after(draft: Opened, step: str, request: HttpRequest) -> str:
    """The next screen that applies, or the review."""
    if "volver" in request.GET:
        return reverse("procedures:review", args=[draft.draft.public_id])
    ids = [one.screen.id for one in draft.form().screens]
    at = ids.index(step) + 1 if step in ids else 0
    public_id = draft.draft.public_id
    return (
        reverse("procedures:step", args=[public_id, ids[at]])
        if at < len(ids)
        else reverse("procedures:review", args=[public_id])
    )


def _page(
    request: HttpRequest,
    draft: Opened,
    screen: ScreenView,
    extras: Extras,
    *,
    errors: bool,
    status: int = 200,
) -> HttpResponse:
    screens = [one.screen.id for one in draft.form().screens]
    at = screens.index(screen.screen.id)
    files = draft.personal.get(FILES, {})
    for one in screen.fields:
        value = draft.answers.get(one.path)
        if isinstance(value, str) and value in files:
            extras.attached[one.path] = files[value]["name"]
        if isinstance(value, str) and value and choosing.kind_of(draft.program, one.path):
            extras.chosen[one.path] = choosing.label(draft.program, draft.town, one.path, value)
        if known := once_only.source_of(draft, one.path):
            extras.known[one.path] = _from_vault(known)
    made = widgets.widgets(screen, extras, errors=errors)
    context = {
        "town": draft.town, "draft": draft.draft, "code": draft.code, "sheet": draft.program.definition.sheet,
        "screen": screen.screen, "widgets": made, "wrong": [one for one in made if one.error], "number": at + 1,
        "count": len(screens) + 1, "back": screens[at - 1] if at else "", "changed": _changed(draft),
        "files": any(one.kind == "file" for one in made), "mode": "step",
    }  # fmt: skip
    return render(request, "procedures/step.html", context, status=status)


def _from_vault(known: dict[str, Any]) -> str:
    source = SOURCES.get(known["source"], known["source"])
    day = date.fromisoformat(known["date"][:10])
    return gettext("De su bóveda (%(source)s, %(day)s). Cámbielo si no es éste.") % {
        "source": gettext(source), "day": f"{day:%d/%m/%Y}",
    }  # fmt: skip


def _changed(draft: Opened) -> list[str]:
    return [field_name(draft.program.definition.data, name) for name in draft.changed]


@never_cache
@require_safe
def save(request: HttpRequest, public_id: str) -> HttpResponse:
    """How to come back later: the code, to copy or print."""
    draft = opened_here(request, public_id)
    context = {
        "town": draft.town,
        "draft": draft.draft,
        "code": draft.code,
        "sheet": draft.program.definition.sheet,
    }
    return render(request, "procedures/save.html", context)
