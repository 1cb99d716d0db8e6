"""How a person wants to be told: typed on the last page, checked, and sealed at once; nothing plain is kept."""

from collections.abc import Mapping

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.shape import Text
from alcaldia.notices import postman
from alcaldia.procedures.rules import validators
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.validators import Mistyped

FIELDS = {"email": "aviso_correo", "phone": "aviso_celular"}
_NO_LABEL = Text((("es", "Aviso"),))


def typed(posted: Mapping[str, str]) -> dict[str, str]:
    """What was typed, for the page that shows it again."""
    return {kind: posted.get(name, "").strip() for kind, name in FIELDS.items()}


def sealed(posted: Mapping[str, str]) -> bytes:
    """What is kept of it, b"" where nothing was typed. Raises Refusal("wrong_contact") with `errors` by kind."""
    found, errors = {}, {}
    for kind, text in typed(posted).items():
        try:
            read = validators.read(text, DataField(kind, _NO_LABEL))  # type: ignore[arg-type]
            found[kind] = str(read) if read else ""
        except Mistyped as error:
            errors[kind] = str(error)
    if errors:
        raise Refusal("wrong_contact", "Revise a dónde le avisamos.", errors=errors)
    return postman.pack(found)
