"""Who enters: an official with a post in an agency of the municipality, theirs or left in their charge."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from alcaldia.identity import permissions as identity
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land.queries import today
from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures import permissions
from alcaldia.web.backoffice.entry import frame
from alcaldia.web.components.access import official_required
from alcaldia.web.components.sessions import official_of

Page = Callable[..., HttpResponse]
CHANNEL = "backoffice"


def attending(permission: str = permissions.ATTEND) -> Callable[[Page], Page]:
    """The view receives the municipality and the agencies for which the official may do this."""

    def door(page: Page) -> Page:
        @never_cache
        @official_required()
        @wraps(page)
        def view(request: HttpRequest, town: str, **words: Any) -> HttpResponse:
            found = municipality_of(town)
            agencies = permissions.agencies_of(official_of(request), found, today(found), permission)
            if not agencies:
                raise Refusal("not_your_post", identity.sentence(permission, found.name), status=403)
            return page(request, found, agencies, **words)

        return view

    return door


def office(request: HttpRequest, town: Municipality, **more: Any) -> dict[str, Any]:
    """What every page of cases shows."""
    return {**frame(request, town), **more}
