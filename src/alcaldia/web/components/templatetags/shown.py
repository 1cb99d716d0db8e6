"""How figures and outcomes are shown: one way on every page."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.template.defaultfilters import date as date_filter
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

register = template.Library()

OUTCOMES = {
    "permitted": ("good", "✓", gettext_lazy("Permitido")),
    "conditional": ("warn", "!", gettext_lazy("Con condiciones")),
    "undetermined": ("none", "?", gettext_lazy("No se puede determinar")),
    "prohibited": ("bad", "✕", gettext_lazy("No permitido")),
}
RESULTS = {
    "pass": ("good", "✓", gettext_lazy("Cumple")),
    "condition": ("warn", "!", gettext_lazy("Con condición")),
    "unknown": ("none", "?", gettext_lazy("Falta el dato")),
    "fail": ("bad", "✕", gettext_lazy("No cumple")),
}
UNITS = {
    "m2": gettext_lazy("m²"),
    "m": gettext_lazy("m"),
    "levels": gettext_lazy("niveles"),
    "dwellings": gettext_lazy("viviendas"),
    "dwellings_per_ha": gettext_lazy("viviendas por ha"),
    "people_per_ha": gettext_lazy("habitantes por ha"),
    "spaces": gettext_lazy("cajones"),
    "m2_per_space": gettext_lazy("m² por cajón"),
    "ratio": "",
    "impact_level": "",
}
MINUS = "\u2212"
BOUNDS = {
    "max": gettext_lazy("hasta"),
    "min": gettext_lazy("al menos"),
    "equal": "",
}


@register.inclusion_tag("components/badge.html")
def outcome(value: str) -> dict[str, Any]:
    """The four outcomes of a ruling: word, sign and colour."""
    return dict(zip(("tone", "sign", "word"), OUTCOMES[value], strict=True))


@register.inclusion_tag("components/badge.html")
def result(value: str) -> dict[str, Any]:
    """What one line of a ruling found."""
    return dict(zip(("tone", "sign", "word"), RESULTS[value], strict=True))


@register.filter
def figure(value: Any) -> str:
    """1234.5 → "1,234.5", at most four decimals; None is said, never shown as zero."""
    if value is None or value == "":
        return _("sin dato")
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value)
    whole, _dot, rest = f"{Decimal(str(value)):,.4f}".partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


@register.filter
def m2(value: Any) -> str:
    return figure(value) if value is None else f"{Decimal(str(value)):,.2f}\u00a0m²"


@register.filter
def money(value: Any, currency: str = "MXN") -> str:
    if value is None:
        return figure(value)
    amount = Decimal(str(value))
    return f"{MINUS if amount < 0 else ''}${abs(amount):,.2f}\u00a0{currency}"


@register.filter
def percent(value: Any) -> str:
    """A ratio as a percentage: 0.93 → "93 %"; small shares keep one decimal."""
    if value is None:
        return figure(value)
    share = Decimal(str(value)) * 100
    return f"{share:.1f}\u00a0%" if share < 10 and share % 1 else f"{share:.0f}\u00a0%"


@register.filter(expects_localtime=True)
def spoken(value: date | None, pattern: str) -> str:
    """A date, or a moment in the page's zone, as people say it: `j F Y` is «28 de noviembre de 2026» in Spanish and "28 November 2026" in English."""
    if (get_language() or "es").startswith("es"):
        pattern = pattern.replace(" F", r" \d\e F").replace(" Y", r" \d\e Y")
    return str(date_filter(value, pattern))


@register.filter
def unit(value: Any, name: str | None) -> str:
    """A value with its unit; text stays as it is."""
    text, word = figure(value), UNITS.get(name or "", name or "")
    return f"{text}\u00a0{word}" if word and value is not None and not isinstance(value, str) else text


@register.filter
def bounded(line: Any) -> str:
    """The limit of a line or a norm: "hasta 0.7"; no limit and an unknown limit read differently."""
    get = line.get if isinstance(line, dict) else lambda name: getattr(line, name, None)
    limit, bound = get("limit") if get("limit") is not None else get("value_limit"), get("bound")
    if bound == "none":
        return _("sin límite") if limit is None else unit(limit, get("unit"))
    if limit is None:
        return _("no se conoce")
    return f"{BOUNDS.get(str(bound), '')} {unit(limit, get('unit'))}".strip()
