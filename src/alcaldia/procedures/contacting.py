"""How a person wants to be told: checked and sealed at once to whoever sends; nothing plain is kept."""

from collections.abc import Mapping

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.shape import Text
from alcaldia.notices import postman, resealing
from alcaldia.procedures.models import Case
from alcaldia.procedures.rules import validators
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.validators import Mistyped

KINDS = ("email", "phone")
_NO_LABEL = Text((("es", "Aviso"),))


def sealed(typed: Mapping[str, str]) -> bytes:
    """What is kept of addresses by kind, b"" where there is none. Raises Refusal("wrong_contact") with `errors` by kind."""
    found, errors = {}, {}
    for kind in KINDS:
        try:
            read = validators.read(typed.get(kind) or "", DataField(kind, _NO_LABEL))  # type: ignore[arg-type]
            found[kind] = str(read) if read else ""
        except Mistyped as error:
            errors[kind] = error.sentence
    if errors:
        raise Refusal("wrong_contact", "Revise a dónde le avisamos.", status=422, errors=errors)
    return postman.pack(found)


def seal_anew() -> int:
    """Every case's contact under the postman's key in force; how many there were."""
    return resealing.rows(Case.objects.exclude(contact=b""), "contact", postman.packed_anew)
