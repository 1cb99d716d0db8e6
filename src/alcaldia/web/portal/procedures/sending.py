"""The page before sending says what will happen; one touch, or one button without a key, sends."""

from typing import Any
from urllib.parse import urlencode

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio, read_folio
from alcaldia.kernel.small_json import read_object
from alcaldia.kernel.text import named, sentence
from alcaldia.procedures import choosing, identified, once_only, representing
from alcaldia.procedures.actions import submission
from alcaldia.procedures.actions.submission import PREFIX, Signed
from alcaldia.procedures.judging import Review
from alcaldia.procedures.names import agency_name, field_name
from alcaldia.procedures.opened import FILES, Opened
from alcaldia.procedures.protected import new_salt
from alcaldia.procedures.registries import LABELS
from alcaldia.procedures.rules.routing import visit_of
from alcaldia.procedures.rules.validators import shown_answer
from alcaldia.procedures.rules.values import UNKNOWN, shown
from alcaldia.procedures.simulation import paid_when
from alcaldia.vault.rules.grant import Send
from alcaldia.web.components.templatetags.said import pesos
from alcaldia.web.portal.procedures import contact, permits
from alcaldia.web.portal.procedures.coded import acting, keep_case_code
from alcaldia.web.portal.procedures.filling import CHANNEL, opened_here
from alcaldia.web.portal.procedures.finding import offers

log = structlog.stdlib.get_logger("alcaldia.procedures")
OUTCOMES = {
    "granted": ("good", "Procede", "Al enviar se resuelve de inmediato."),
    "conditional": ("warn", "Procede con condiciones", "Al enviar se resuelve de inmediato."),
    "denied": ("bad", "No procede", "Con estos datos la regla dice que no. Puede corregirlos antes de enviar."),
    "missing_data": ("none", "Falta un dato de la ciudad", "Lo resuelve una persona de la dependencia; usted no tiene que hacer nada más."),
    "review": ("none", "Lo revisa una persona", "Al enviar llega a las dependencias que deben opinar."),
}  # fmt: skip
NO_FEE = (
    "Lo revisa una persona",
    "No se pudo calcular el costo. Una persona de la dependencia lo fija al resolver, con su fundamento, y usted lo ve antes de pagar.",
)

IN_LINE = (
    "none", "Queda en la lista de espera",
    "Al enviar queda en la lista, en el orden en que llega. No paga nada mientras espera; cuando haya lugar le avisamos y es suyo.",
)  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, public_id: str) -> HttpResponse:
    """Check the answers, read what will happen, send."""
    draft = opened_here(request, public_id)
    if draft.draft.folio:
        return HttpResponseRedirect(reverse("procedures:case", args=[draft.draft.folio]))
    if not draft.code:
        return HttpResponseRedirect(reverse("procedures:resume", args=[public_id]))
    mandate = representing.mandate_of(draft)
    again: dict[str, Any] = {}
    try:
        if request.method == "POST":
            try:
                return _send(request, draft)
            except Refusal as refusal:
                again = _again(request, draft, refusal)
        told = submission.review(draft)
    except Refusal as refusal:
        if refusal.code != "not_complete":
            raise
        return HttpResponseRedirect(
            reverse("procedures:step", args=[public_id, refusal.facts["step"]]) + "?faltan=1"
        )
    context = {
        **_context(told),
        **_asked(request, told),
        "contact_typed": once_only.contact_of(draft),
        **_identify(request, draft),
        **again,
        "mandate": mandate,
    }
    return render(request, "procedures/review.html", context, status=again.get("status", 200))


def _again(request: HttpRequest, draft: Opened, refusal: Refusal) -> dict[str, Any]:
    """What the same page says of a sending that could not be, where the person can do something about it. Raises the refusal."""
    typed = {"contact_typed": contact.typed(request.POST)}
    if refusal.code == "wrong_contact":
        return {**typed, "contact_errors": refusal.facts["errors"], "status": 422}
    if refusal.code == "not_identified":
        return {**typed, "refused": True, "status": 403}
    if refusal.code == "place_gone":
        return {**typed, "gone": refusal.detail, "status": 409}
    if refusal.code == "no_calendar":
        log.error("no_calendar", municipality=draft.town.slug, year=refusal.facts["year"])
        return {**typed, "not_today": True, "status": 503}
    raise refusal


