"""Who enters the vault's pages: a person whose session at the broker is alive. It opens with one touch."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alcaldia.identity.models import Person
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.custodian import check_session
from alcaldia.vault.custody import BrokerCustodian
from alcaldia.web.components.access import person_required, safe_next
from alcaldia.web.components.ceremony import ask_to_enter, brought_back, elsewhere
from alcaldia.web.components.rate import check_request
from alcaldia.web.components.refusals import answer
from alcaldia.web.components.sessions import keep_vault_token

CHANNEL = "portal"
Page = Callable[..., HttpResponse]
CLOSED = {"no_vault_session", "nobody_present"}
ENTER_FIRST = "Entre a su cuenta con su llave de acceso, abra su bóveda y pregunte otra vez."
KEY_LOST = "key_lost"
"""The broker's word for a vault whose master key is gone: its owner is led to their spare keys."""


def with_vault(page: Page) -> Page:
    """The page runs with a live session of this person at the broker; without one they open it and come back.

    Whose master key is gone is led to the page of spare keys: nothing of theirs opens before.
    """

    @never_cache
    @person_required()
    @wraps(page)
    def view(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
        try:
            check_session(token_of(request), person_of(request).public_id)
            return page(request, *args, **words)
        except Refusal as refusal:
            if refusal.code == KEY_LOST:
                return HttpResponseRedirect(reverse("vault:restore"))
            if refusal.code not in CLOSED:
                raise
            return _to_open(request)

    return view


def for_machines(page: Page) -> Page:
    """For an address of the API, around `with_vault`: a program is told 401 and is not sent to a page that people read."""

    @wraps(page)
    def view(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
        found = page(request, *args, **words)
        if not isinstance(found, HttpResponseRedirect):
            return found
        return answer(request, Refusal("no_vault_session", ENTER_FIRST, status=401))

    return view


def _to_open(request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("vault:home")
    return HttpResponseRedirect(f"{reverse('vault:open')}?{urlencode({'next': back})}")


@never_cache
@person_required()
@require_http_methods(["GET", "HEAD", "POST"])
def open_vault(request: HttpRequest) -> HttpResponse:
    """One touch: the broker itself checks the passkey, and its token stays in a cookie of this browser."""
    after = safe_next(request, reverse("vault:home"))
    if request.method != "POST":
        asked = {**ask_to_enter("vault.open"), "next": after, "elsewhere": elsewhere(request)}
        return render(request, "vault/open.html", asked)
    check_request(request, "enter")
    answer, challenge = brought_back(request, "vault.open")
    subject = person_of(request).public_id
    token = BrokerCustodian().open_session(subject=subject, challenge=challenge.value, assertion=answer)
    response = HttpResponseRedirect(after)
    keep_vault_token(response, "person", token)
    return response


def person_of(request: HttpRequest) -> Person:
    """The person of a page behind `with_vault`."""
    person = request.person  # type: ignore[attr-defined]
    assert isinstance(person, Person)  # noqa: S101
    return person


def token_of(request: HttpRequest) -> str:
    return str(request.vault_token)  # type: ignore[attr-defined]
