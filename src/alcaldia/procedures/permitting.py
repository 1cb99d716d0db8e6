"""The permit for personal data that a person gives after sending: with a correction, or as the reasons of an appeal.

The permits signed at sending name what was given then; each later datum needs one of its own. It is given as the case's
data are kept: by the passkey of its account, whose vault holds them, or by the code that opens the case's vault.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.procedures import definitions, protected
from alcaldia.procedures.bearing import Bearer
from alcaldia.procedures.models import Case
from alcaldia.procedures.protected import DAYS, USES, Signed, field_of
from alcaldia.procedures.representing import not_your_vault
from alcaldia.procedures.rules.program import Program
from alcaldia.vault import actions as vault
from alcaldia.vault import queries as held
from alcaldia.vault.rules.grant import SHOW, Grant, Send
from alcaldia.vault.rules.offices import office, split

MOST_OFFICES = 10


@dataclass(frozen=True)
class Permitted:
    """Whose vault the data go to, and what their key signed, None where no key did: only what was checked is told."""

    person: str
    signed: Signed | None = None


def how(row: Case, program: Program, bearer: Bearer) -> Literal["key", "code"]:
    """By what the person gives it. Raises Refusal (403) where they show neither."""
    if row.person and row.person != row.account:
        return _by_code(bearer)
    if row.person and (row.protected or (program.definition.inspections and _has_vault(row.person))):
        if bearer.acting is not None:
            raise not_your_vault()
        if bearer.person != row.account:
            detail = "Los datos de esta solicitud están en la bóveda de su cuenta. Entre con su cuenta y su llave de acceso."
            raise Refusal("needs_key", detail, status=403)
        return "key"
    return "key" if may_sign(row, bearer) else _by_code(bearer)


def may_sign(row: Case, bearer: Bearer) -> bool:
    """Whether the account that sent it is here and a key of it can sign: the case has no vault of its own."""
    here = bool(row.account) and bearer.person == row.account
    return here and row.person in ("", row.account) and _has_vault(row.account)


def _by_code(bearer: Bearer) -> Literal["code"]:
    if not bearer.code:
        detail = "Escriba el código de su solicitud para guardar ese dato."
        raise Refusal("needs_code", detail, status=403)
    return "code"


def _has_vault(subject: str) -> bool:
    try:
        held.holder(subject)
    except NotFound:
        return False
    return True


def to_sign(
    row: Case, *, purpose: str, names: Iterable[str], agencies: Iterable[str], said: Mapping[str, Any],
    given: Mapping[str, Any], salt: str,
) -> Send:  # fmt: skip
    """What a passkey signs: one permit for each of these agencies, the hash of what is `said` in the open, and that of what is `given`
    with its `salt`.
    """
    told = {**said, **protected.sealed_in(salt, given)}
    return _bundle(row, row.account, purpose=purpose, names=names, agencies=agencies, said=told)


def _bundle(
    row: Case, person: str, *, purpose: str, names: Iterable[str], agencies: Iterable[str], said: Mapping[str, Any]
) -> Send:  # fmt: skip
    program, wanted = definitions.pinned(row.definition), list(names)
    shown = {one: _fields_of(program, one, wanted) for one in list(dict.fromkeys(agencies))[:MOST_OFFICES]}
    grants: list[Grant] = [
        vault.ask(person=person, fields=fields, purpose=purpose, case=row.folio, mode=SHOW, days=DAYS, max_uses=USES,
                  office=office(row.municipality.slug, agency))
        for agency, fields in shown.items() if fields
    ]  # fmt: skip
    return Send(_said(row, said), tuple(grants))


def _fields_of(program: Program, agency: str, names: Iterable[str]) -> list[str]:
    return [field_of(name) for name in protected.read_by(program, agency, names)]


def _said(row: Case, said: Mapping[str, Any]) -> str:
    return digest({"folio": row.folio, **said})


def give(
    row: Case, program: Program, *, purpose: str, names: Iterable[str], agencies: Iterable[str], said: Mapping[str, Any],
    given: Mapping[str, Any], bearer: Bearer, signed: Signed | None,
) -> Permitted:  # fmt: skip
    """Give it before anything is kept: a permit without data opens nothing. What a key signed covers what is `given`.

    Raises Refusal, "needs_signature" where a passkey must sign first.
    """
    wanted = sorted(names)
    if how(row, program, bearer) == "key":
        if signed is None:
            detail = "Firme con su llave de acceso el permiso para que la oficina lea lo que escribió."
            raise Refusal("needs_signature", detail, status=403)
        _check(row, signed.send, purpose, wanted, {**said, **protected.sealed_in(signed.salt, given)})
        vault.give(signed.send, signed.assertion)
        return Permitted(row.account, signed)
    subject = row.person if row.person and row.person != row.account else protected.new_subject()
    send = _bundle(row, subject, purpose=purpose, names=wanted, agencies=agencies, said=said)
    protected.open_for_code(subject=subject, code=bearer.code, send=send)
    return Permitted(subject)


def _check(row: Case, send: Send, purpose: str, names: list[str], said: Mapping[str, Any]) -> None:
    """Raises Refusal where what was signed is not the permit of this case, of this person and of these data."""
    if send.application != _said(row, said):
        raise Refusal("other_request", "Lo que se firmó no es esta solicitud. Revísela y firme de nuevo.")
    if {one.person for one in send.grants} != {row.account}:
        raise Refusal("other_person", "Lo que se firmó es de otra persona.", status=403)
    program = definitions.pinned(row.definition)
    if any(
        (one.case, one.purpose) != (row.folio, purpose)
        or not set(_fields_of(program, split(one.office)[1], names)) <= set(one.fields)
        for one in send.grants
    ):
        raise Refusal("other_request", "Lo que se firmó no cubre estos datos. Revíselos y firme de nuevo.")


def keep(
    row: Case, program: Program, *, to: Permitted, values: Mapping[str, Any], by: str, channel: str
) -> None:
    """Seal what the permit covers, with the salt of its signature, in the caller's transaction, and say in the case where
    it lies.
    """
    if not values:
        return
    row.person = to.person
    kept = {**values, **(to.signed.kept() if to.signed else {})}
    protected.keep(program, person=to.person, folio=row.folio, values=kept, by=by, channel=channel)
    row.protected = sorted({*row.protected, *values})
    row.save(update_fields=["person", "protected"])