def _send(request: HttpRequest, draft: Opened) -> HttpResponse:
    told = contact.sealed(request.POST)
    folio, signed = _signed(request)
    person = getattr(request, "person", None)
    if person is not None and acting(request) is None:
        identified.own(draft, person.public_id)
    case = submission.submit(
        draft,
        by="citizen",
        channel=CHANNEL,
        folio=folio,
        signed=signed,
        contact=told,
        acting=acting(request),
        proved=_proved(request, draft),
    )
    response = HttpResponseRedirect(reverse("procedures:case", args=[case.folio]) + "?enviada=1")
    keep_case_code(response, case.folio, draft.code)
    return response


def _proved(request: HttpRequest, draft: Opened) -> Assurance:
    """How sure the city is of who is here, as far as the request is theirs or will be."""
    person, whose = getattr(request, "person", None), draft.draft.representative or draft.draft.person
    if person is None or whose not in ("", person.public_id):
        return Assurance.NONE
    return Assurance(request.assurance)  # type: ignore[attr-defined]


def _identify(request: HttpRequest, draft: Opened) -> dict[str, Any]:
    """What the page says in place of its button where more must be proved: how, and where; {} where nothing lacks."""
    wanted = identified.least(draft.program)
    if _proved(request, draft) >= wanted:
        return {}
    enters = getattr(request, "person", None) is None
    where = (
        f"{reverse('account:enter')}?{urlencode({'next': request.path})}"
        if enters
        else f"{reverse('account:home')}#identidad"
    )
    return {"identify": identified.HOW[wanted], "identify_at": where, "identify_enter": enters}


def _signed(request: HttpRequest) -> tuple[str, Signed | None]:
    """What a passkey signed, where the form brought it, and for which folio."""
    found = permits.signed(request)
    if found is None:
        return "", None
    folio = read_folio(str(read_object(request.POST["state"]).get("folio")))
    if folio is None or not folio.startswith(PREFIX):
        raise Refusal("bad_request", "La página no está completa. Actualícela y firme de nuevo.", status=400)
    return folio, found


def _asked(request: HttpRequest, told: Review) -> dict[str, Any]:
    """The touch that signs, for whoever is here with a key and an open vault; otherwise a plain button."""
    draft = told.opened
    person, token = getattr(request, "person", None), getattr(request, "vault_token", "")
    if person is None or not token or draft.draft.representative or draft.draft.person != person.public_id:
        return {"sign": False}
    folio, salt = new_folio(PREFIX, timezone.now().year), new_salt()
    send: Send | None = submission.to_sign(told, folio=folio, salt=salt)
    if send is None:
        return {"sign": False}
    return permits.to_sign(request, draft.town, draft.program.definition.data, send, folio=folio, salt=salt)


def _context(told: Review) -> dict[str, Any]:
    draft = told.opened
    tone, word, meaning = OUTCOMES[told.found.outcome] if told.full is None else IN_LINE
    if told.found.outcome in ("granted", "conditional") and not told.route.at_once and told.full is None:
        word, meaning = "Lo revisan las dependencias", OUTCOMES["review"][2]
        tone = "none"
    if told.found.fee is None and told.found.outcome != "denied":
        word, meaning = NO_FEE
    paid = paid_when(draft.program, told.found)
    if paid == "before_submission" and told.route.at_once:
        meaning = "Al confirmarse su pago se resuelve de inmediato."
    return {
        "paid": paid,
        "town": draft.town, "draft": draft.draft, "code": draft.code, "sheet": draft.program.definition.sheet,
        "parts": _parts(draft), "tone": tone, "word": word, "meaning": meaning, "reasons": (told.full or told.found).reasons, "in_line": told.full is not None,
        "conditions": told.found.conditions, "offers": offers(draft.town, told.found.offers), "fee": told.found.fee,
        "fee_parts": _fee_parts(told), "desks": _desks(told), "asked": _consulted(told),
        "missing": [_label(draft, name) for name in told.found.missing], "outcome": told.found.outcome,
        "number": len(draft.form().screens) + 1, "count": len(draft.form().screens) + 1,
    }  # fmt: skip


