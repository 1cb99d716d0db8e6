"""What a template writes beside each script of its page."""

from typing import Any

from django import template

from alcaldia.web.components import headers

register = template.Library()


@register.simple_tag(takes_context=True)
def nonce(context: dict[str, Any]) -> str:
    """The nonce of this answer; a script without it does not run, not even one of our own files."""
    return headers.nonce_of(context["request"])
