"""The two questions of a parcel as forms; figures are checked again by the domain."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alcaldia.land.queries import PROJECT_FIELDS

LARGEST = Decimal(10_000_000)


class Measure(forms.DecimalField):
    """A figure that may be left blank; a decimal comma is as good as a point."""

    def __init__(self, label: Any, help_text: Any = "", *, places: int = 2) -> None:
        super().__init__(
            label=label, help_text=help_text, required=False, min_value=Decimal(0), max_value=LARGEST,
            decimal_places=places, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )  # fmt: skip
        self.error_messages["invalid"] = _("Escriba sólo un número, por ejemplo 120.5.")
        self.error_messages["min_value"] = _("No puede ser menos que cero. Revise el número.")
        self.error_messages["max_value"] = _("Es un número demasiado grande. Revise si le sobra una cifra.")

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class BusinessForm(forms.Form):
    giro = forms.CharField(
        label=_("¿Qué negocio?"), max_length=120, help_text=_("Con sus palabras: taquería, estética, taller, abarrotes…"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Escriba qué negocio quiere poner.")},
    )  # fmt: skip
    m2 = Measure(_("¿Cuántos metros cuadrados va a usar?"), _("Si no lo sabe, déjelo en blanco."))


USES = (("", _("Sin definir")), ("habitacional", _("Vivienda")), ("comercial", _("Comercio o servicios")),
        ("industrial", _("Industria o bodega")))  # fmt: skip


class ProjectForm(forms.Form):
    """Names are those of land.rules.types.Project."""

    use = forms.ChoiceField(label=_("¿Para qué será?"), choices=USES, required=False)
    levels = Measure(_("Niveles"), places=0)
    footprint_m2 = Measure(_("Desplante (m²)"), _("Lo que ocupa en el suelo."))
    built_m2 = Measure(_("Construcción total (m²)"), _("La suma de todos los niveles."))
    height_m = Measure(_("Altura (m)"))
    setback_front_m = Measure(_("Retiro al frente (m)"))
    setback_side_m = Measure(_("Retiro a los lados (m)"))
    setback_rear_m = Measure(_("Retiro al fondo (m)"))
    dwellings = Measure(_("Viviendas"), places=0)
    parking = Measure(_("Cajones de estacionamiento"), places=0)
    permeable_m2 = Measure(_("Jardín o suelo permeable (m²)"))

    def project(self) -> dict[str, Any]:
        """What was declared; what was left blank is unknown, not zero."""
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return {name: str(value) for name, value in given.items() if name in PROJECT_FIELDS}
