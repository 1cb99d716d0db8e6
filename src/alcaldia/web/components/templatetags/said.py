"""Words of a definition, of the rules' tables and of refusals in the language of the page."""

from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings

from alcaldia.web.components import wording

register = template.Library()


@register.filter
def said(text: Any) -> str:
    """In the page's language; where it has none, in Spanish that says so (`lang="es"`)."""
    return wording.marked(text)


@register.filter
def said_bare(text: Any) -> str:
    """The same without markup, for a title or an attribute."""
    return wording.bare(text)


@register.simple_tag
def other_languages(current: str) -> list[tuple[str, str]]:
    """Code and own name of each language that the page may change to; Django's own tag would translate the names."""
    return [(code, name) for code, name in settings.LANGUAGES if code != current]


@register.filter
def said_all(texts: Any) -> list[str]:
    """Each of them, to be joined."""
    return [wording.marked(one) for one in texts]


@register.filter
def pesos(amount: Any) -> str:
    """Money as it is written in Mexico: $1,250.50."""
    return f"${Decimal(amount):,.2f}"


RULED = {
    "granted": "Procede", "conditional": "Procede con condiciones", "denied": "No procede", "review": "Lo revisa una persona",
    "missing_data": "Falta un dato", "decision": "decisión",
}  # fmt: skip
"""What the rules' tables name in English, as an official reads it in a trace."""


@register.filter
def ruled(value: Any) -> str:
    """A name or value of a trace in Spanish; what its definition wrote stays as it is."""
    if isinstance(value, bool):
        return "sí" if value else "no"
    if value is None:
        return "—"
    return RULED.get(value, value) if isinstance(value, str) else str(value)
