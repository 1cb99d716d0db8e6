"""The page of a case: its data, files, map, the trace of the rules, who opined what, and the forms of this official."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land import parcels
from alcaldia.land.queries import today
from alcaldia.land.rulebook import published
from alcaldia.procedures import attaching, choosing, permissions
from alcaldia.procedures.models import Attachment, Turn
from alcaldia.procedures.names import agency_name, field_name
from alcaldia.procedures.protected import VISIT, field_of
from alcaldia.procedures.queries import cases
from alcaldia.procedures.queries.cases import Status
from alcaldia.procedures.registries import LABELS
from alcaldia.procedures.rules.flow import State
from alcaldia.procedures.rules.validators import shown_answer
from alcaldia.vault import actions as vault
from alcaldia.vault import custodian
from alcaldia.vault.rules.catalogue import label
from alcaldia.vault.rules.grant import SHOW, Grant, read_grant
from alcaldia.web.backoffice.cases.entry import attending, office
from alcaldia.web.backoffice.vault import token_of
from alcaldia.web.components.sessions import official_of

VISITED = {
    "favourable": ("good", "✓ Cumple"), "observations": ("warn", "Cumple, con observaciones"), "unfavourable": ("bad", "No cumple"),
}  # fmt: skip


@require_safe
@attending()
def case(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """Everything that the office may see without a permit; what needs one is behind a button."""
    told = status_here(town, folio, agencies)
    return render(request, "backoffice/case.html", office(request, town, **context(request, told, agencies)))


def status_here(town: Municipality, folio: str, agencies: list[str]) -> Status:
    """The case, where it is of this municipality and one of these agencies has a part in it. Raises NotFound."""
    told = cases.status(folio)
    parts = {told.row.agency, *told.row.turns.values_list("agency", flat=True)}
    if told.row.municipality_id != town.pk or not parts & set(agencies):
        raise NotFound("unknown_case", "Esa solicitud no es de su dependencia. Revise el folio.")
    if told.state.state is State.AWAITING_PAYMENT and told.state.pays_first == "before_submission":
        detail = "Esa solicitud espera su pago. Llegará a su bandeja en cuanto se confirme."
        raise NotFound("not_paid_yet", detail)
    return told


def context(request: HttpRequest, told: Status, agencies: list[str]) -> dict[str, Any]:
    """Data of the page."""
    row, program = told.row, told.program
    submitted = row.events.get(kind="submitted").facts
    rules = submitted.get("rules", {})
    mine = list(
        row.turns.filter(
            agency__in=agencies, state__in=(Turn.State.OPEN, Turn.State.WAITING, Turn.State.CITIZEN)
        )
    )
    forms = _forms(told, mine, agencies, request)
    return {
        "told": told, "row": row, "sheet": program.definition.sheet, "answers": _answers(told), "rules": rules,
        "missing": [_label(told, name) for name in rules.get("missing", ())],
        "asked": [(LABELS.get(name, name), note) for name, note in row.consulted.get("asked", ())],
        "consulted": [(_label(told, name), shown_answer(value, program.definition.data.get(name))) for name, value in row.consulted.get("values", {}).items()],
        "protected": [(name, _label(told, name)) for name in row.protected if not _is_file(told, field_of(name))], "files": _files(told), "mine": mine,
        "parcel": _parcel(told), "visits": _visits(told), "photos": list(attaching.photos(row)), **forms,
    }  # fmt: skip


def _forms(told: Status, mine: list[Turn], agencies: list[str], request: HttpRequest) -> dict[str, Any]:
    """Which forms this official has now."""
    kinds = {turn.kind for turn in mine if turn.state == Turn.State.OPEN}
    row, on = told.row, today(told.row.municipality)
    official = official_of(request)
    needs = bool(row.events.get(kind="submitted").facts.get("rules", {}).get("needs_signature"))
    may_sign = permissions.can(official, row.municipality, row.agency, on, permissions.SIGN)
    decides = Turn.Kind.DECISION in kinds and "decided" in told.may and (may_sign or not needs)
    data = told.program.definition.data
    asked = [(name, spec.label.es) for name, spec in data.items() if spec.source == "asked"]
    return {
        "opines": [(turn, agency_name(turn.agency)) for turn in mine if turn.kind == Turn.Kind.REVIEW and turn.state == Turn.State.OPEN],
        "inspects": _visits_now(told, kinds), "decides": decides,
        "needs_signature": needs, "may_sign": may_sign,
        "corrects": "correction_asked" in told.may and not told.state.corrections and bool(kinds),
        "correctable": asked, "joined": _joined(told),
        "upholds": may_sign and told.state.visit is not None and told.state.visit.adverse and "upheld" in told.may,
        "annuls": may_sign and "annulled" in told.may, "appeals": may_sign and "appeal_resolved" in told.may,
    }  # fmt: skip


def _visits_now(told: Status, kinds: set[str]) -> bool:
    """Whether a visit of this office is open, before the decision or after the paper."""
    before = Turn.Kind.INSPECTION in kinds and "inspected" in told.may
    return before or (Turn.Kind.VERIFICATION in kinds and "visited" in told.may)


def _joined(told: Status) -> str:
    from alcaldia.procedures.rules.flow import joined

    return joined(told.state) if told.state.reviews else ""


def _visits(told: Status) -> list[dict[str, Any]]:
    """What was seen, newest first."""
    return [
        {**one.facts, "agency": agency_name(one.facts["agency"]), "at": one.at, "findings": one.facts["findings"].items(),
         "observations": one.facts.get("conditions", ()), "result": VISITED[one.facts["result"]][1],
         "tone": VISITED[one.facts["result"]][0]}
        for one in told.row.events.filter(kind__in=("inspected", "visited")).order_by("-number")
    ]  # fmt: skip


def _label(told: Status, name: str) -> str:
    return field_name(told.program.definition.data, name)


def _answers(told: Status) -> list[tuple[str, str]]:
    data, town = told.program.definition.data, told.row.municipality
    found = []
    for name, value in told.row.answers.items():
        if name in told.row.protected or name not in data:
            continue
        kind = choosing.kind_of(told.program, name)
        text = (
            choosing.label(told.program, town, name, str(value)) if kind else shown_answer(value, data[name])
        )
        found.append((_label(told, name), text or "—"))
    return found


def _files(told: Status) -> list[dict[str, Any]]:
    return [
        {"file": one, "label": _label(told, one.field), "clean": one.verdict == Attachment.Verdict.CLEAN}
        for one in told.row.attachments.exclude(field=VISIT).order_by("pk")
    ]


def _parcel(told: Status) -> str:
    """The public id of the parcel, for sketch and sheet; "" where the case has none."""
    data = told.program.definition.data
    name = next((one for one, spec in data.items() if spec.type == "parcel"), "")
    key = str(told.row.answers.get(name) or "")
    try:
        return parcels.by_key(published(told.row.municipality.slug), key).public_id if key else ""
    except Refusal:
        return ""


@require_POST
@attending()
def protected(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """The personal data of the case, under its permit for this office: shown once, written down by name."""
    told = status_here(town, folio, agencies)
    permit = permit_of(request, folio)
    if permit is None:
        return _open_vault(request, town, folio) if not token_of(request) else _no_permit()
    wanted = [name for name in permit.fields if not _is_file(told, name)]
    held = vault.show(permit, wanted, token=token_of(request))
    values = [(label(f"{one.group}.{one.field}"), _text(one.value)) for one in held]
    return render(
        request, "backoffice/case_data.html", office(request, town, told=told, row=told.row, values=values)
    )


def permit_of(request: HttpRequest, folio: str) -> Grant | None:
    """The live permit of this official's office for the case; None without one, or without an open vault session."""
    token = token_of(request)
    if not token:
        return None
    try:
        found = custodian.ask("case_grants", case=folio, token=token)
    except Refusal as refusal:
        if refusal.code in {"no_vault_session", "nobody_present"}:
            return None
        raise
    live = [one for one in found if not one["revoked"]]
    grants = [read_grant(one["grant"]) for one in live]
    return next((one for one in grants if one.mode == SHOW), None)


