"""What lies sealed of a case, opened by its person: by the case's code, or in a live session of their own vault.

The broker logs each opening as a look of their own.
"""

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.bearing import Bearer
from alcaldia.procedures.models import Case
from alcaldia.procedures.representing import not_your_vault
from alcaldia.vault import custodian
from alcaldia.vault import queries as vault
from alcaldia.vault.queries import Held
from alcaldia.vault.rules.catalogue import CASE, in_case

IDENTITY, NAME = "identity", "identity.full_name"


def of_case(row: Case, bearer: Bearer, token: str, *, to: str) -> list[Held]:
    """What was given with it; `token` is the person's own session at the broker, "" without one, and `to` says what for.

    Raises Refusal, "needs_vault" and "needs_code" among them.
    """
    if row.person == row.account:
        if bearer.acting is not None:
            raise not_your_vault()
        if not token or bearer.person != row.account:
            detail = f"Para {to} hay que leer lo que dio con ella. Entre con su cuenta y abra su bóveda."
            raise Refusal("needs_vault", detail, status=403)
        found = vault.own(row.person, token, [CASE])
    elif not bearer.code:
        detail = "Escriba el código de su solicitud: abre lo que dio con ella."
        raise Refusal("needs_code", detail, status=403)
    else:
        found = _coded(row, bearer.code)
    return [one for one in found if in_case(one.item, row.folio)]


def _coded(row: Case, code: str) -> list[Held]:
    mine = custodian.ask("enter_coded", code=code)["token"]
    try:
        return vault.own(row.person, mine, [CASE])
    finally:
        custodian.ask("close_session", token=mine)


def named(row: Case, bearer: Bearer) -> bool:
    """Whether they are in the account of the case, and it kept a name when the case was sent."""
    mine = bool(row.account) and bearer.person == row.account
    return mine and NAME in vault.known(row.account, until=row.submitted_at)


def full_name(row: Case, bearer: Bearer, token: str) -> Held | None:
    """The name that the account of the case kept in its vault when it was sent: a paper can not be given another name later.

    None where there is none for them. Raises Refusal.
    """
    if not named(row, bearer):
        return None
    if not token:
        detail = "Para imprimir su nombre hay que abrir su bóveda. Ábrala y vuelva a esta página."
        raise Refusal("needs_vault", detail, status=403)
    held = vault.own(row.account, token, [IDENTITY], until=row.submitted_at)
    return next((one for one in held if one.name == NAME), None)
