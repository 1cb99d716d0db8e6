"""Ask (GET, reads only), then issue (POST, one act): the ruling pages of a parcel."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.http import require_safe

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.land import queries
from alcaldia.land.activities import ActivityHit, suggest
from alcaldia.land.rulebook import published
from alcaldia.land.rules.difference import difference
from alcaldia.land.sheet import Sheet, sheet
from alcaldia.procedures import actions, ruling_papers
from alcaldia.web.visor.forms import BusinessForm, ProjectForm
from alcaldia.web.visor.pages import show, town_of
from alcaldia.web.visor.views import SURE, parcel_facts

ANONYMOUS, CHANNEL = "anónimo", "portal"

ANSWERS = {
    "permitted": ("good", "✓", _("Sí se puede"), _("Las normas vigentes lo permiten en este predio.")),
    "conditional": ("warn", "!", _("Sí, con condiciones"), _("Se permite si cumple lo que se enumera abajo.")),
    "prohibited": ("bad", "✕", _("No se puede"), _("Una norma lo impide. Abajo se dice cuál y qué tendría que cambiar.")),
    "undetermined": (
        "none", "?", _("No se puede determinar"),
        _("Falta un dato o una norma. No es una negativa: una persona de la oficina debe revisarlo."),
    ),
}  # fmt: skip
ORDER = {"fail": 0, "unknown": 1, "condition": 2, "pass": 3}


def presented(document: dict[str, Any]) -> dict[str, Any]:
    """A ruling document as the page shows it: answer first, then the lines that decided."""
    tone, sign, title, text = ANSWERS[document["outcome"]]
    lines = sorted(document["lines"], key=lambda line: ORDER[line["result"]])
    return {
        "document": document, "tone": tone, "sign": sign, "title": title, "text": text, "lines": lines,
        "straddles": len(document["zones"]) > 1,
    }  # fmt: skip


class Question(View):
    """GET shows the form and, once answered, the ruling; POST issues exactly that ruling."""

    template = ""
    form_class: Any = None

    def get(self, request: HttpRequest, slug: str, public_id: str) -> HttpResponse:
        found = sheet(slug, public_id)
        asked = bool(request.GET)
        form = self.form_class(request.GET if asked else None)
        facts: dict[str, Any] = {}
        if asked and form.is_valid():
            try:
                facts = self.answer(slug, public_id, form)
            except Refusal as refusal:
                form.add_error(None, format_html('<span lang="es">{}</span>', refusal.detail))
        return self._page(request, slug, found, form, facts)

    def post(self, request: HttpRequest, slug: str, public_id: str) -> HttpResponse:
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self._page(request, slug, sheet(slug, public_id), form, {}, status=422)
        ruling = self.issue(slug, public_id, form)
        return redirect("visor:issued", slug, ruling.folio)

    def _page(
        self,
        request: HttpRequest,
        slug: str,
        found: Sheet,
        form: Any,
        facts: dict[str, Any],
        *,
        status: int = 200,
    ) -> HttpResponse:
        context = {"sheet": found, "form": form, **parcel_facts(found), **facts}
        return show(request, self.template, town_of(slug), status=status, **context)

    def answer(self, slug: str, public_id: str, form: Any) -> dict[str, Any]:
        raise NotImplementedError

    def issue(self, slug: str, public_id: str, form: Any) -> Any:
        raise NotImplementedError


class LandUse(Question):
    template, form_class = "business", BusinessForm

    def answer(self, slug: str, public_id: str, form: Any) -> dict[str, Any]:
        near = self._near(slug, form.cleaned_data["giro"])
        if not near or near[0].score < SURE:
            return {"unsure": near, "nothing": not near}
        document = queries.land_use_ruling(slug, public_id, near[0].code, form.cleaned_data["m2"])
        return {"ruling": presented(document), "activity": near[0], "others": near[1:5]}

    def issue(self, slug: str, public_id: str, form: Any) -> Any:
        words = form.cleaned_data["giro"]
        near = self._near(slug, words)
        # An act is never issued on a guess: what is not sure goes on as typed and is refused.
        code = near[0].code if near and near[0].score >= SURE else words
        area = form.cleaned_data["m2"]
        return actions.issue_land_use_ruling(
            municipality=slug, parcel=public_id, activity=code, area_m2=area, by=ANONYMOUS, channel=CHANNEL
        )

    @staticmethod
    def _near(slug: str, words: str) -> list[ActivityHit]:
        return suggest(published(slug), words, limit=8)


class Construction(Question):
    template, form_class = "build", ProjectForm

    def answer(self, slug: str, public_id: str, form: Any) -> dict[str, Any]:
        project = form.project()
        if not set(project) - {"use"}:
            form.add_error(None, _("Escriba al menos una medida de su proyecto."))
            return {}
        return {"ruling": presented(queries.construction_ruling(slug, public_id, project))}

    def issue(self, slug: str, public_id: str, form: Any) -> Any:
        return actions.issue_construction_ruling(
            municipality=slug, parcel=public_id, project=form.project(), by=ANONYMOUS, channel=CHANNEL
        )


@require_safe
def issued(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    """An issued ruling: its answer, its folio and its signed PDF."""
    ruling = _of_town(slug, folio)
    again = QueryDict(mutable=True)
    again["giro"] = str(ruling.question.get("activity", ""))
    return show(
        request, "issued", town_of(slug), issued=ruling, ruling=presented(ruling.document), again=again
    )


@require_safe
def today(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    """An issued ruling computed again: with the plan of its day (the same) and with the plan of today."""
    ruling = _of_town(slug, folio)
    same = queries.replay(folio)["trace_sha256"] == ruling.trace_sha256
    facts: dict[str, Any] = {"issued": ruling, "same": same}
    try:
        now = queries.under_todays_plan(folio)
        facts |= {"difference": difference(ruling.document, now), "ruling": presented(now)}
    except Refusal as refusal:
        facts["refused"] = refusal.detail
    return show(request, "today", town_of(slug), **facts)


@require_safe
def pdf(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    """The signed PDF."""
    ruling = _of_town(slug, folio)
    response = HttpResponse(ruling_papers.pdf(ruling), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{ruling.folio}.pdf"'
    return response


def _of_town(slug: str, folio: str) -> Any:
    ruling = queries.issued(folio)
    if ruling.municipality.slug != slug:
        raise NotFound("unknown_folio", f"{town_of(slug).name} no expidió el folio «{folio[:40]}».")
    return ruling
