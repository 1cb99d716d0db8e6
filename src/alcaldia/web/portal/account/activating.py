"""The first key for a person whose data were here before them, with the code of their bill."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from alcaldia.identity import actions, queries, sessions
from alcaldia.identity.models import Invitation, Person
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.identity.rules.ids import read_code
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.ceremony import ask_to_create, brought_back, device_words, elsewhere
from alcaldia.web.components.rate import check_request
from alcaldia.web.components.sessions import log_in
from alcaldia.web.portal.account.devices import CHANNEL

USED = (
    "Ese código ya se usó, venció o no existe. Revíselo letra por letra. Si ya activó su cuenta, entre con su llave;"
    " si no, pida otro código en una ventanilla."
)


@dataclass(frozen=True)
class Opens:
    """Whose account a code opens, and the invitation where the code is of one and not of a bill."""

    person: Person
    invitation: Invitation | None


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def billed(request: HttpRequest) -> HttpResponse:
    """Type the code of a bill: the same answer for any that opens nothing."""
    if request.method != "POST":
        return render(request, "account/billed.html", {"other": request.person})  # type: ignore[attr-defined]
    check_request(request, "code.try")
    code = read_code(request.POST.get("codigo", ""))
    if _opens(code) is None:
        told = {"other": request.person, "error": USED}  # type: ignore[attr-defined]
        return render(request, "account/billed.html", told, status=403)
    return HttpResponseRedirect(reverse("account:activate", args=[code]))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest, code: str) -> HttpResponse:
    """The key is made on this device; whoever was inside another account of theirs is told in it where the rest is."""
    check_request(request, "enter")
    found = _opens(code)
    if found is None:
        raise Refusal("used_invitation", USED, status=410)
    before: Person | None = request.person  # type: ignore[attr-defined]
    if request.method != "POST":
        asked = ask_to_create("person.activate", found.person.public_id, found.person)
        return render(
            request, "account/activate.html", {**asked, "elsewhere": elsewhere(request), "other": before}
        )
    entered = _registered(request, found, code)
    if before is not None and before != found.person:
        sessions.tell(before, "bill_activated")
        sessions.tell(found.person, "bill_beside")
    response = HttpResponseRedirect(reverse("account:home"))
    log_in(request, response, entered, Assurance.PASSKEY)
    return response


def _opens(code: str) -> Opens | None:
    """By an invitation of ours or by the broker's word; None where it opens nothing, whatever the reason."""
    invitation = queries.invitation(code)
    if invitation is not None and invitation.person is not None:
        usable = not queries.credential_ids(invitation.person)
        return Opens(invitation.person, invitation) if usable else None
    person = queries.awaited(code)
    return Opens(person, None) if person is not None else None


def _registered(request: HttpRequest, found: Opens, code: str) -> actions.Entered:
    answer, challenge = brought_back(request, "person.activate")
    given: dict[str, Any] = {
        "code": code, "answer": answer, "challenge": challenge, "label": device_words(request), "channel": CHANNEL
    }  # fmt: skip
    if found.invitation is not None:
        return actions.register_invited(invitation=found.invitation, **given)
    return actions.activate(person=found.person, **given)
