"""The page before sending says what will happen; one touch, or one button without a key, sends."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alcaldia.identity import passkeys
from alcaldia.identity import queries as identity
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio, read_folio
from alcaldia.procedures import choosing, representing
from alcaldia.procedures.actions import submission
from alcaldia.procedures.actions.submission import PREFIX, Signed
from alcaldia.procedures.judging import Review
from alcaldia.procedures.names import agency_name
from alcaldia.procedures.opened import FILES, Opened
from alcaldia.procedures.registries import LABELS
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.rules.routing import visit_of
from alcaldia.procedures.rules.validators import shown_answer
from alcaldia.procedures.rules.values import shown
from alcaldia.procedures.simulation import paid_when
from alcaldia.vault.rules.grant import BadGrant, Send, read_send
from alcaldia.web.components.ceremony import elsewhere
from alcaldia.web.portal.procedures import contact
from alcaldia.web.portal.procedures.coded import acting, keep_case_code
from alcaldia.web.portal.procedures.filling import CHANNEL, opened_here

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
                if refusal.code not in ("wrong_contact", "place_gone"):
                    raise
                again = {
                    "contact_errors": refusal.facts.get("errors", {}),
                    "contact_typed": contact.typed(request.POST),
                    "gone": refusal.detail if refusal.code == "place_gone" else "",
                }
        told = submission.review(draft)
    except Refusal as refusal:
        if refusal.code != "not_complete":
            raise
        return HttpResponseRedirect(
            reverse("procedures:step", args=[public_id, refusal.facts["step"]]) + "?faltan=1"
        )
    context = {**_context(told), **_asked(request, told), **again, "mandate": mandate}
    return render(request, "procedures/review.html", context, status=422 if again else 200)


def _send(request: HttpRequest, draft: Opened) -> HttpResponse:
    told = contact.sealed(request.POST)
    folio, signed = _signed(request)
    case = submission.submit(
        public_id=draft.draft.public_id,
        code=draft.code,
        by="citizen",
        channel=CHANNEL,
        folio=folio,
        signed=signed,
        contact=told,
        acting=acting(request),
    )
    response = HttpResponseRedirect(reverse("procedures:case", args=[case.folio]) + "?enviada=1")
    keep_case_code(response, case.folio, draft.code)
    return response


def _signed(request: HttpRequest) -> tuple[str, Signed | None]:
    """What a passkey signed, where the form brought it."""
    if not request.POST.get("credential"):
        return "", None
    answer = passkeys.read_answer(request.POST["credential"])
    try:
        told: Any = json.loads(request.POST.get("state", ""))
        folio, send = read_folio(str(told["folio"])), read_send(told["send"])
    except (ValueError, KeyError, TypeError, BadGrant) as error:
        raise Refusal(
            "bad_request", "La página no está completa. Actualícela y firme de nuevo.", status=400
        ) from error
    if folio is None or not folio.startswith(PREFIX):
        raise Refusal("bad_request", "La página no está completa. Actualícela y firme de nuevo.", status=400)
    return folio, Signed(send, answer)


def _asked(request: HttpRequest, told: Review) -> dict[str, Any]:
    """The touch that signs, for whoever is here with a key and an open vault; otherwise a plain button."""
    draft = told.opened
    person, token = getattr(request, "person", None), getattr(request, "vault_token", "")
    if person is None or not token or draft.draft.representative or draft.draft.person != person.public_id:
        return {"sign": False}
    folio = new_folio(PREFIX, timezone.now().year)
    send: Send | None = submission.to_sign(told, folio=folio)
    if send is None:
        return {"sign": False}
    options = passkeys.request_options(challenge=send.challenge(), allowed=identity.credential_ids(person))
    state = json.dumps({"folio": folio, "send": send.body()})
    fields = sorted({name for grant in send.grants for name in grant.fields})
    from alcaldia.vault.rules.catalogue import label

    return {"sign": True, "options": options, "state": state, "elsewhere": elsewhere(request), "mode": "get",
            "shown_to": [agency_name(one.office) for one in send.grants], "shown": [label(one) for one in fields]}  # fmt: skip


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
        "conditions": told.found.conditions, "offers": told.found.offers, "fee": told.found.fee,
        "fee_parts": _fee_parts(told), "desks": _desks(told), "asked": _consulted(told),
        "missing": [_label(draft, name) for name in told.found.missing], "outcome": told.found.outcome,
        "number": len(draft.form().screens) + 1, "count": len(draft.form().screens) + 1,
    }  # fmt: skip


def _label(draft: Opened, name: str) -> str:
    data = draft.program.definition.data
    return data[name].label.es if name in data else name


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
    """What the fee is made of: each figure that its formulas read, by its label, then their results."""
    program, fee = told.opened.program, told.opened.program.definition.fee
    if not told.found.fee or fee is None:
        return []
    lines = {one.rule: one.plain() for one in told.found.trace if one.row is None}
    todo = [*program.whens["fee"].reads]
    rows: dict[str, tuple[str, str]] = {}
    results: list[tuple[str, str]] = []
    while todo:
        name = todo.pop(0)
        if name in lines and name in program.formulas:
            todo += [one for one in lines[name]["inputs"] if one not in rows]
            results.insert(0, (name.replace("_", " ").capitalize(), str(lines[name]["result"])))
        elif name not in rows and name in told.found.values:
            rows[name] = (_name_of(program, name), str(shown(told.found.values[name])))
    return [*rows.values(), *results]


def _name_of(program: Program, name: str) -> str:
    definition = program.definition
    if name in definition.data:
        return definition.data[name].label.es.strip("¿?")
    declared = (definition.parameters or {}).get(name)
    return declared.label.es if declared else name.replace("_", " ").capitalize()


def _desks(told: Review) -> list[tuple[str, int]]:
    found = [(agency_name(one.agency), one.days) for one in told.route.reviews]
    if told.route.inspection:
        before = visit_of(told.opened.program.definition, told.found, "before_decision")
        found.append((f"{agency_name(told.route.inspection)} (visita)", before.days if before else 0))
    after = visit_of(told.opened.program.definition, told.found, "after_issue")
    if after is not None and told.route.at_once != "denied":
        found.append((f"{agency_name(after.agency)} (visita después de entregar)", after.days))
    return found


def _consulted(told: Review) -> list[tuple[str, str]]:
    return [(LABELS.get(name, name), note) for name, note in told.consulted.asked]
