"""Enter with a code that was sent. One can look and begin; signing and one's data need a key."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from alcaldia.identity import actions, codes, queries
from alcaldia.identity.models import Person
from alcaldia.identity.ports import plugged
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.access import person_required
from alcaldia.web.components.ceremony import ask_to_create, brought_back, device_words, elsewhere
from alcaldia.web.components.rate import check, check_request
from alcaldia.web.components.sessions import log_in
from alcaldia.web.portal.account.devices import CHANNEL, person_of

_SALT = "account.code"


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest) -> HttpResponse:
    """Ask for the address or number, send, and ask for the code: the same page for any address."""
    if request.method != "POST":
        return render(request, "account/code.html", {"offered": plugged.code_sender is not None})
    check_request(request, "code.send.address")
    identifier = request.POST.get("contacto", "")
    try:
        check("code.send", codes.reference(identifier))
        whose = codes.send(identifier=identifier)
    except Refusal as refusal:
        if refusal.status == 429:
            raise
        facts = {"offered": plugged.code_sender is not None, "error": refusal.detail}
        return render(request, "account/code.html", facts, status=refusal.status)
    return render(
        request, "account/code.html", {"sent": signing.dumps(whose, salt=_SALT), "demo": settings.DEMO}
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(["POST"])
def enter(request: HttpRequest) -> HttpResponse:
    check_request(request, "code.try")
    sent = request.POST.get("enviado", "")
    try:
        whose = signing.loads(sent, salt=_SALT, max_age=codes.LIFE)
        codes.check(whose=whose, code=request.POST.get("codigo", ""))
    except signing.BadSignature:
        raise Refusal("wrong_code", "Pasó el tiempo de ese código. Pida otro.", status=403) from None
    except Refusal as refusal:
        facts = {"sent": sent, "error": refusal.detail, "demo": settings.DEMO}
        return render(request, "account/code.html", facts, status=refusal.status)
    already = _inside(request)
    person = codes.person_of(whose=whose, already=already)
    response = HttpResponseRedirect(reverse("account:home" if already else "account:coded"))
    if already is None:
        log_in(request, response, actions.Entered(person, None, ""), Assurance.CODE)
    return response


def _inside(request: HttpRequest) -> Person | None:
    """Whoever is inside with a key gets the contact added to their account."""
    return person_of(request) if request.assurance >= Assurance.PASSKEY else None  # type: ignore[attr-defined]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@person_required(Assurance.CODE)
def coded(request: HttpRequest) -> HttpResponse:
    """Inside with a code. Without any key yet, one may register the first one; with keys, only a key adds keys."""
    person = person_of(request)
    first = not queries.passkeys_of(person).exists()
    if request.method != "POST":
        asked = ask_to_create("person.first", person.public_id, person) if first else {}
        return render(
            request, "account/coded.html", {**asked, "elsewhere": elsewhere(request) if first else ""}
        )
    if not first:
        raise Refusal(
            "has_keys", "Su cuenta ya tiene una llave: entre con ella para agregar otra.", status=403
        )
    answer, challenge = brought_back(request, "person.first")
    entered = actions.register_first(
        person=person, answer=answer, challenge=challenge, label=device_words(request), channel=CHANNEL
    )
    response = HttpResponseRedirect(reverse("account:home"))
    log_in(request, response, entered, Assurance.PASSKEY)
    return response
