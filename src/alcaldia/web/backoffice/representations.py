"""Recording who may act for whom, at the counter, from the paper that proves it; signed by the official."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.identity import actions, mandates, queries
from alcaldia.identity.models import Official, Person, Representation
from alcaldia.identity.rules.representation import BASES, EVERYTHING, last_day_as_minor
from alcaldia.kernel.days import read_day
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import definitions, representing
from alcaldia.web.components.access import official_required
from alcaldia.web.components.rate import check
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.step_up import ask_to_sign, signed_act

CHANNEL, MAY = "backoffice", "identity.represent"
ACT, REVOKE = "identity.representation.record", "identity.representation.revoke"
MADE = "backoffice.representation.made"
FIELDS = {"representado": 24, "nueva": 8, "representante": 24, "fundamento": 24, "para": 8, "alcance": 300, "desde": 10,
          "hasta": 10, "documento": 80}  # fmt: skip
KINDS = {
    "": "Alguien que ya tiene número de cuenta",
    Person.Kind.LEGAL.value: "Una persona moral sin cuenta: se le abre al firmar",
    Person.Kind.NATURAL.value: "Un menor de edad sin cuenta: se le abre al firmar",
}


@dataclass(frozen=True)
class _Said:
    """What the paper says, read; `represented` None is a person to be made when it is signed."""

    represented: Person | None
    representative: Person
    scopes: list[str]
    since: date
    until: date | None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@official_required(MAY)
def representations(request: HttpRequest) -> HttpResponse:
    """By folio of the document only, which somebody may guess: counted, and each look is an act of the official."""
    official, folio = official_of(request), request.POST.get("folio", "").strip()[:80]
    rows = _just_made(request, official)
    if folio:
        check("account", official.public_id)
        rows = mandates.search(document_folio=folio, by=official.username, channel=CHANNEL)
    return render(request, "backoffice/representations.html", {"rows": rows, "folio": folio})


def _just_made(request: HttpRequest, official: Official) -> list[Representation]:
    """What this official recorded a moment ago: a new account's number is on no other page."""
    try:
        pk, by = signing.loads(request.GET.get("hecha", ""), salt=MADE, max_age=600)
    except signing.BadSignature:
        return []
    found = Representation.objects.select_related("represented", "representative")
    return list(found.filter(pk=pk, revoked_at__isnull=True)) if by == official.pk else []


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@official_required(MAY)
def record(request: HttpRequest) -> HttpResponse:
    """First what the paper says, then the signature over exactly that."""
    official = official_of(request)
    shown = {"bases": BASES, "kinds": KINDS, "scopes": _scopes(official)}
    if request.method != "POST":
        return render(request, "backoffice/representation.html", shown)
    check("account", official.public_id)
    if "credential" in request.POST:
        act = signed_act(request, official, ACT)
        made = signing.dumps([_record(act, official).pk, official.pk], salt=MADE)
        return HttpResponseRedirect(f"{reverse('backoffice:representations')}?hecha={made}")
    given = {name: request.POST.get(name, "").strip()[:most] for name, most in FIELDS.items()}
    birth = request.POST.get("nacimiento", "").strip()[:10]
    try:
        given["hasta"] = _until(given, birth)
        _read(given, official)
    except Refusal as refusal:
        facts = {**shown, "given": given, "birth": birth, "error": refusal.detail}
        return render(request, "backoffice/representation.html", facts, status=422)
    facts = {
        **ask_to_sign(official, {"act": ACT, **given}), "given": given, "basis": BASES[given["fundamento"]],
        "created": KINDS[given["nueva"]],
    }  # fmt: skip
    return render(request, "backoffice/representation.html", facts)


@never_cache
@require_POST
@official_required(MAY)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """The same signature as recording it: whoever takes a power away answers for it by name."""
    official = official_of(request)
    found = Representation.objects.select_related("represented", "representative")
    row = get_object_or_404(found, pk=pk, revoked_at__isnull=True)
    if "credential" not in request.POST:
        facts = {**ask_to_sign(official, {"act": REVOKE, "representation": row.pk}), "row": row}
        return render(request, "backoffice/representation_revoke.html", facts)
    act = signed_act(request, official, REVOKE)
    if act["representation"] != row.pk:
        raise Refusal("other_act", "Firmó el retiro de otra representación. Vuelva a la lista.", status=409)
    mandates.revoke_representation(
        representation=row, by=official.username, channel=CHANNEL, signed=act["nonce"]
    )
    return HttpResponseRedirect(reverse("backoffice:representations"))


