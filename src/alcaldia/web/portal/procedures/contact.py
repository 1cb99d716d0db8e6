"""How a person wants to be told: typed on the last page."""

from collections.abc import Mapping

from alcaldia.procedures import contacting

FIELDS = {"email": "aviso_correo", "phone": "aviso_celular"}


def typed(posted: Mapping[str, str]) -> dict[str, str]:
    """What was typed, for the page that shows it again."""
    return {kind: posted.get(name, "").strip() for kind, name in FIELDS.items()}


def sealed(posted: Mapping[str, str]) -> bytes:
    """What is kept of it. Raises Refusal("wrong_contact")."""
    return contacting.sealed(typed(posted))
