"""Acting for somebody else: for whom one may, and the switch that every page then shows."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from alcaldia.identity import queries
from alcaldia.identity.models import Representation, Session
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import whole_number
from alcaldia.web.components.access import person_required
from alcaldia.web.portal.account.devices import person_of


@require_POST
@person_required()
def act_for(request: HttpRequest) -> HttpResponse:
    """Act for the represented of one mandate of mine, or, without one, for myself again."""
    session: Session = request.person_session  # type: ignore[attr-defined]
    wanted = request.POST.get("mandato", "")
    session.mandate = _mandate(request, wanted) if wanted else None
    session.save(update_fields=["mandate"])
    return HttpResponseRedirect(reverse("account:home"))


def _mandate(request: HttpRequest, wanted: str) -> Representation:
    mine = Representation.objects.filter(representative=person_of(request))
    row = get_object_or_404(mine, pk=whole_number(wanted) or 0)
    if not queries.in_force(row, timezone.localdate()):
        raise Refusal(
            "mandate_over", "Ese permiso ya terminó o fue retirado. Presente uno vigente.", status=403
        )
    return row
