"""In which of their offices an official asks for something; who is of one alone is not asked."""

from typing import Any

from django import forms
from django.http import HttpRequest

from alcaldia.kernel.errors import Refusal
from alcaldia.vault import custodian
from alcaldia.web.backoffice.vault import token_of
from alcaldia.web.components.offices import office_choices


class OfficeForm(forms.Form):
    """Its `office` is one of those that the official holds now, as the broker knows them."""

    office = forms.ChoiceField(label="En cuál de sus oficinas")

    def __init__(self, held: list[str], *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.held = held
        self.fields["office"].choices = office_choices(held)  # type: ignore[attr-defined]
        if len(held) == 1:
            del self.fields["office"]

    def chosen_office(self) -> str:
        return str(self.cleaned_data.get("office") or self.held[0])


def offices_of(request: HttpRequest) -> list[str]:
    """The codes of this official's offices. Raises Refusal where the broker knows of none."""
    posts = custodian.ask("who", token=token_of(request))["posts"]
    if not posts:
        detail = "El custodio no sabe de ningún puesto suyo. Pida a quien opera el sistema que se lo diga y vuelva a entrar."
        raise Refusal("no_office", detail, status=403)
    return list(dict.fromkeys(office for office, _ in posts))
