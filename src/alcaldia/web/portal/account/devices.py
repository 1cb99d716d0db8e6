"""My account: keys, open sessions, notices; adding, renaming and removing keys; closing sessions."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.identity import actions, federation, queries, sessions
from alcaldia.identity.models import Notice, Passkey, Person, Session
from alcaldia.identity.rules import notices
from alcaldia.kernel.text import whole_number
from alcaldia.web.components.access import just_entered, person_required
from alcaldia.web.components.ceremony import added_back, ask_to_add, device_words, elsewhere
from alcaldia.web.components.sessions import log_out

CHANNEL = "portal"


def person_of(request: HttpRequest) -> Person:
    found: Person = request.person  # type: ignore[attr-defined]
    return found


@never_cache
@require_safe
@person_required()
def home(request: HttpRequest) -> HttpResponse:
    """What the city knows of how one enters; nothing of who one is."""
    person, now = person_of(request), timezone.now()
    facts = {
        "passkeys": queries.passkeys_of(person),
        "sessions": _sessions(request, person, now), "past": sessions.past_ones(person, now),
        "notices": [{"pk": n.pk, "text": notices.sentence(n.kind, n.detail), "at": n.created_at} for n in sessions.unread(person)],
        "codes": queries.live_codes(person),
        "mandates": [row for row in queries.mandates_of(person) if queries.in_force(row, timezone.localdate())],
        "representatives": queries.representatives_of(person, timezone.localdate()),
        "recovery": queries.open_recovery(person),
        "verifications": queries.verifications_of(person),
        "providers": list(federation.providers().values()),
    }  # fmt: skip
    return render(request, "account/home.html", facts)


def _sessions(request: HttpRequest, person: Person, now: datetime) -> list[dict[str, Any]]:
    mine: Session = request.person_session  # type: ignore[attr-defined]
    return [{"session": one, "mine": one.pk == mine.pk} for one in sessions.open_ones(person, now)]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@person_required()
@just_entered("person")
def add(request: HttpRequest) -> HttpResponse:
    """One more key: this device's, a telephone's by its camera, or one on a USB stick; then an earlier one allows it."""
    person = person_of(request)
    if "created" not in request.POST:
        asked = ask_to_add(request, "person.add", person)
        return render(request, "account/add.html", {**asked, "elsewhere": elsewhere(request)})
    answer, allowed, challenge = added_back(request, "person.add")
    actions.add_passkey(
        owner=person, answer=answer, allowed=allowed, challenge=challenge, label=device_words(request),
        token=request.vault_token, channel=CHANNEL,  # type: ignore[attr-defined]
    )  # fmt: skip
    return HttpResponseRedirect(reverse("account:home"))


@require_POST
@person_required()
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    actions.rename_passkey(passkey=_passkey(request, pk), label=request.POST.get("nombre", ""))
    return HttpResponseRedirect(reverse("account:home"))


@require_POST
@person_required()
@just_entered("person")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token: str = request.vault_token  # type: ignore[attr-defined]
    by = person_of(request).public_id
    actions.revoke_passkey(passkey=_passkey(request, pk), token=token, by=by, channel=CHANNEL)
    return HttpResponseRedirect(reverse("account:home"))


def _passkey(request: HttpRequest, pk: int) -> Passkey:
    return get_object_or_404(queries.passkeys_of(person_of(request)), pk=pk)


@require_POST
@person_required()
def close(request: HttpRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(Session, person=person_of(request), pk=pk, ended_at__isnull=True)
    sessions.end_elsewhere(session, because="closed")
    return HttpResponseRedirect(reverse("account:home"))


@require_POST
@person_required()
def close_all(request: HttpRequest) -> HttpResponse:
    """Every session everywhere, this one too."""
    sessions.end_all(person_of(request), because="closed_all")
    response = HttpResponseRedirect(reverse("account:enter"))
    log_out(request, response, "person")
    return response


@require_POST
@person_required()
def read(request: HttpRequest) -> HttpResponse:
    """The owner has read what they were told up to that one."""
    upto = request.POST.get("hasta", "")
    found = Notice.objects.filter(person=person_of(request), seen_at__isnull=True)
    found.filter(pk__lte=whole_number(upto) or 0).update(seen_at=timezone.now())
    return HttpResponseRedirect(reverse("account:home"))