@transaction.atomic
def _record(act: dict[str, Any], official: Official) -> Representation:
    said = _read(act, official)
    return mandates.record_representation(
        represented=said.represented or actions.create_person(kind=act["nueva"]), representative=said.representative,
        basis=act["fundamento"], scopes=said.scopes, since=said.since, until=said.until,
        document_folio=act["documento"], by=official.username, channel=CHANNEL, signed=act["nonce"],
    )  # fmt: skip


def _scopes(official: Official) -> dict[str, str]:
    """The codes that a mandate may name: doors, groups, families, and the procedures of the official's towns."""
    posts = queries.current_posts(official, timezone.localdate())
    towns = {one.municipality.slug: one.municipality for one in posts}
    found: dict[str, str] = {}
    for slug, town in sorted(towns.items()):
        programs = definitions.programs(slug)
        found |= representing.known_scopes(town)
        found |= {key: one.definition.sheet.plain_name.es for key, one in programs.items()}
    return found


def _read(given: dict[str, Any], official: Official) -> _Said:
    """Accounts, scope and dates as typed; Refusal that says which is wrong."""
    if given["fundamento"] not in BASES or not given["documento"]:
        raise Refusal(
            "bad_representation", "Elija en qué se funda y escriba el folio del documento que lo prueba."
        )
    since = _date(given["desde"])
    until = _date(given["hasta"]) if given["hasta"] else None
    if until is not None and until < since:
        raise Refusal("bad_dates", "Termina antes de empezar. Corrija las fechas.")
    one, other = _represented(given), queries.person_of(given["representante"])
    if one is not None and one.pk == other.pk:
        raise Refusal("same_person", "Nadie necesita permiso para actuar por sí mismo.")
    legal = given["nueva"] == Person.Kind.LEGAL if one is None else one.kind == Person.Kind.LEGAL
    mandates.check_kinds(given["fundamento"], legal=legal, representative=other)
    return _Said(one, other, _scope(given, official), since, until)


def _scope(given: dict[str, Any], official: Official) -> list[str]:
    """What the official chose; nothing is everything unless they said so."""
    if given["para"] == "todo":
        return [EVERYTHING]
    codes = [one.strip() for one in given["alcance"].split(",") if one.strip()]
    if given["para"] != "algunos" or not codes:
        raise Refusal("no_scope", "Elija si el permiso sirve para todo o escriba para qué trámites.")
    known = _scopes(official)
    wrong = [one for one in codes if one not in known]
    if wrong:
        raise Refusal(
            "no_such_scope", f"No hay trámite, familia ni puerta «{wrong[0]}». Véalas en «Ver las claves»."
        )
    return codes


def _until(given: dict[str, str], birth: str) -> str:
    """The last day, which for a guardian is the eve of the minor's eighteenth birthday at the latest."""
    if given["fundamento"] != "guardian":
        if given["nueva"] == Person.Kind.NATURAL:
            detail = "Sólo se abre cuenta a un menor de edad. Elija «Madre, padre o tutor»."
            raise Refusal("not_a_minor", detail)
        return given["hasta"]
    last = last_day_as_minor(_birth(birth))
    if last < timezone.localdate():
        raise Refusal("of_age", "Esa persona ya es mayor de edad y actúa por sí misma, o con poder.")
    if given["hasta"] and _date(given["hasta"]) > last:
        raise Refusal("of_age", f"El permiso termina a más tardar el {last}, víspera de sus 18 años.")
    return given["hasta"] or last.isoformat()


def _birth(typed: str) -> date:
    if not typed:
        detail = "Madre, padre o tutor actúa sólo por un menor de edad. Escriba la fecha de nacimiento."
        raise Refusal("not_a_minor", detail)
    born = _date(typed)
    if born > timezone.localdate():
        raise Refusal("bad_dates", "Esa fecha de nacimiento todavía no llega. Corríjala.")
    return born


def _date(typed: str) -> date:
    try:
        return read_day(typed)
    except ValueError:
        raise Refusal("bad_dates", "Escriba las fechas como año-mes-día, por ejemplo 2026-11-22.") from None


def _represented(given: dict[str, Any]) -> Person | None:
    if given["nueva"] not in KINDS:
        raise Refusal("bad_representation", "Elija por quién actúa.")
    if given["nueva"] and given["representado"]:
        raise Refusal(
            "two_accounts", "Escriba la cuenta de esa persona o pida abrirle una, no las dos cosas."
        )
    return None if given["nueva"] else queries.person_of(given["representado"])
