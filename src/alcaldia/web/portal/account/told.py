"""Where a person wants to be told of their own account: typed by them, sealed at once, taken away when they say so."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.kernel.errors import Refusal
from alcaldia.notices import accounts
from alcaldia.notices.ports import plugged
from alcaldia.web.components.access import person_required
from alcaldia.web.components.rate import check
from alcaldia.web.portal.account.devices import person_of
from alcaldia.web.portal.procedures import contact


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@person_required()
def told(request: HttpRequest) -> HttpResponse:
    """What is kept is not shown again: only that there is an e-mail or a telephone."""
    subject = person_of(request).public_id
    facts = {"kinds": accounts.kinds(subject), "sends": bool(plugged.senders)}
    if request.method != "POST":
        return render(request, "account/told.html", facts)
    check("account", subject)
    try:
        box = contact.sealed(request.POST)
        if not box:
            raise Refusal("wrong_contact", "Escriba un correo o un celular.", status=422)
    except Refusal as refusal:
        typed = {
            "contact_typed": contact.typed(request.POST),
            "contact_errors": refusal.facts.get("errors", {}),
        }
        wrong = facts | typed | {"error": refusal.detail}
        return render(request, "account/told.html", wrong, status=refusal.status)
    accounts.keep(subject=subject, contact=box)
    return HttpResponseRedirect(reverse("account:told"))


@require_POST
@person_required()
def told_nowhere(request: HttpRequest) -> HttpResponse:
    accounts.forget(person_of(request).public_id)
    return HttpResponseRedirect(reverse("account:told"))
