"""The steps of a permit at a kiosk. The page's own script fetches them one after another into one document, so that a
browser's history holds none; what makes them good is the machine's signature, which the broker checks.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.counters import kiosks
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.queries.offered import of_cases
from alcaldia.vault import custodian
from alcaldia.vault.rules.decision import ASSISTED_USES
from alcaldia.vault.rules.grant import read_send
from alcaldia.vault.rules.text64 import to_text
from alcaldia.web.components import watch
from alcaldia.web.components.rate import check_request
from alcaldia.web.components.small_permit import drafted, facts
from alcaldia.web.kiosk.forms import PermitForm

CHANNEL, _SECONDS = "kiosk", 300
_CHOOSE, _SIGN = "kiosk.choose", "kiosk.sign"
Page = Callable[[HttpRequest], HttpResponse]


def step(page: Page) -> Page:
    """A page whose refusals leave the person at the kiosk: no link leads out of it."""

    @never_cache
    @wraps(page)
    def view(request: HttpRequest) -> HttpResponse:
        try:
            return page(request)
        except Refusal as refusal:
            watch.refused(request, refusal)
            return render(request, "kiosk/refused.html", {"refusal": refusal}, status=refusal.status)

    return view


@step
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The same for everybody: whether this machine is a kiosk its browser knows."""
    return render(request, "kiosk/start.html")


@step
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """The operator's code makes this browser a kiosk; its key never leaves it."""
    if request.method != "POST":
        return render(request, "kiosk/enrol.html")
    check_request(request, "enter")
    told = kiosks.enrol(**_posted(request, "code", "public", "signature"), channel=CHANNEL)
    return render(request, "kiosk/enrolled.html", {"kiosk": told})


@step
@require_POST
def code(request: HttpRequest) -> HttpResponse:
    """Whose code was typed stays between the broker and this page; nothing of theirs is shown."""
    check_request(request, "enter")
    given = _posted(request, "kiosk", "code", "signature")
    told = custodian.ask("kiosk_person", **given)
    return _to_choose(request, {"kiosk": given["kiosk"], "code": given["code"], **told})


@step
@require_POST
def review(request: HttpRequest) -> HttpResponse:
    """What is about to be permitted, in plain words, before the machine signs it."""
    here = _carried(request, _CHOOSE)
    form = PermitForm(here["town"], request.POST)
    if not form.is_valid():
        return _to_choose(request, here, form)
    chosen = form.cleaned_data
    send = drafted(person=here["person"], office=chosen["office"], chosen=chosen, uses=ASSISTED_USES)
    told = {**facts(send), "about": of_cases({chosen["case"]}).get(chosen["case"], ""), "name": here["name"]}
    state = signing.dumps({**here, "send": send.body()}, salt=_SIGN)
    asked = {"challenge": to_text(send.challenge()), "state": state}
    return render(request, "kiosk/sign.html", {**told, **asked})


@step
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Code and signature go to the broker, which spends the one and checks the other; a receipt comes back."""
    told, signature = _carried(request, _SIGN), request.POST.get("signature", "")
    given = {name: told[name] for name in ("kiosk", "send", "code")}
    done = custodian.ask("give_at_kiosk", **given, signature=signature)
    where = {"name": told["name"], "address": settings.PUBLIC_URL + reverse("vault:void")}
    return render(request, "kiosk/done.html", {**facts(read_send(told["send"])), **done, **where})


def _to_choose(request: HttpRequest, here: dict[str, Any], form: PermitForm | None = None) -> HttpResponse:
    context = {"form": form or PermitForm(here["town"]), "state": signing.dumps(here, salt=_CHOOSE)}
    return render(
        request, "kiosk/choose.html", {**context, "name": here["name"]}, status=422 if form else 200
    )


def _posted(request: HttpRequest, *names: str) -> dict[str, str]:
    """As the script signed them."""
    return {name: request.POST.get(name, "").strip()[:128] for name in names}


def _carried(request: HttpRequest, step: str) -> dict[str, Any]:
    try:
        return dict(signing.loads(request.POST.get("state", ""), salt=step, max_age=_SECONDS))
    except signing.BadSignature as error:
        detail = "Pasó el tiempo para dar el permiso. Vuelva a empezar; su código sigue sirviendo."
        raise Refusal("stale_challenge", detail, status=409) from error
