"""The demo's mailbox: every message and code that a city would have sent. There is no such page in a city."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alcaldia.identity.ports import Mailbox as Codes
from alcaldia.identity.ports import plugged as identity
from alcaldia.notices.ports import Mailbox, plugged

NAMES = {"email": "Correo", "sms": "SMS", "whatsapp": "WhatsApp"}


@never_cache
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Messages and codes, the newest first."""
    if not settings.DEMO:
        raise Http404
    return render(
        request, "portal/mailbox.html", {"rows": sorted(_rows(), key=lambda one: one["at"], reverse=True)}
    )


def _rows() -> list[dict[str, object]]:
    sender = next((one for one in plugged.senders.values() if isinstance(one, Mailbox)), None)
    rows: list[dict[str, object]] = [
        {**row, "name": NAMES[row["channel"]], "at": datetime.fromisoformat(row["at"])}
        for row in (sender.read() if sender else [])
    ]
    shown = identity.code_sender
    codes: list[dict[str, object]] = shown.read() if isinstance(shown, Codes) else []
    return rows + [
        {
            "name": "Código",
            "to": row["to"],
            "code": row["code"],
            "at": datetime.fromtimestamp(float(str(row["at"])), UTC),
        }
        for row in codes
    ]
