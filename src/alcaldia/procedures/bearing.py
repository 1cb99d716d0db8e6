"""Who says that a case is theirs: by its code, or by the account that sent it."""

from dataclasses import dataclass

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import sealing
from alcaldia.procedures.models import Case


@dataclass(frozen=True)
class Bearer:
    """The code of the case, or the account that is here."""

    code: str = ""
    person: str = ""


def check_bearer(row: Case, bearer: Bearer) -> None:
    """Raises Refusal (403) unless the case is theirs."""
    by_code = bool(bearer.code) and sealing.code_hash(bearer.code) == row.code_hash
    if not by_code and not (bearer.person and bearer.person in (row.account, row.person)):
        raise Refusal("not_yours", "Escriba el código de su solicitud o entre con su cuenta.", status=403)
