"""Words of a definition in the language of the page."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import get_language

register = template.Library()


@register.filter
def said(text: Any) -> str:
    """A `Text` in the page's language, or in Spanish where it has no other."""
    return str(text.in_(get_language() or "es")) if hasattr(text, "in_") else str(text)


@register.filter
def pesos(amount: Any) -> str:
    """Money as it is written in Mexico: $1,250.50."""
    return f"${Decimal(amount):,.2f}"
