"""Codes of drafts and cases: each in a cookie of its own path, so that another browser needs the paper."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.representing import Acting

# Not `__Host-`: that prefix would forbid a path of their own.
_PREFIX = "__Secure-" if settings.BEHIND_TLS else ""
DRAFT, CASE = f"{_PREFIX}borrador", f"{_PREFIX}expediente"
DAYS = 24 * 3600


def draft_code(request: HttpRequest) -> str:
    """The code that this browser holds for the draft of this page."""
    return request.COOKIES.get(DRAFT, "")


def keep_draft_code(response: HttpResponse, public_id: str, code: str) -> None:
    _set(response, DRAFT, code, f"/borrador/{public_id}/", 30 * DAYS)


def keep_case_code(response: HttpResponse, folio: str, code: str) -> None:
    if code:
        _set(response, CASE, code, f"/tramite/{folio}/", 90 * DAYS)


def bearer(request: HttpRequest) -> Bearer:
    """By what this browser may act on the case of this page: its code, or the account that is here."""
    person, here = getattr(request, "person", None), acting(request)
    # While one acts for another, what is one's own is not touched by mistake.
    mine = person.public_id if person and here is None else ""
    return Bearer(request.COOKIES.get(CASE, ""), mine, here)


def acting(request: HttpRequest) -> Acting | None:
    """For whom the person who is here acts now; None for themselves."""
    person, other = getattr(request, "person", None), getattr(request, "acting_for", None)
    return Acting(person.public_id, other.public_id) if person and other else None


def _set(response: HttpResponse, name: str, value: str, path: str, seconds: int) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path=path, secure=settings.BEHIND_TLS, httponly=True, samesite="Strict"
    )
