"""The council's procedure in the office: make an order, bring the members' signatures, see the fields once."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.small_json import read_object
from alcaldia.vault import council
from alcaldia.vault.rules import catalogue
from alcaldia.vault.rules.emergency import MOST_FIELDS
from alcaldia.web.backoffice.own_offices import OfficeForm, offices_of
from alcaldia.web.backoffice.vault import token_of, value_of, with_vault
from alcaldia.web.components.sessions import official_of


class OrderForm(OfficeForm):
    """One person by the folio of their case, few fields, one reason, a day at most."""

    case = forms.CharField(label="Folio del expediente", max_length=80)
    reason = forms.CharField(
        label="Qué obliga a abrir sin permiso", max_length=200, help_text="La persona lo leerá tal cual."
    )
    what = forms.MultipleChoiceField(
        label="Qué datos", choices=sorted(catalogue.LABELS.items()), widget=forms.CheckboxSelectMultiple,
        help_text=f"A lo más {MOST_FIELDS}.",
    )  # fmt: skip
    hours = forms.TypedChoiceField(
        label="Cuánto vale la orden", coerce=int, choices=[(1, "1 hora"), (4, "4 horas"), (24, "24 horas")]
    )

    def clean_what(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["what"]
        if len(chosen) > MOST_FIELDS:
            raise forms.ValidationError(f"Una orden abre a lo más {MOST_FIELDS} datos. Quite alguno.")
        return chosen


@with_vault
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest) -> HttpResponse:
    """First the order, as text that each member signs on their own machine."""
    state = council.state()
    form = OrderForm(offices_of(request), request.POST or None) if state["needed"] else None
    shown: dict[str, Any] = {"form": form, "council": state}
    if form is None or request.method != "POST" or not form.is_valid():
        return render(
            request, "backoffice/council.html", shown, status=422 if request.method == "POST" else 200
        )
    chosen = form.cleaned_data
    made = council.draft(
        case=chosen["case"], office=form.chosen_office(), fields=chosen["what"],
        reason=chosen["reason"], hours=chosen["hours"],
    )  # fmt: skip
    return render(
        request, "backoffice/council_order.html", {**shown, "order": canonical(made.body()).decode()}
    )


@with_vault
@require_POST
def opened(request: HttpRequest) -> HttpResponse:
    """Order and signatures go to the broker; what it opens is shown on a page that no cache keeps."""
    given = _json(request.POST.get("order", ""))
    signatures = [
        _json(line) for line in request.POST.get("signatures", "")[:20_000].splitlines() if line.strip()
    ]
    held = council.open_once(
        given, signatures, token=token_of(request), by=official_of(request).public_id, channel="backoffice"
    )
    context = {"number": given["case"], "values": [value_of(one) for one in held], "purpose": given["reason"]}
    return render(request, "backoffice/vault_look.html", context)


def _json(text: str) -> dict[str, Any]:
    try:
        return read_object(text, most=8_000)
    except ValueError:
        raise Refusal(
            "bad_order", "La orden o una firma no se entiende. Cópielas completas, una firma por renglón."
        ) from None
