"""The till on the screen: open it, find an order, take cash, give change, close it by counting."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.identity import permissions
from alcaldia.identity.permissions import towns_of
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import whole_number
from alcaldia.land.queries import today
from alcaldia.payments import cashier, queries
from alcaldia.payments.models import CashierShift
from alcaldia.payments.permissions import CASH, RECONCILE
from alcaldia.payments.rules.amounts import DENOMINATIONS
from alcaldia.web.backoffice.entry import frame, reconciles, takes_cash
from alcaldia.web.components.access import official_required
from alcaldia.web.components.sessions import official_of

CHANNEL = "counter"
PIECES = [f"{one}" for one in DENOMINATIONS]


def _first_town(request: HttpRequest, permission: str, page: str) -> HttpResponse:
    """The page of the first municipality in which the official holds such a post."""
    official, on = official_of(request), timezone.localdate()
    town = next(one for one in towns_of(official, on) if permissions.can(official, permission, one, on))
    return HttpResponseRedirect(reverse(page, args=[town.slug]))


@require_safe
@official_required(CASH)
def my_till(request: HttpRequest) -> HttpResponse:
    return _first_town(request, CASH, "backoffice:till")


@require_safe
@official_required(RECONCILE)
def my_books(request: HttpRequest) -> HttpResponse:
    return _first_town(request, RECONCILE, "backoffice:books")


@never_cache
@require_safe
@takes_cash
def till(request: HttpRequest, town: Municipality) -> HttpResponse:
    """Closed: a form to open it. Open: what should be in it, an order to collect, and a form to close it."""
    shift = queries.open_shift(town, official_of(request).username)
    if shift is None:
        return render(request, "backoffice/till.html", frame(request, town))
    context = {**_to_count(request, town, shift), **_order(request, town)}
    status = 404 if context.get("problem") else 200
    return render(request, "backoffice/till.html", context, status=status)


def _to_count(request: HttpRequest, town: Municipality, shift: CashierShift) -> dict[str, Any]:
    """What should be in an open till, and its form with what was typed into it: nobody counts the coins twice."""
    pieces = [(one, request.POST.get(f"n{one}", "").strip()[:6] or "0") for one in PIECES]
    return {
        **frame(request, town), "shift": shift, "expected": queries.expected_in(shift), "pieces": pieces,
        "note": request.POST.get("nota", "").strip()[:300],
    }  # fmt: skip


def _order(request: HttpRequest, town: Municipality) -> dict[str, Any]:
    typed = request.GET.get("orden", "").strip()
    if not typed:
        return {}
    try:
        owed = queries.order_for(town, typed)
    except NotFound as unknown:
        return {"typed": typed[:60], "problem": unknown.detail}
    payable = owed.state == "issued" and timezone.now() <= owed.expires_at
    paid = queries.paying_credit(owed)
    cash = getattr(paid, "cash", None) if paid else None
    return {
        "typed": owed.folio,
        "order": owed,
        "payable": payable,
        "taken": cash,
        "subject": owed.subject.partition(":")[2] or owed.subject,
    }


@require_POST
@takes_cash
def open_till(request: HttpRequest, town: Municipality) -> HttpResponse:
    cashier.open_shift(
        municipality=town, float_amount=_amount(request, "fondo"), by=official_of(request).username, channel=CHANNEL
    )  # fmt: skip
    return HttpResponseRedirect(reverse("backoffice:till", args=[town.slug]))


@require_POST
@takes_cash
def collect(request: HttpRequest, town: Municipality, folio: str) -> HttpResponse:
    """Cash for one order; the page after it says the change."""
    shift = _shift(request, town)
    owed = queries.order_for(town, folio)
    cashier.pay_cash(
        order=owed, shift=shift, tendered=_amount(request, "recibido"), by=official_of(request).username, channel=CHANNEL
    )  # fmt: skip
    return HttpResponseRedirect(f"{reverse('backoffice:till', args=[town.slug])}?orden={owed.folio}")


@require_POST
@takes_cash
def close_till(request: HttpRequest, town: Municipality) -> HttpResponse:
    return _closed(request, town, _shift(request, town), "till")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reconciles
def left_till(request: HttpRequest, town: Municipality, folio: str) -> HttpResponse:
    """A till whose cashier lost the post: what should be in it, and the treasury's count closes it."""
    shift = queries.till_left(town, folio, official_of(request).username, today(town))
    if request.method == "POST":
        return _closed(request, town, shift, "till_left")
    return render(request, "backoffice/till_left.html", _to_count(request, town, shift))


def _closed(request: HttpRequest, town: Municipality, shift: CashierShift, page: str) -> HttpResponse:
    """Closed; or the `page` it was counted on, which says why not and keeps the count."""
    try:
        done = cashier.close_shift(
            shift=shift, pieces={one: _count(request, f"n{one}") for one in PIECES}, note=request.POST.get("nota", ""),
            by=official_of(request).username, channel=CHANNEL,
        )  # fmt: skip
    except Refusal as refusal:
        again = {**_to_count(request, town, shift), "refused": refusal.detail}
        return render(request, f"backoffice/{page}.html", again, status=refusal.status)
    context = {
        **frame(request, town),
        "shift": done,
        "difference": _difference(done),
        "left": page != "till",
    }
    return render(request, "backoffice/till_closed.html", context)


def _difference(done: CashierShift) -> Decimal:
    return (done.counted or Decimal(0)) - (done.expected or Decimal(0))


def _shift(request: HttpRequest, town: Municipality) -> CashierShift:
    return queries.require_open(queries.open_shift(town, official_of(request).username))


def _amount(request: HttpRequest, name: str) -> Decimal:
    """What was typed, with or without thousands' commas."""
    try:
        found = Decimal(request.POST.get(name, "").replace(",", "").replace("$", "").strip())
        whole = found.is_finite() and found == found.quantize(Decimal("0.01")) and abs(found) < 10**9
    except InvalidOperation:
        whole = False
    if not whole:
        raise Refusal("bad_amount", "Escriba la cantidad con números, como 812.40.")
    return found


def _count(request: HttpRequest, name: str) -> int:
    typed = request.POST.get(name, "").strip() or "0"
    found = whole_number(typed, digits=6)
    if found is None:
        raise Refusal("bad_count", "Escriba cuántos billetes y monedas hay, con números enteros.")
    return found
