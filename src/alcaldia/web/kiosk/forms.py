"""What a person chooses at a kiosk, with what each choice means."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alcaldia.vault import purposes
from alcaldia.vault.rules import catalogue, offices
from alcaldia.web.components.offices import office_choices
from alcaldia.web.components.small_permit import SmallPermitForm


class PermitForm(SmallPermitForm):
    """For an office of the kiosk's municipality."""

    office = forms.ChoiceField(label=_("¿Qué oficina se lo pidió?"))
    field_order = ("case", "office", "purpose", "what")

    def __init__(self, town: str, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["case"].label = _("¿De qué expediente?")
        self.fields["case"].help_text = _("El folio que le dio la oficina.")
        held = office_choices(offices.office(town, agency) for agency in catalogue.OFFICES)
        self.fields["office"].choices = [("", _("Elija…")), *held]  # type: ignore[attr-defined]

    def marked(self) -> list[str]:
        """What was ticked before, where the page comes back."""
        return list(self["what"].value() or [])

    def reasons(self) -> list[dict[str, Any]]:
        """The purposes that people choose, each with what the office will do."""
        chosen = self["purpose"].value()
        return [
            {"code": one.key, "name": one.name, "about": one.about, "chosen": one.key == chosen}
            for one in purposes.by_hand()
        ]

    def groups(self) -> list[dict[str, Any]]:
        """What a vault may hold, group by group."""
        marked = self.marked()
        return [
            {"label": group.label, "about": group.about, "fields": [
                {"code": code, "label": field.label, "marked": code in marked}
                for field in group.fields for code in (f"{group.code}.{field.name}",)
            ]}
            for group in catalogue.GROUPS if group.fields
        ]  # fmt: skip
