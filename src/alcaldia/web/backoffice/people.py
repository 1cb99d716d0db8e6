"""How officials come in: invitation, passkey, leave. There is no password to ask for."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.identity import actions, queries, sessions
from alcaldia.identity.models import Invitation, Passkey, Session
from alcaldia.identity.rules import notices
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.access import just_entered, official_required, safe_next
from alcaldia.web.components.ceremony import (
    added_back,
    ask_to_add,
    ask_to_create,
    ask_to_enter,
    brought_back,
    device_words,
    elsewhere,
)
from alcaldia.web.components.rate import check_request
from alcaldia.web.components.sessions import log_in, log_out, official_of

CHANNEL = "backoffice"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    after = safe_next(request, reverse("backoffice:home"))
    if request.method != "POST":
        asked = {**ask_to_enter("official.enter"), "next": after, "elsewhere": elsewhere(request)}
        return render(request, "backoffice/login.html", asked)
    check_request(request, "enter")
    answer, challenge = brought_back(request, "official.enter")
    entered = actions.enter(kind="official", answer=answer, challenge=challenge, channel=CHANNEL)
    return _inside(request, entered, after)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, code: str) -> HttpResponse:
    """The one-use link of `createadmin`: registers the official's key on this device and lets them in."""
    check_request(request, "enter")
    invitation = _invitation(code)
    owner = invitation.owner
    if request.method != "POST":
        asked = ask_to_create("official.invited", owner.public_id, owner)
        return render(
            request, "backoffice/invited.html", {**asked, "invited": owner, "elsewhere": elsewhere(request)}
        )
    answer, challenge = brought_back(request, "official.invited")
    entered = actions.register_invited(
        invitation=invitation, code=code, answer=answer, challenge=challenge, label=device_words(request), channel=CHANNEL
    )  # fmt: skip
    return _inside(request, entered, reverse("backoffice:home"))


def _invitation(code: str) -> Invitation:
    invitation = queries.invitation(code)
    if invitation is None or invitation.official is None:
        detail = "Esa invitación ya se usó o venció (dura 24 horas). Si ya registró su llave, entre con ella en la Oficina; si no, pida otra a quien opera el sistema."
        raise Refusal("used_invitation", detail, status=410)
    actions.check_without_keys(invitation.owner)
    return invitation


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(reverse("backoffice:login"))
    log_out(request, response, "official")
    return response


@never_cache
@require_safe
@official_required()
def account(request: HttpRequest) -> HttpResponse:
    """The official's own keys, sessions and posts."""
    official, now = official_of(request), timezone.now()
    mine: Session = request.official_session  # type: ignore[attr-defined]
    facts = {
        "passkeys": queries.passkeys_of(official),
        "sessions": [
            {"session": one, "mine": one.pk == mine.pk} for one in sessions.open_ones(official, now)
        ],
        "past": sessions.past_ones(official, now),
        "posts": queries.current_posts(official, timezone.localdate()),
        "notices": [notices.sentence(n.kind, n.detail) for n in sessions.unread(official)[:20]],
    }
    return render(request, "backoffice/account.html", facts)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@official_required()
@just_entered("official")
def add(request: HttpRequest) -> HttpResponse:
    """One more key of one's own; then an earlier one allows it."""
    official = official_of(request)
    if "created" not in request.POST:
        asked = ask_to_add(request, "official.add", official)
        return render(request, "backoffice/add_passkey.html", {**asked, "elsewhere": elsewhere(request)})
    answer, allowed, challenge = added_back(request, "official.add")
    actions.add_passkey(
        owner=official, answer=answer, allowed=allowed, challenge=challenge, label=device_words(request),
        token=request.vault_token, channel=CHANNEL,  # type: ignore[attr-defined]
    )  # fmt: skip
    return HttpResponseRedirect(reverse("backoffice:account"))


@require_POST
@official_required()
@just_entered("official")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    official = official_of(request)
    passkey: Passkey = get_object_or_404(queries.passkeys_of(official), pk=pk)
    token: str = request.vault_token  # type: ignore[attr-defined]
    actions.revoke_passkey(passkey=passkey, token=token, by=official.username, channel=CHANNEL)
    return HttpResponseRedirect(reverse("backoffice:account"))


@require_POST
@official_required()
def read(request: HttpRequest) -> HttpResponse:
    """The official has read what they were told of their account."""
    sessions.unread(official_of(request)).update(seen_at=timezone.now())
    return HttpResponseRedirect(reverse("backoffice:account"))


@require_POST
@official_required()
def close_all(request: HttpRequest) -> HttpResponse:
    sessions.end_all(official_of(request), because="closed_all")
    response = HttpResponseRedirect(reverse("backoffice:login"))
    log_out(request, response, "official")
    return response


def _inside(request: HttpRequest, entered: actions.Entered, after: str) -> HttpResponse:
    response = HttpResponseRedirect(after)
    log_in(request, response, entered, Assurance.PASSKEY)
    return response
