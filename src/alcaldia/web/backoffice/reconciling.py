"""Three books side by side, and the money that waits for a decision."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from alcaldia.kernel.csv_cells import csv_safe
from alcaldia.kernel.days import read_day
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import whole_number
from alcaldia.land.queries import today
from alcaldia.payments import queries, resolving, settling, statements
from alcaldia.payments.models import InboxItem
from alcaldia.payments.rules.matching import DIFFERENCES, Difference
from alcaldia.payments.rules.statement import COLUMNS, MOST_BYTES
from alcaldia.web.backoffice.cashier import _amount
from alcaldia.web.backoffice.entry import frame, reconciles
from alcaldia.web.components.sessions import official_of

CHANNEL, LONGEST, MANY = "backoffice", 366, 200
REASONS = {
    "duplicate": "Se pagó otra vez una orden ya pagada",
    "wrong_amount": "La cantidad no es la de la orden",
    "late": "Se pagó después del vencimiento",
    "cancelled_order": "Se pagó una orden cancelada",
    "unknown_order": "No se sabe qué orden paga",
    "chargeback": "El banco retiró el dinero (contracargo)",
    "refund": "El proveedor devolvió un pago que no conocíamos",
    "partial_refund": "El proveedor devolvió una parte",
    "reinstated": "El banco regresó dinero que había retirado",
    "not_applied": "El trámite no aceptó el pago",
    "withdrawn": "La persona retiró su solicitud ya pagada: decida si se le devuelve",
    "not_told": "Se retiró el dinero y el trámite no tomó nota",
}


@never_cache
@require_safe
@reconciles
def books(request: HttpRequest, town: Municipality) -> HttpResponse:
    """Differences of a span of days, what waits for a decision, and what comes from nobody we trust."""
    provider, since, until = _asked(request, town)
    waiting = queries.inbox(town)
    context = {
        **frame(request, town), "read": _read_before(request), "provider": provider, "since": since, "until": until,
        "providers": queries.providers_of(town), "differences": _rows(_found(town, provider, since, until)),
        "inbox": [_item(one) for one in waiting[:MANY]], "inbox_count": waiting.count(),
        "tills": queries.tills_left(town, official_of(request).username, today(town)), "unsigned": queries.unsigned(timezone.now() - timedelta(days=7)),
    }  # fmt: skip
    return render(request, "backoffice/books.html", context)


def _asked(request: HttpRequest, town: Municipality) -> tuple[str, date, date]:
    names = [one.name for one in queries.providers_of(town)]
    chosen = request.GET.get("proveedor", "")
    # Providers report a day on the next one: today would only show what nobody could know yet.
    now = today(town)
    try:
        since = read_day(request.GET.get("desde") or (now - timedelta(days=8)).isoformat())
        until = read_day(request.GET.get("hasta") or (now - timedelta(days=1)).isoformat())
    except ValueError:
        raise Refusal("bad_date", "La fecha se escribe como 2026-11-28.") from None
    if not 0 <= (until - since).days <= LONGEST:
        raise Refusal("bad_span", "Elija un periodo de a lo más un año, del primero al último día.")
    return chosen if chosen in names else next(iter(names), ""), since, until


def _found(town: Municipality, provider: str, since: date, until: date) -> list[Difference]:
    return settling.three_way(town, provider, since=since, until=until) if provider else []


def _rows(found: list[Difference]) -> list[dict[str, Any]]:
    return [{"one": one, "words": DIFFERENCES[one.code], "gap": one.found - one.expected} for one in found]


def _item(one: InboxItem) -> dict[str, Any]:
    return {"one": one, "words": REASONS.get(one.reason, one.reason), "ways": resolving.ways_to_resolve(one)}


@require_POST
@reconciles
def resolve(request: HttpRequest, town: Municipality, pk: int) -> HttpResponse:
    resolving.resolve(
        item=queries.item(town, pk), how=request.POST.get("como", ""), because=request.POST.get("porque", ""),
        by=official_of(request).username, channel=CHANNEL,
    )  # fmt: skip
    return _back(town)


@require_POST
@reconciles
def read_report(request: HttpRequest, town: Municipality) -> HttpResponse:
    """Ask a provider what it settled on a day."""
    try:
        on = read_day(request.POST.get("dia", ""))
    except ValueError:
        raise Refusal("bad_date", "La fecha se escribe como 2026-11-28.") from None
    settling.settle(provider=request.POST.get("proveedor", ""), on=on)
    return _back(town)


@require_POST
@reconciles
def deposit(request: HttpRequest, town: Municipality) -> HttpResponse:
    """A line of the bank statement."""
    try:
        on = read_day(request.POST.get("dia", ""))
    except ValueError:
        raise Refusal("bad_date", "La fecha se escribe como 2026-11-28.") from None
    settling.record_deposit(
        municipality=town, provider=queries.provider(request.POST.get("proveedor", "")).name,
        payout=request.POST.get("referencia", "")[:160], amount=_amount(request, "cantidad"), on=on,
    )  # fmt: skip
    return _back(town)


@require_POST
@reconciles
def statement(request: HttpRequest, town: Municipality) -> HttpResponse:
    """A whole statement of the bank; one bad line and nothing of it is kept."""
    file = request.FILES.get("archivo")
    if not isinstance(file, UploadedFile):
        raise Refusal("no_file", "Elija el archivo del banco, CSV o CAMT.053.", status=422)
    named = {column: request.POST.get(column, "").strip() for column in COLUMNS}
    taken = statements.take_in(
        town=town,
        data=file.read(MOST_BYTES + 1),
        named=named,
        by=official_of(request).username,
        channel=CHANNEL,
    )
    return HttpResponseRedirect(f"{_back(town).url}?leido={taken.fresh}-{taken.known}-{taken.others}")


def _read_before(request: HttpRequest) -> str:
    """What the statement held that was read a moment ago, "" for anything else in the address."""
    counts = [whole_number(one, digits=6) for one in request.GET.get("leido", "").split("-")]
    known = [one for one in counts if one is not None]
    return statements.Taken(*known).sentence() if len(counts) == len(known) == 3 else ""


def _back(town: Municipality) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("backoffice:books", args=[town.slug]))


@never_cache
@require_safe
@reconciles
def export(request: HttpRequest, town: Municipality) -> HttpResponse:
    """Both lists as CSV for the accountant's spreadsheet."""
    provider, since, until = _asked(request, town)
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["lista", "asunto", "referencia", "esperado", "encontrado", "fecha"])
    for one in _found(town, provider, since, until):
        rows.writerow(cells("diferencia", DIFFERENCES[one.code], one.reference, one.expected, one.found, ""))
    for item in queries.inbox(town):
        credit, folio = item.credit, item.order.folio if item.order else ""
        amount = credit.amount if credit else ""
        rows.writerow(
            cells(
                "por conciliar",
                REASONS.get(item.reason, item.reason),
                folio,
                "",
                amount,
                f"{item.opened_at:%Y-%m-%d}",
            )
        )
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="conciliacion-{town.slug}-{since}-{until}.csv"'
    return response


def cells(*values: str | Decimal) -> list[str]:
    """A row that no spreadsheet runs: what begins like a formula and is no number gets an apostrophe."""
    return [csv_safe(str(value)) for value in values]
