"""Machine to machine: a bearer token of one counter, JSON in and out, each slip received exactly once."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from alcaldia.counters import actions, queries
from alcaldia.counters.models import CounterDevice
from alcaldia.counters.rules.slip import MOST_AT_ONCE, BadSlip, read_slip
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.small_json import read_object
from alcaldia.procedures import definitions

LARGEST = 256 * 1024


def _device(request: HttpRequest) -> CounterDevice:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return queries.device_of(token.strip() if kind.lower() == "bearer" else "")


@never_cache
@require_safe
def procedures(request: HttpRequest) -> HttpResponse:
    """What the counter may take down, to be kept for when there is no server."""
    town = _device(request).municipality
    sheets = [one.definition.sheet for one in definitions.programs(town.slug).values()]
    found = [{"slug": one.key, "name": one.plain_name.es} for one in sheets]
    return JsonResponse({"municipality": town.name, "procedures": sorted(found, key=lambda one: one["name"])})


@never_cache
@csrf_exempt
@require_POST
def requests(request: HttpRequest) -> HttpResponse:
    """A few slips; each is answered on its own: "received" (now or before) or "refused" for good with the reason."""
    device, told = _device(request), _body(request)
    return JsonResponse({"answers": [_answer(one, device) for one in told]})


def _body(request: HttpRequest) -> list[Any]:
    try:
        slips = read_object(request.body, most=LARGEST)["requests"]
    except (ValueError, KeyError) as error:
        raise Refusal("bad_request", 'Envíe {"requests": […]} en JSON.', status=400) from error
    if not isinstance(slips, list) or len(slips) > MOST_AT_ONCE:
        raise Refusal("bad_request", f"Envíe a lo más {MOST_AT_ONCE} solicitudes a la vez.", status=400)
    return slips


def _answer(told: Any, device: CounterDevice) -> dict[str, str]:
    key = str(told.get("key", ""))[:64] if isinstance(told, dict) else ""
    try:
        actions.receive(read_slip(told), device=device)
    except BadSlip:
        return {"key": key, "state": "refused", "detail": "La solicitud no está completa o está mal escrita."}
    except Refusal as refusal:
        return {"key": key, "state": "refused", "detail": refusal.detail}
    return {"key": key, "state": "received", "detail": ""}
