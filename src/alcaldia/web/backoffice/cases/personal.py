"""The personal data of a case in its office: each under a permit of its person, shown once, written down by name."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import appealing, attaching
from alcaldia.procedures.models import Attachment
from alcaldia.procedures.protected import field_of
from alcaldia.procedures.queries.cases import Status
from alcaldia.vault import actions as vault
from alcaldia.vault import custodian
from alcaldia.vault.queries import Held
from alcaldia.vault.rules.catalogue import label
from alcaldia.vault.rules.grant import SHOW, Grant, read_grant
from alcaldia.web.backoffice.cases.case import status_here
from alcaldia.web.backoffice.cases.entry import attending, office
from alcaldia.web.backoffice.vault import token_of
from alcaldia.web.components.sessions import official_of

APPEAL = field_of(appealing.REASONS)
LABELS = {APPEAL: "Motivos del recurso"}


@require_POST
@attending()
def protected(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """What the permits of this office cover; with `solo`, one datum only."""
    told = status_here(town, folio, agencies)
    if not vault_is_open(request):
        return _open_vault(request, town, folio)
    permits = permits_of(request, folio)
    if not permits:
        return _no_permit()
    only = field_of(request.POST["solo"]) if request.POST.get("solo") else ""
    wanted = {name for permit in permits for name in permit.fields if not is_file(told, name)}
    if only and only not in wanted:
        return _no_permit()
    held = _show(permits, [only] if only else wanted, token_of(request))
    values = [(LABELS.get(one.name) or label(one.name), _text(one.value)) for one in held]
    page = office(request, town, told=told, row=told.row, values=values)
    return render(request, "backoffice/case_data.html", page)


def _show(permits: list[Grant], wanted: Iterable[str], token: str) -> list[Held]:
    """Each datum under the newest permit that names it."""
    left, held = set(wanted), []
    for permit in permits:
        fields = [name for name in permit.fields if name in left]
        if fields:
            held += vault.show(permit, fields, token=token)
            left -= set(fields)
    return held


def vault_is_open(request: HttpRequest) -> bool:
    """Has this very official a live session at the broker? The cookie may be old, or a colleague's."""
    try:
        custodian.check_session(token_of(request), official_of(request).public_id)
    except Refusal as refusal:
        if refusal.code != "no_vault_session":
            raise
        return False
    return True


def permits_of(request: HttpRequest, folio: str) -> list[Grant]:
    """The live permits of this official's office for the case, the newest first; for pages behind an open vault."""
    found = custodian.ask("case_grants", case=folio, token=token_of(request))
    live = [(one, read_grant(one["grant"])) for one in found if not one["revoked"]]
    now = timezone.now()
    return [
        permit
        for one, permit in live
        if permit.mode == SHOW and permit.not_after > now and one["used"] < permit.max_uses
    ]


def _open_vault(request: HttpRequest, town: Municipality, folio: str) -> HttpResponse:
    back = reverse("backoffice:case", args=[town.slug, folio])
    return HttpResponseRedirect(f"{reverse('backoffice:vault_open')}?next={back}")


def _no_permit() -> HttpResponse:
    detail = "Esta solicitud no tiene un permiso vigente para su oficina. Pida a la persona uno nuevo."
    raise Refusal("grant_unknown", detail, status=403)


def is_file(told: Status, field: str) -> bool:
    """Whether it is a file, which opens by itself."""
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
    if not vault_is_open(request):
        return _open_vault(request, town, folio)
    permits = permits_of(request, folio)
    field = field_of(attachment.field)
    if not any(field in one.fields for one in permits):
        return _no_permit()
    return opened(request, permits, attachment, field, folio)


def opened(
    request: HttpRequest, permits: list[Grant], attachment: Attachment, field: str, folio: str
) -> HttpResponse:
    """The file, by the key that the vault gives out under one of these permits; written down by name."""
    public_id, held = attachment.public_id, _show(permits, [field], token_of(request))
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
