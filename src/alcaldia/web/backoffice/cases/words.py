"""People's words: what was searched and not found becomes an alias, once the whole query set was tried with it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import definitions
from alcaldia.procedures.actions import words as act
from alcaldia.procedures.models import Alias, SearchWords
from alcaldia.procedures.queries.offered import namer
from alcaldia.web.backoffice.cases.entry import CHANNEL, attending, office
from alcaldia.web.components.sessions import official_of

MOST = 100


@require_http_methods(["GET", "HEAD", "POST"])
@attending()
def words(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """What people searched, not found first; try an alias, then keep it."""
    typed, chosen = request.POST.get("palabras", "").strip(), request.POST.get("tramite", "")
    said: dict[str, object] = {"typed": typed, "chosen": chosen}
    status = 200
    if request.method == "POST":
        try:
            if "guardar" in request.POST:
                act.add_alias(
                    town=town, words=typed, procedure=chosen, by=official_of(request), channel=CHANNEL
                )
                return HttpResponseRedirect(reverse("backoffice:words", args=[town.slug]))
            said["trial"] = act.try_alias(town, typed, chosen)
        except Refusal as refusal:
            said["refused"], status = refusal.detail, refusal.status
    counted = SearchWords.objects.filter(municipality=town).order_by("-not_found", "-times")
    rows = counted.exclude(words="")[:MOST]
    options = [
        (key, one.definition.sheet.plain_name.es) for key, one in definitions.programs(town.slug).items()
    ]
    names = namer(town.slug)
    added = [
        {"pk": one.pk, "words": one.words, "by": one.by, "name": names(one.procedure)}
        for one in Alias.objects.filter(municipality=town).order_by("words")
    ]
    context = office(
        request,
        town,
        rows=rows,
        held_back=counted.filter(words="").count(),
        options=sorted(options, key=lambda one: one[1]),
        added=added,
        **said,
    )
    return render(request, "backoffice/words.html", context, status=status)


@require_POST
@attending()
def drop(request: HttpRequest, town: Municipality, agencies: list[str], pk: int) -> HttpResponse:
    """Undo an alias."""
    act.drop_alias(town=town, pk=pk, by=official_of(request), channel=CHANNEL)
    return HttpResponseRedirect(reverse("backoffice:words", args=[town.slug]))
