"""Who enters which page of the office: logged in, and with the post that the page needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from alcaldia.kernel.models import Municipality
from alcaldia.land import permissions
from alcaldia.land.queries import today
from alcaldia.land.rulebook import municipality_of
from alcaldia.payments import permissions as payments
from alcaldia.procedures import permissions as cases
from alcaldia.procedures.queries.rest_days import missing_years
from alcaldia.web.components.access import official_required
from alcaldia.web.components.sessions import official_of

Page = Callable[..., HttpResponse]


def loader(page: Page) -> Page:
    """For pages about data: the view receives the municipality instead of its slug."""
    return _with_post(page, permissions.check_load)


def reviewer(page: Page) -> Page:
    """For the review queue."""
    return _with_post(page, permissions.check_review)


def takes_cash(page: Page) -> Page:
    """For the till."""
    return _with_post(page, payments.check_take_cash)


def reconciles(page: Page) -> Page:
    """For the treasury's books."""
    return _with_post(page, payments.check_reconcile)


def frame(request: HttpRequest, town: Municipality) -> dict[str, Any]:
    """What every page of a municipality's office shows."""
    on = today(town)
    return {
        "town": town,
        "missing_years": missing_years(town),
        "may_load": permissions.can_load(official_of(request), town, on),
        "may_review": permissions.can_review(official_of(request), town, on),
        "may_take_cash": payments.can_take_cash(official_of(request), town, on),
        "may_reconcile": payments.can_reconcile(official_of(request), town, on),
        "may_attend": bool(cases.agencies_of(official_of(request), town, on)),
        "may_head": bool(cases.agencies_of(official_of(request), town, on, cases.HEAD)),
    }


def _with_post(page: Page, check: Callable[..., None]) -> Page:
    @official_required()
    @wraps(page)
    def view(request: HttpRequest, town: str, **words: Any) -> HttpResponse:
        municipality = municipality_of(town)
        check(official_of(request), municipality, today(municipality))
        return page(request, municipality, **words)

    return view