def _open_vault(request: HttpRequest, town: Municipality, folio: str) -> HttpResponse:
    back = reverse("backoffice:case", args=[town.slug, folio])
    return HttpResponseRedirect(f"{reverse('backoffice:vault_open')}?next={back}")


def _no_permit() -> HttpResponse:
    detail = "Esta solicitud no tiene un permiso vigente para su oficina. Pida a la persona uno nuevo."
    raise Refusal("grant_unknown", detail, status=403)


def _is_file(told: Status, field: str) -> bool:
    return any(field_of(one.field) == field for one in told.row.attachments.all())


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(
            ", ".join(str(cell) for cell in row.values()) if isinstance(row, dict) else str(row)
            for row in value
        )
    return str(value)


@require_POST
@attending()
def file(
    request: HttpRequest, town: Municipality, agencies: list[str], folio: str, public_id: str
) -> HttpResponse:
    """An attached file, opened by the key that lies with the personal data: needs the permit, is written down."""
    told = status_here(town, folio, agencies)
    attachment = told.row.attachments.filter(public_id=public_id).first()
    if attachment is None:
        raise NotFound("file_lost", "Ese archivo no es de esta solicitud.")
    permit = permit_of(request, folio)
    if permit is None:
        return _open_vault(request, town, folio) if not token_of(request) else _no_permit()
    held = vault.show(permit, [field_of(attachment.field)], token=token_of(request))
    told_file = next(
        (one.value for one in held if isinstance(one.value, dict) and one.value.get("file") == public_id),
        None,
    )
    if told_file is None:
        raise NotFound("file_lost", "La persona cambió o borró ese archivo.")
    response = HttpResponse(
        attaching.opened_file(attachment, told_file["key"]), content_type=TYPES[attachment.kind]
    )
    response["Content-Disposition"] = (
        f'attachment; filename="{folio}-{attachment.field}.{ENDINGS[attachment.kind]}"'
    )
    return response


TYPES = {"pdf": "application/pdf", "image": "image/jpeg", "dwg": "image/vnd.dwg", "video": "video/mp4"}
ENDINGS = {"pdf": "pdf", "image": "jpg", "dwg": "dwg", "video": "mp4"}
