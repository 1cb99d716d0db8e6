"""Doors: which pages need whom. Whoever is not there yet is sent to enter and brought back."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from alcaldia.identity import permissions
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.identity.rules.posts import PERMISSIONS
from alcaldia.kernel.errors import Refusal

Page = Callable[..., HttpResponse]
ENTER = {"person": "/cuenta/entrar/", "official": "/oficina/entrar/"}
HOME = {"person": "/cuenta/", "official": "/oficina/mi-cuenta/"}


def person_required(assurance: Assurance = Assurance.PASSKEY) -> Callable[[Page], Page]:
    """A person whose login proves at least that much; `request.person` is theirs."""

    def door(page: Page) -> Page:
        @wraps(page)
        def view(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
            if request.person is None or request.assurance < min(assurance, Assurance.PASSKEY):  # type: ignore[attr-defined]
                return _to_enter(request, "person")
            if request.assurance < assurance:  # type: ignore[attr-defined]
                detail = "Para esto la ciudad debe haber comprobado su identidad. Acuda a una ventanilla o use Llave MX."
                raise Refusal("not_verified", detail, status=403)
            return page(request, *args, **words)

        return view

    return door


def official_required(permission: str = "") -> Callable[[Page], Page]:
    """An official; with `permission`, one whose current post carries it (in any municipality).

    Pages of one municipality check again with their own town: backoffice/entry.py.
    """
    if permission and permission not in PERMISSIONS:
        raise KeyError(permission)

    def door(page: Page) -> Page:
        @wraps(page)
        def view(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
            official = request.official  # type: ignore[attr-defined]
            if official is None:
                return _to_enter(request, "official")
            if permission and not permissions.can_anywhere(official, permission, timezone.localdate()):
                raise Refusal("not_your_post", permissions.sentence(permission, "su municipio"), status=403)
            return page(request, *args, **words)

        return view

    return door


FRESH = timedelta(minutes=10)
"""How long after entering one may change what one enters with; later the device is asked again."""


def just_entered(kind: str) -> Callable[[Page], Page]:
    """Below `person_required` or `official_required`: what decides who enters is changed only soon after
    entering, so that an open session left behind, or stolen, adds no key and takes none away."""

    def door(page: Page) -> Page:
        @wraps(page)
        def view(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
            session = getattr(request, f"{kind}_session", None)
            if session is None or timezone.now() - session.created_at > FRESH:
                back = request.get_full_path() if request.method in {"GET", "HEAD"} else HOME[kind]
                return HttpResponseRedirect(f"{ENTER[kind]}?{urlencode({'next': back, 'otra-vez': 1})}")
            return page(request, *args, **words)

        return view

    return door


def _to_enter(request: HttpRequest, kind: str) -> HttpResponse:
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else ""
    return HttpResponseRedirect(f"{ENTER[kind]}?{urlencode({'next': back})}" if back else ENTER[kind])


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Where to go after entering: a path of ours, never another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else otherwise
