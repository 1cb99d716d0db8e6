"""What the town's words mean: a row added, changed or taken away once its trial was seen, and undone by one button."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.catalogue import files, own
from alcaldia.catalogue.models import CatalogueVersion
from alcaldia.catalogue.rules.words import split
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import whole_number
from alcaldia.procedures import definitions, proposing
from alcaldia.procedures.actions import catalogue
from alcaldia.procedures.proposing import Proposal
from alcaldia.web.backoffice.cases.entry import CHANNEL, attending, office
from alcaldia.web.components.sessions import official_of

LONGEST, SHOWN, TOLD, LATEST = 300, 3, 6, 10


@dataclass(frozen=True)
class _Typed:
    """One row as it was typed; `replaces` is the row as it was, `upon` the version that the page showed."""

    words: str
    official: str
    replaces: str
    removes: bool
    upon: int | None


@require_http_methods(["GET", "HEAD", "POST"])
@attending()
def meanings(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """The town's words; try a change on every known search, then keep it."""
    said: dict[str, Any] = {}
    typed, status = _typed(request, town), 200
    if request.method == "POST" or typed.removes:
        try:
            proposal = _proposal(town, typed)
            if "guardar" in request.POST:
                _keep(request, proposal, accept_worse="aceptar" in request.POST)
                return HttpResponseRedirect(reverse("backoffice:meanings", args=[town.slug]))
            said = _tried(town, typed, proposal)
        except Refusal as refusal:
            said, status = {"refused": refusal.detail}, refusal.status
    return render(
        request,
        "backoffice/meanings.html",
        office(request, town, typed=typed, **_page(town), **said),
        status=status,
    )


@require_POST
@attending()
def undo(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """Back to the words before the last change."""
    proposal = proposing.of_version(town, "words", None)
    if _number(request.POST.get("visto")) != proposal.seen.get("words"):
        raise proposing.changed_meanwhile()
    _keep(request, proposal, accept_worse=True)
    return HttpResponseRedirect(reverse("backoffice:meanings", args=[town.slug]))


def _typed(request: HttpRequest, town: Municipality) -> _Typed:
    """What the form brought, or the row that a link asks to change or to take away."""
    post, rows = request.POST, own.of(town).own_words
    if request.method == "POST":
        words, official = (post.get(name, "").strip()[:LONGEST] for name in ("palabras", "significan"))
        return _Typed(words, official, post.get("antes", ""), "quitar" in post, _number(post.get("visto")))
    asked = request.GET.get("quitar") or request.GET.get("cambiar") or ""
    if asked not in rows:
        return _Typed("", "", "", removes=False, upon=None)
    return _Typed(asked, ", ".join(rows[asked]), asked, "quitar" in request.GET, None)


def _number(text: str | None) -> int | None:
    return whole_number(text or "", digits=8)


def _proposal(town: Municipality, typed: _Typed) -> Proposal:
    """Raises Refusal with everything that is wrong, as sentences."""
    if not typed.removes and not typed.words.strip(" ,"):
        raise Refusal("no_words", "Escriba las palabras que usa la gente.")
    words = "" if typed.removes else typed.words
    found = proposing.of_word(town, words, typed.official, upon=typed.upon, replaces=typed.replaces)
    if found.errors:
        told = dict.fromkeys(one.text for one in found.errors)
        raise Refusal("bad_words", " ".join(f"{one[0].upper()}{one[1:]}." for one in told))
    return found


def _keep(request: HttpRequest, proposal: Proposal, *, accept_worse: bool) -> None:
    if not proposal.same:
        by = official_of(request).username
        catalogue.keep(proposal=proposal, by=by, channel=CHANNEL, accept_worse=accept_worse)


def _tried(town: Municipality, typed: _Typed, proposal: Proposal) -> dict[str, Any]:
    """The trial: known searches that change, and what each of the typed words finds now and would find."""
    now = own.of(town)
    words = [word for _, word, _ in split({typed.words: ()})][:TOLD]
    found = [(word, _finds(town, word, now), _finds(town, word, proposal.then)) for word in words]
    return {"trial": proposal.trial, "found": found, "same": proposal.same}


def _finds(town: Municipality, words: str, catalogue: own.Catalogue) -> list[str]:
    hits = definitions.search(words, municipality=town.slug, catalogue=catalogue)[:SHOWN]
    return [] if hits[0].nearest else [one.name for one in hits]


def _page(town: Municipality) -> dict[str, Any]:
    """The rows of the town, those of the first day, and the last changes."""
    versions = list(CatalogueVersion.objects.filter(municipality=town, kind="words").defer("body")[:LATEST])
    return {
        "rows": [(key, ", ".join(official)) for key, official in own.of(town).own_words.items()],
        "first": [(key, ", ".join(official)) for key, official in files.thesaurus().items()],
        "versions": versions, "seen": versions[0].number if versions else 0,
        "may_undo": bool(versions) and versions[0].restores != 0,
    }  # fmt: skip