def _label(draft: Opened, name: str) -> str:
    return field_name(draft.program.definition.data, name)


def _parts(draft: Opened) -> list[dict[str, Any]]:
    """Every screen with its answers as the person reads them."""
    return [
        {
            "id": one.screen.id,
            "title": one.screen.title,
            "rows": [(f.field.label, _shown(draft, f.path, f.value)) for f in one.fields],
        }
        for one in draft.form().screens
    ]


def _shown(draft: Opened, name: str, value: Any) -> str:
    spec = draft.program.definition.data[name]
    files = draft.personal.get(FILES, {})
    if isinstance(value, str) and value in files:
        return str(files[value]["name"])
    if isinstance(value, list) and spec.type == "group":
        return "; ".join(
            ", ".join(str(cell) for cell in row.values() if cell) for row in value if any(row.values())
        )
    if isinstance(value, str) and choosing.kind_of(draft.program, name):
        return choosing.label(draft.program, draft.town, name, value)
    return shown_answer(value, spec) or "—"


def _fee_parts(told: Review) -> list[tuple[str, str]]:
    """What the fee is made of: each answer and each figure of the city that its formulas read, each figure that they give on
    the way, and the sum.
    """
    program, fee = told.opened.program, told.opened.program.definition.fee
    if not told.found.fee or fee is None:
        return []
    todo, seen = [*program.whens["fee"].reads], set()
    rows: list[tuple[str, str]] = []
    while todo:
        name = todo.pop(0)
        if name not in seen and name in program.formulas:
            todo += sorted(program.formulas[name].reads)
        elif name not in seen and name in told.found.values:
            rows += _figure(told, name)
        seen.add(name)
    steps = [one for one in program.formulas if one in seen and program.whens["fee"].text != one]
    return [*rows, *_worked_out(told, steps), (named(fee.concept), pesos(told.found.fee))]


def _worked_out(told: Review, steps: list[str]) -> list[tuple[str, str]]:
    """What formulas give, by their names in words, in the order in which the definition writes them."""
    values = {name: told.found.values.get(name, UNKNOWN) for name in steps}
    return [
        (name.replace("_", " ").capitalize(), str(shown(value)))
        for name, value in values.items()
        if value is not UNKNOWN and not isinstance(value, bool)
    ]


def _figure(told: Review, name: str) -> list[tuple[str, str]]:
    """An answer or a figure of the city by its label; what a formula only computes on its way has none."""
    definition, value = told.opened.program.definition, told.found.values[name]
    declared = (definition.parameters or {}).get(name)
    if name in definition.data:
        plain = value if isinstance(value, bool) else shown(value)
        return [(_label(told.opened, name), shown_answer(plain, definition.data[name]) or "—")]
    if declared is None or value is UNKNOWN:
        return []
    figure = str(shown(value))
    return [
        (
            named(declared.label),
            sentence("%(a)s %(b)s", a=figure, b=declared.unit) if declared.unit else figure,
        )
    ]


def _desks(told: Review) -> list[tuple[str, int]]:
    town = told.opened.town
    found = [(agency_name(town, one.agency), one.days) for one in told.route.reviews]
    if told.route.inspection:
        before = visit_of(told.opened.program.definition, told.found, "before_decision")
        visited = agency_name(town, told.route.inspection)
        found.append((sentence("%(agency)s (visita)", agency=visited), before.days if before else 0))
    after = visit_of(told.opened.program.definition, told.found, "after_issue")
    if after is not None and told.route.at_once != "denied":
        visited = agency_name(town, after.agency)
        found.append((sentence("%(agency)s (visita después de entregar)", agency=visited), after.days))
    return found


def _consulted(told: Review) -> list[tuple[str, str]]:
    return [(LABELS.get(name, name), note) for name, note in told.consulted.asked]
