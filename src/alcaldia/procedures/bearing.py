"""Who says that a case is theirs: by its code, or by the account that sent it."""

from dataclasses import dataclass

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import sealing
from alcaldia.procedures.models import Case
from alcaldia.procedures.representing import Acting, covers, was_represented


@dataclass(frozen=True)
class Bearer:
    """The code of the case, or the account that is here, or whoever acts for the account that sent it."""

    code: str = ""
    person: str = ""
    acting: Acting | None = None


def check_bearer(row: Case, bearer: Bearer) -> None:
    """Raises Refusal (403) unless the case is theirs.

    Of a case that a representative sent the code is not enough: it would outlive the mandate.
    """
    if bearer.person and bearer.person in (row.account, row.person):
        return
    if bearer.acting is not None and covers(row, bearer.acting):
        return
    by_code = bool(bearer.code) and sealing.code_hash(bearer.code) == row.code_hash
    if not by_code:
        raise Refusal("not_yours", "Escriba el código de su solicitud o entre con su cuenta.", status=403)
    if was_represented(row):
        detail = "Esta solicitud se presentó en nombre de otra persona. Entre con la cuenta de ella, o con la suya y elija por quién actúa; su permiso debe estar vigente y cubrirla."
        raise Refusal("not_yours", detail, status=403)
