"""Enter, or prove who one is, with an identity provider such as Llave MX."""

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from alcaldia.identity import actions, federation, passkeys
from alcaldia.identity.models import Person
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.rate import check_request
from alcaldia.web.components.sessions import log_in, oidc_cookie
from alcaldia.web.portal.account.devices import person_of

SECONDS = 600
_SALT = "account.oidc"


def back(name: str) -> str:
    return f"{passkeys.origin()}{reverse('account:oidc_back', args=[name])}"


@never_cache
@require_safe
def go(request: HttpRequest, name: str) -> HttpResponse:
    """A page that says where one is going. What was asked waits in a signed cookie of this browser, not with us."""
    check_request(request, "enter")
    to = federation.provider(name)
    asked = federation.ask(to, back(name))
    response = render(request, "account/oidc_go.html", {"provider": to, "url": asked.url})
    kept = {"p": name, "s": asked.state, "n": asked.nonce, "v": asked.verifier}
    oidc_cookie(response, signing.dumps(kept, salt=_SALT), SECONDS)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest, name: str) -> HttpResponse:
    """The provider sends the browser here; our own cookies come only with the next step, and nothing is done before."""
    to = federation.provider(name)
    if request.method != "POST":
        facts = {"provider": to, "code": request.GET.get("code", ""), "state": request.GET.get("state", "")}
        return render(request, "account/oidc_back.html", facts)
    check_request(request, "enter")
    kept = _kept(request, name)
    told = federation.come_back(
        to, back=back(name), code=request.POST.get("code", ""), nonce=kept["n"], verifier=kept["v"]
    )
    already = _inside(request)
    known = federation.link(to, told, already=already)
    response = HttpResponseRedirect(reverse("account:home" if already else "account:coded"))
    if already is None:
        log_in(request, response, actions.Entered(known.person, None, ""), known.level)
    oidc_cookie(response, "", 0)
    return response


def _kept(request: HttpRequest, name: str) -> dict[str, str]:
    """What this browser asked; Refusal where it asked nothing, something else, or long ago."""
    try:
        kept: dict[str, str] = signing.loads(oidc_cookie(request), salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        kept = {}
    if kept.get("p") != name or not kept.get("s") or kept["s"] != request.POST.get("state"):
        detail = (
            "Esta respuesta no corresponde a lo que pidió este navegador. Vuelva a comenzar desde «Entrar»."
        )
        raise Refusal("stale_login", detail, status=403)
    return kept


def _inside(request: HttpRequest) -> Person | None:
    return person_of(request) if request.assurance >= Assurance.PASSKEY else None  # type: ignore[attr-defined]
