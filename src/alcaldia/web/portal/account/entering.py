"""Enter, register, activate, leave. Nothing here asks who one is: the device knows which account it holds."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.identity import actions, federation, queries
from alcaldia.identity.ids import new_subject
from alcaldia.identity.models import Invitation
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.access import safe_next
from alcaldia.web.components.ceremony import (
    ask_to_create,
    ask_to_enter,
    brought_back,
    device_words,
    elsewhere,
)
from alcaldia.web.components.rate import check_request
from alcaldia.web.components.sessions import log_in, log_out

CHANNEL = "portal"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """One button; the device offers the accounts it holds."""
    after = safe_next(request, reverse("account:home"))
    if request.method != "POST":
        asked: dict[str, Any] = {
            **ask_to_enter("person.enter"),
            "next": after,
            "elsewhere": elsewhere(request),
        }
        asked["providers"] = list(federation.providers().values())
        return render(request, "account/enter.html", asked)
    check_request(request, "enter")
    answer, challenge = brought_back(request, "person.enter")
    entered = actions.enter(kind="person", answer=answer, challenge=challenge, channel=CHANNEL)
    return _inside(request, entered, after)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """One touch makes the account. The subject's id is drawn before, because the key carries it."""
    after = safe_next(request, reverse("account:codes") + "?nueva=1")
    if request.method != "POST":
        asked = {**ask_to_create("person.register", new_subject("p")), "next": after}
        return render(request, "account/register.html", {**asked, "elsewhere": elsewhere(request)})
    check_request(request, "register")
    answer, challenge = brought_back(request, "person.register")
    entered = actions.register_person(
        answer=answer, challenge=challenge, label=device_words(request), channel=CHANNEL
    )
    return _inside(request, entered, after)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest, code: str) -> HttpResponse:
    """The first key for a person whose data were here before them, with the code of their bill."""
    invitation = _activation(request, code)
    owner = invitation.owner
    if request.method != "POST":
        asked = ask_to_create("person.activate", owner.public_id, owner)
        return render(request, "account/activate.html", {**asked, "elsewhere": elsewhere(request)})
    answer, challenge = brought_back(request, "person.activate")
    entered = actions.register_invited(
        invitation=invitation, code=code, answer=answer, challenge=challenge, label=device_words(request), channel=CHANNEL
    )  # fmt: skip
    return _inside(request, entered, reverse("account:home"))


def _activation(request: HttpRequest, code: str) -> Invitation:
    check_request(request, "enter")
    invitation = queries.invitation(code)
    if invitation is None or invitation.person is None:
        raise Refusal(
            "used_invitation", "Ese código ya se usó o no existe. Pida otro en una ventanilla.", status=410
        )
    actions.check_without_keys(invitation.owner)
    return invitation


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect("/")
    log_out(request, response, "person")
    return response


def _inside(request: HttpRequest, entered: actions.Entered, after: str) -> HttpResponse:
    response = HttpResponseRedirect(after)
    log_in(request, response, entered, Assurance.PASSKEY)
    return response
