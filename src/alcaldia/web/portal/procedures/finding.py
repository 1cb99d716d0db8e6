"""Three doors, nine groups, nine families; one search; the card of a procedure. Nothing is written here but words."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from alcaldia.catalogue import own
from alcaldia.catalogue.rules.tree import Door, Family, Group, settle
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.shape import Text
from alcaldia.kernel.text import listed, sentence, whole_number
from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures import definitions, identified, wordlog
from alcaldia.procedures.names import WINDOWS, agency_name
from alcaldia.procedures.queries import usage
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.rules.sheet import Sheet, Term
from alcaldia.web.components.wording import bare

LONGEST_SEARCH = 120


@require_safe
def door(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """The groups behind a door, each with examples."""
    town = municipality_of(slug)
    found = next((one for one in own.of(town).tree.doors if one.key == key), None)
    if found is None:
        raise Http404
    shown = (_shown(town, one) for one in found.groups)
    groups = [{"group": one, "examples": _examples(one)} for one in shown if one.families]
    return render(request, "procedures/door.html", {"town": town, "door": found, "groups": groups})


@require_safe
def group(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """The families of a group."""
    town = municipality_of(slug)
    of_door, found = _group(town, key)
    context = {"town": town, "door": of_door, "group": found, "families": _shown(town, found).families}
    return render(request, "procedures/group.html", context)


def _group(town: Municipality, key: str) -> tuple[Door, Group]:
    for of_door in own.of(town).tree.doors:
        for one in of_door.groups:
            if one.key == key:
                return of_door, one
    raise Http404


def _shown(town: Municipality, one: Group) -> Group:
    """The group without the families that have no procedure yet: a tree comes before the definitions that hang on it."""
    used = {program.definition.sheet.family for program in definitions.programs(town.slug).values()}
    return replace(one, families=tuple(family for family in one.families if family.key in used))


def _examples(one: Group) -> list[Text]:
    return [words for family in one.families for words in family.includes][:3]


@require_safe
def family(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """What people take for one thing: its only procedure at once, or one or two questions that lead to it."""
    town = municipality_of(slug)
    found: Family | None = own.of(town).tree.families.get(key)
    if found is None:
        raise Http404
    programs = {
        name: one for name, one in definitions.programs(slug).items() if one.definition.sheet.family == key
    }
    said = request.GET.get("r", "")[:20]
    settled = settle(found, tuple(programs), _said(said))
    if len(settled.left) == 1:
        return HttpResponseRedirect(reverse("procedures:sheet", args=[slug, settled.left[0]]))
    asked = settled.asked.answers if settled.asked else ()
    answers = [(one.says, f"{said}{',' if said else ''}{settled.at}.{at}") for at, one in enumerate(asked)]
    context = {
        "town": town, "family": found, "asked": settled.asked, "answers": answers, "said": said,
        "cards": [card_of(town, programs[one]) for one in settled.left],
    }  # fmt: skip
    return render(request, "procedures/family.html", context)


def _said(text: str) -> dict[int, int]:
    """Answers in an address, such as "0.1,1.0": question and answer by their places."""
    pairs = (part.partition(".") for part in text.split(","))
    read = ((whole_number(asked), whole_number(answer)) for asked, _, answer in pairs)
    return {asked: answer for asked, answer in read if asked is not None and answer is not None}


@require_safe
def search(request: HttpRequest, slug: str) -> HttpResponse:
    """At most ten procedures for people's words; never an empty page."""
    town = municipality_of(slug)
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    catalogue = own.of(town)
    hits = definitions.search(words, municipality=slug, catalogue=catalogue) if words else []
    near = bool(hits) and hits[0].nearest
    wordlog.note(town, words, missed=near)
    programs = definitions.programs(slug)
    cards = [card_of(town, programs[hit.procedure]) for hit in hits if hit.procedure in programs]
    context = {"town": town, "q": words, "cards": cards, "doors": catalogue.tree.doors, "near": near}
    return render(request, "procedures/search.html", context)


