"""Prove who one is with an electronic signature (e.firma): the text is signed on one's own machine.

The page's own program does it in the browser; the private key is never sent, and what looks like one is refused.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from secrets import token_urlsafe

from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.identity import certificates
from alcaldia.identity.challenges import spend_bytes
from alcaldia.identity.models import Person
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.access import person_required
from alcaldia.web.components.rate import check
from alcaldia.web.portal.account.devices import person_of

SECONDS = 3600
_SALT = "account.certificate"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@person_required()
def certificate(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    if request.method != "POST":
        act = {"act": "identity.certificate", "by": person.public_id, "at": timezone.now().isoformat()}
        state = signing.dumps({**act, "nonce": token_urlsafe(16)}, salt=_SALT)
        return render(request, "account/certificate.html", {"state": state})
    check("account", person.public_id)
    state = request.POST.get("state", "")
    try:
        data, given = _signed_text(state, person), _upload(request, "certificado")
        signature = _signature(request)
        with transaction.atomic():  # what is refused spends nothing: the same page takes the right files
            spend_bytes(data)
            certificates.prove(person=person, certificate=given, signature=signature, data=data)
    except Refusal as refusal:
        facts = {"state": state, "error": refusal.detail}
        return render(request, "account/certificate.html", facts, status=refusal.status)
    return HttpResponseRedirect(reverse("account:home"))


@never_cache
@require_POST
@person_required()
def text(request: HttpRequest) -> HttpResponse:
    """The bytes to sign, as a file."""
    data = _signed_text(request.POST.get("state", ""), person_of(request))
    given = HttpResponse(data, content_type="application/json")
    given.headers["Content-Disposition"] = 'attachment; filename="firmar.json"'
    return given


def _signed_text(state: str, person: Person) -> bytes:
    try:
        act = signing.loads(state, salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        act = {}
    if act.get("by") != person.public_id:
        raise Refusal(
            "stale_challenge",
            "Pasó el tiempo para firmar (una hora). Descargue el texto otra vez.",
            status=409,
        )
    return canonical(act)


def _signature(request: HttpRequest) -> bytes:
    """As the browser made it, in base64, or as a file of another program."""
    made = request.POST.get("firma64", "")
    return _binary(made.encode()[:4096]) if made else _binary(_upload(request, "firma"))


def _upload(request: HttpRequest, name: str) -> bytes:
    """A small file, refused before anything else is done with it when it looks like a private key."""
    given = request.FILES.get(name)
    if given is None or not given.size or given.size > certificates.LARGEST:
        raise Refusal(
            "no_file", "Elija el certificado (.cer) y el archivo con la firma; pesan menos de 64 kB."
        )
    data: bytes = given.read()
    certificates.refuse_private(data, given.name or "")
    return data


def _binary(data: bytes) -> bytes:
    """A signature as bytes, or in base64 as some tools write it."""
    try:
        return b64decode(b"".join(data.split()), validate=True)
    except NotBase64:
        return data
