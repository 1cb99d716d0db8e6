"""Printed codes and the way back in with one."""

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.identity import passkeys, queries, recovery
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.identity.rules.ids import spell_code
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.access import just_entered, person_required
from alcaldia.web.components.ceremony import (
    ask_to_create,
    ask_to_sign_codes,
    brought_back,
    device_words,
    elsewhere,
    signed_codes,
)
from alcaldia.web.components.rate import check_request
from alcaldia.web.components.sessions import log_in
from alcaldia.web.portal.account.devices import CHANNEL, person_of


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@person_required()
@just_entered("person")
def codes(request: HttpRequest) -> HttpResponse:
    """Make new codes, which serve once a key has signed them: the page after that is the only one that shows them."""
    person = person_of(request)
    facts = {"live": queries.live_codes(person), "new_account": "nueva" in request.GET}
    if "credential" not in request.POST:
        asked = ask_to_sign_codes(person, "person.codes")
        return render(request, "account/codes.html", {**facts, **asked, "elsewhere": elsewhere(request)})
    made, (answer, challenge) = signed_codes(request, "person.codes")
    recovery.keep_codes(
        person=person, codes=made, challenge=challenge, answer=answer, token=request.vault_token, channel=CHANNEL  # type: ignore[attr-defined]
    )  # fmt: skip
    address = f"{passkeys.origin()}{reverse('account:recover')}"
    shown = {
        "codes": [spell_code(code) for code in made],
        "address": address,
        "qr": segno.make(address, error="m").svg_data_uri(scale=4, border=2),
        "account": person.public_id,
    }
    return render(request, "account/codes_printed.html", {**facts, **shown})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def recover(request: HttpRequest) -> HttpResponse:
    """Type the code; then the device makes a new key; then one is in."""
    if request.method != "POST":
        return render(request, "account/recover.html", {})
    check_request(request, "recover")
    code = request.POST.get("codigo", "")
    if "credential" in request.POST:
        return _recovered(request, code)
    try:
        person = recovery.owner_of_code(code)
    except Refusal as refusal:
        return render(request, "account/recover.html", {"error": refusal.detail}, status=refusal.status)
    asked = ask_to_create("person.recover", person.public_id, person)
    return render(request, "account/recover.html", {**asked, "code": code, "elsewhere": elsewhere(request)})


def _recovered(request: HttpRequest, code: str) -> HttpResponse:
    answer, challenge = brought_back(request, "person.recover")
    entered = recovery.recover(
        code=code, answer=answer, challenge=challenge, label=device_words(request), channel=CHANNEL
    )
    response = HttpResponseRedirect(reverse("account:home"))
    log_in(request, response, entered, Assurance.PASSKEY)
    return response


@require_POST
@person_required()
def stop(request: HttpRequest) -> HttpResponse:
    """Stop a recovery at the counter that I did not ask for."""
    person = person_of(request)
    found = queries.open_recovery(person)
    if found is None:
        raise Refusal("not_waiting", "No hay una recuperación en curso de su cuenta.", status=409)
    recovery.cancel_recovery(request=found, by=person.public_id, channel=CHANNEL)
    return HttpResponseRedirect(reverse("account:home"))