def card_of(town: Municipality, program: Program) -> dict[str, Any]:
    """Name, cost, time and documents of a procedure, as every list shows them."""
    sheet = program.definition.sheet
    return {
        "key": sheet.key, "name": sheet.plain_name, "summary": sheet.summary, "cost": sheet.cost.summary, "time": time_of(sheet),
        "documents": len([one for one in sheet.requirements if not one.consulted and one.form != "data"]),
        "level": LEVEL.get(sheet.least_assurance, ""),
    }  # fmt: skip


LEVEL = {
    "code": "Pide una cuenta",
    "passkey": "Pide una cuenta con llave de acceso",
    "verified": "Pide identidad comprobada",
}
"""What is asked of who sends, before they begin; most procedures ask nothing."""


def time_of(sheet: Sheet) -> str:
    """The longest that it takes, in words; the paper of an automatic one is there at once."""
    amount = sheet.deadline.amount
    return sentence("Hasta %(time)s", time=duration(sheet.deadline)) if amount else "Al momento"


UNITS = {
    "working_days": ("%(n)s día hábil", "%(n)s días hábiles"),
    "days": ("%(n)s día", "%(n)s días"),
    "months": ("%(n)s mes", "%(n)s meses"),
    "years": ("%(n)s año", "%(n)s años"),
    "minutes": ("%(n)s minuto", "%(n)s minutos"),
}


def duration(term: Term) -> str:
    """An amount of time in words."""
    return sentence(*UNITS[term.unit], n=term.amount)


def offers(town: Municipality, keys: Iterable[str]) -> list[tuple[str, Text]]:
    """What may be done instead: key and plain name of each procedure that the town has."""
    programs = definitions.programs(town.slug)
    return [
        (key, programs[key].definition.sheet.plain_name) for key in dict.fromkeys(keys) if key in programs
    ]


@require_safe
def sheet(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """The card: cost, time, documents, how many finish it, and one button. The legal part is folded."""
    town = municipality_of(slug)
    program = definitions.program_in(slug, key)
    if request.GET.get("de"):
        wordlog.note(town, request.GET["de"][:LONGEST_SEARCH], opened=key)
    one = program.definition.sheet
    context = {
        "town": town, "sheet": one, "card": card_of(town, program), "agency": agency_name(town, one.agency),
        "asked": [r for r in one.requirements if not r.consulted],
        "consulted": [r for r in one.requirements if r.consulted],
        "begins": one.begins_at("portal"), "windows": listed([WINDOWS[name] for name in one.channels if name != "portal"]),
        "identify": identified.HOW.get(identified.least(program), ""), "used": usage.of(town, key), "parcel": request.GET.get("predio", ""), "activity": request.GET.get("giro", ""),
        "official": "" if bare(one.name) == one.name.es else one.name.es, "silence": SILENCE[one.tacit], "validity": duration(one.validity) if one.validity else "No vence",
    }  # fmt: skip
    return render(request, "procedures/sheet.html", context)


SILENCE = {
    "approval": "Si la autoridad no responde a tiempo, se tiene por aprobado y el sistema se lo entrega.",
    "denial": "Si la autoridad no responde a tiempo, se tiene por negado y usted puede inconformarse.",
    "none": "El silencio de la autoridad no resuelve; se avisa a quien la encabeza.",
}


@require_POST
def not_found(request: HttpRequest, slug: str) -> HttpResponse:
    """What I look for is not here: the office reads it, and the person goes to somebody who can help."""
    wordlog.not_found(municipality_of(slug), request.POST.get("q", "")[:LONGEST_SEARCH])
    return HttpResponseRedirect("/ayuda/")


@require_safe
def agencies(request: HttpRequest, slug: str) -> HttpResponse:
    """The agencies, what each is for and what one asks of it."""
    town = municipality_of(slug)
    offered: dict[str, list[Sheet]] = {}
    for program in definitions.programs(slug).values():
        offered.setdefault(program.definition.sheet.agency, []).append(program.definition.sheet)
    where = (town.settings.get("contact") or {}).get("agencies") or {}
    rows = [
        (one, _place(where.get(key)) or one, offered.get(key, []))
        for key, one in own.of(town).agencies.items()
    ]
    return render(request, "procedures/agencies.html", {"town": town, "rows": rows})


def _place(given: dict[str, str] | None) -> dict[str, str]:
    """What the municipality says of an agency for everybody: where, when, by which number."""
    return {name: text for name, text in (given or {}).items() if name in ("address", "phone", "hours")}
