"""Who says that a case is theirs: by its code, or by the account that sent it."""

from dataclasses import dataclass

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import sealing
from alcaldia.procedures.models import Case
from alcaldia.procedures.representing import Acting, covers


@dataclass(frozen=True)
class Bearer:
    """The code of the case, or the account that is here, or whoever acts for the account that sent it."""

    code: str = ""
    person: str = ""
    acting: Acting | None = None


def check_bearer(row: Case, bearer: Bearer) -> None:
    """Raises Refusal (403) unless the case is theirs."""
    by_code = bool(bearer.code) and sealing.code_hash(bearer.code) == row.code_hash
    by_account = bool(bearer.person) and bearer.person in (row.account, row.person)
    by_mandate = bearer.acting is not None and covers(row, bearer.acting)
    if not (by_code or by_account or by_mandate):
        raise Refusal("not_yours", "Escriba el código de su solicitud o entre con su cuenta.", status=403)
