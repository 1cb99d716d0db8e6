"""The touch of a key that permits the office to read what a person gives after sending."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from alcaldia.identity import passkeys
from alcaldia.identity import queries as identity
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.small_json import read_object
from alcaldia.procedures.names import agency_name, field_name
from alcaldia.procedures.protected import Signed, field_of
from alcaldia.procedures.rules.definition import DataField
from alcaldia.vault.rules import offices
from alcaldia.vault.rules.catalogue import label
from alcaldia.vault.rules.grant import BadGrant, Send, read_send
from alcaldia.web.components.ceremony import elsewhere

NOT_CARRIED = {"csrfmiddlewaretoken", "credential", "state", "corregir"}


def to_sign(
    request: HttpRequest, town: Municipality, data: Mapping[str, DataField], send: Send, **state: str
) -> dict[str, Any]:
    """What the page needs to ask for the touch, and who will see what; `state` comes back with the touch."""
    person = request.person  # type: ignore[attr-defined]
    options = passkeys.request_options(challenge=send.challenge(), allowed=identity.credential_ids(person))
    fields = sorted({name for grant in send.grants for name in grant.fields})
    return {
        "sign": True, "options": options, "state": json.dumps({"send": send.body(), **state}), "mode": "get",
        "elsewhere": elsewhere(request), "shown": [called(data, one) for one in fields],
        "shown_to": [agency_name(town, offices.split(one.office)[1]) for one in send.grants],
    }  # fmt: skip


def called(data: Mapping[str, DataField], field: str) -> str:
    """What a field of the vault is called where this procedure asks for it; elsewhere, as the vault calls it."""
    asked = next((name for name in data if field_of(name) == field), "")
    return field_name(data, asked) if asked else label(field)


def signed(request: HttpRequest) -> Signed | None:
    """What the key signed, where the form brought it. Raises Refusal."""
    if not request.POST.get("credential"):
        return None
    answer = passkeys.read_answer(request.POST["credential"])
    try:
        told = read_object(request.POST.get("state", ""))
        return Signed(read_send(told["send"]), answer, str(told.get("salt", "")))
    except (ValueError, KeyError, TypeError, BadGrant) as error:
        detail = "La página no está completa. Actualícela y firme de nuevo."
        raise Refusal("bad_request", detail, status=400) from error


def carried(request: HttpRequest) -> list[tuple[str, str]]:
    """What the person typed, to bring it along with the touch."""
    lists = request.POST.lists()
    return [(name, str(value)) for name, values in lists if name not in NOT_CARRIED for value in values]
