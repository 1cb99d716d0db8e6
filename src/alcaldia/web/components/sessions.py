"""Who is here: two cookies per login, read once a request. No session is made for whoever only looks."""

from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from alcaldia.identity import queries, sessions
from alcaldia.identity.actions import Entered
from alcaldia.identity.models import Official, Session
from alcaldia.identity.ports import plugged
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components import watch

OFFICE = "/oficina/"
KINDS = ("person", "official")
# `__Host-`: the browser itself refuses the cookie without TLS, from a subdomain or for a part of the site.
_PREFIX = "__Host-" if settings.BEHIND_TLS else ""
COOKIES = {"person": f"{_PREFIX}persona", "official": f"{_PREFIX}oficina"}
VAULT_COOKIES = {"person": f"{_PREFIX}boveda", "official": f"{_PREFIX}boveda-oficina"}
DEVICE_COOKIE = f"{_PREFIX}aparato"
OIDC_COOKIE = f"{_PREFIX}oidc"
DEVICE_SECONDS = 400 * 24 * 3600


class WhoIsHere:
    """Sets `request.person`, `.official`, `.assurance`, `.vault_token`, `.acting_for` and both sessions.

    Stands outside ReadsDoNotWrite: noting that a session was seen, or ending it, is no act of the page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        device = request.COOKIES.get(DEVICE_COOKIE, "")
        found: dict[str, Session | None] = {kind: _resume(request, kind, device) for kind in KINDS}
        person, official = found["person"], found["official"]
        request.person_session, request.official_session = person, official  # type: ignore[attr-defined]
        request.person = person.person if person else None  # type: ignore[attr-defined]
        request.official = official.official if official else None  # type: ignore[attr-defined]
        request.assurance = queries.assurance_of(person)  # type: ignore[attr-defined]
        request.acting_for = queries.acting_for(person)  # type: ignore[attr-defined]
        kind = "official" if request.path.startswith(OFFICE) else "person"
        request.vault_token = request.COOKIES.get(VAULT_COOKIES[kind], "") if found[kind] else ""  # type: ignore[attr-defined]
        response = self.get_response(request)
        for kind in KINDS:
            if (
                COOKIES[kind] in request.COOKIES
                and found[kind] is None
                and COOKIES[kind] not in response.cookies
            ):
                _delete(response, kind)
        if any(found.values()):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _resume(request: HttpRequest, kind: str, device: str) -> Session | None:
    key = request.COOKIES.get(COOKIES[kind], "")
    return sessions.resume(key, device, kind) if key else None


def log_in(request: HttpRequest, response: HttpResponse, entered: Entered, assurance: Assurance) -> Session:
    """Open a session for whoever entered and put its keys into cookies; an older one of this browser ends."""
    kind = sessions.kind_of(entered.owner)
    before = getattr(request, f"{kind}_session", None)
    if before is not None:
        sessions.end(before, because="replaced")
    opened = sessions.open_session(
        entered.owner,
        assurance=assurance,
        passkey=entered.passkey,
        device=request.COOKIES.get(DEVICE_COOKIE, ""),
        agent=request.headers.get("User-Agent", ""),
    )
    watch.entered(request, kind=kind, assurance=assurance.name.lower(), session=opened.session.pk)
    _set(response, COOKIES[kind], opened.key)
    _set(response, DEVICE_COOKIE, opened.device, max_age=DEVICE_SECONDS)
    if entered.token:
        _set(response, VAULT_COOKIES[kind], entered.token)
    else:
        response.delete_cookie(VAULT_COOKIES[kind], samesite="Strict")
    return opened.session


def keep_vault_token(response: HttpResponse, kind: str, token: str) -> None:
    """The broker's token stays in a cookie of its own, never in the database."""
    _set(response, VAULT_COOKIES[kind], token)


def log_out(request: HttpRequest, response: HttpResponse, kind: str) -> None:
    """End this browser's session of that kind, here and at the broker."""
    session = getattr(request, f"{kind}_session", None)
    if session is not None:
        sessions.end(session, because="closed")
        watch.left(request, kind=kind, session=session.pk)
    token = request.COOKIES.get(VAULT_COOKIES[kind], "")
    if token and plugged.custodian is not None:
        # With the broker down the token dies there by its own idle limit.
        with suppress(Refusal):
            plugged.custodian.close_session(token)
    _delete(response, kind)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def _set(response: HttpResponse, name: str, value: str, max_age: int | None = None) -> None:
    response.set_cookie(
        name, value, max_age=max_age, secure=settings.BEHIND_TLS, httponly=True, samesite="Strict"
    )


def _delete(response: HttpResponse, kind: str) -> None:
    for name in (COOKIES[kind], VAULT_COOKIES[kind]):
        response.delete_cookie(name, samesite="Strict")


def oidc_cookie(of: HttpRequest | HttpResponse, value: str = "", seconds: int = 0) -> str:
    """Read from a request, or put into a response, what this browser asked an identity provider.

    The only cookie that is not Strict: the provider's own page sends the browser back to us.
    """
    if isinstance(of, HttpRequest):
        return of.COOKIES.get(OIDC_COOKIE, "")
    of.set_cookie(
        OIDC_COOKIE, value, max_age=seconds, secure=settings.BEHIND_TLS, httponly=True, samesite="Lax"
    )
    return value


def here(request: HttpRequest) -> dict[str, object]:
    """Template context: who is here, for headers and banners."""
    return {
        "person": getattr(request, "person", None),
        "official": getattr(request, "official", None),
        "acting_for": getattr(request, "acting_for", None),
    }


def official_of(request: HttpRequest) -> Official:
    """The official of a page that `official_required` let through."""
    found = getattr(request, "official", None)
    assert isinstance(found, Official)  # noqa: S101 - the decorator stands before every caller
    return found
