"""Enter, register, leave. Nothing here asks who one is: the device knows which account it holds."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.identity import actions, federation
from alcaldia.identity.ids import new_subject
from alcaldia.identity.rules.assurance import Assurance
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


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect("/")
    log_out(request, response, "person")
    return response


def _inside(request: HttpRequest, entered: actions.Entered, after: str) -> HttpResponse:
    response = HttpResponseRedirect(after)
    log_in(request, response, entered, Assurance.PASSKEY)
    return response
