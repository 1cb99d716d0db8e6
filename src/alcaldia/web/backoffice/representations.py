"""Recording who may act for whom, at the counter, from the paper that proves it; signed by the official."""

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.identity import actions
from alcaldia.identity.models import Person, Representation
from alcaldia.identity.rules.ids import is_subject
from alcaldia.identity.rules.representation import BASES, EVERYTHING
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.access import official_required
from alcaldia.web.components.rate import check
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.step_up import ask_to_sign, signed_act

CHANNEL, MAY, ACT = "backoffice", "identity.represent", "identity.representation.record"
FIELDS = ("representado", "representante", "fundamento", "alcance", "desde", "hasta", "documento")


@never_cache
@require_safe
@official_required(MAY)
def representations(request: HttpRequest) -> HttpResponse:
    """By folio of the document only: nobody looks people up here."""
    folio = request.GET.get("folio", "").strip()
    rows = Representation.objects.filter(document_folio=folio, revoked_at__isnull=True) if folio else []
    return render(request, "backoffice/representations.html", {"rows": rows, "folio": folio})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@official_required(MAY)
def record(request: HttpRequest) -> HttpResponse:
    """First what the paper says, then the signature over exactly that."""
    official = official_of(request)
    if request.method != "POST":
        return render(request, "backoffice/representation.html", {"bases": BASES})
    check("account", official.public_id)
    if "credential" in request.POST:
        act = signed_act(request, official, ACT)
        _record(act, official.username)
        return HttpResponseRedirect(f"{reverse('backoffice:representations')}?folio={act['documento']}")
    given = {name: request.POST.get(name, "").strip()[:80] for name in FIELDS}
    try:
        _read(given)
    except Refusal as refusal:
        facts = {"bases": BASES, "given": given, "error": refusal.detail}
        return render(request, "backoffice/representation.html", facts, status=422)
    facts = {
        **ask_to_sign(official, {"act": ACT, **given}),
        "given": given,
        "basis": BASES[given["fundamento"]],
    }
    return render(request, "backoffice/representation.html", facts)


@require_POST
@official_required(MAY)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Representation, pk=pk, revoked_at__isnull=True)
    actions.revoke_representation(representation=row, by=official_of(request).username, channel=CHANNEL)
    return HttpResponseRedirect(reverse("backoffice:representations"))


def _record(act: dict[str, str], by: str) -> None:
    represented, representative, since, until = _read(act)
    actions.record_representation(
        represented=represented, representative=representative, basis=act["fundamento"],
        scopes=[one.strip() for one in act["alcance"].split(",") if one.strip()] or [EVERYTHING],
        since=since, until=until, document_folio=act["documento"], by=by, channel=CHANNEL, signed=act["nonce"],
    )  # fmt: skip


def _read(given: dict[str, str]) -> tuple[Person, Person, date, date | None]:
    """Accounts and dates as typed; Refusal that says which is wrong."""
    if given["fundamento"] not in BASES or not given["documento"]:
        raise Refusal(
            "bad_representation", "Elija en qué se funda y escriba el folio del documento que lo prueba."
        )
    try:
        since = date.fromisoformat(given["desde"])
        until = date.fromisoformat(given["hasta"]) if given["hasta"] else None
    except ValueError:
        raise Refusal("bad_dates", "Escriba las fechas como año-mes-día, por ejemplo 2026-11-22.") from None
    if until is not None and until < since:
        raise Refusal("bad_dates", "Termina antes de empezar. Corrija las fechas.")
    one, other = _person(given["representado"]), _person(given["representante"])
    if one.pk == other.pk:
        raise Refusal("same_person", "Nadie necesita permiso para actuar por sí mismo.")
    return one, other, since, until


def _person(account: str) -> Person:
    found = Person.objects.filter(public_id=account).first() if is_subject(account) else None
    if found is None:
        raise Refusal(
            "no_such_account", "Un número de cuenta no existe. Revíselo letra por letra, con mayúsculas."
        )
    return found
