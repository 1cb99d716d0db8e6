"""Accounts that a register keeps and a procedure pays: settled when the money is there, owed again when a bank takes it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from alcaldia.kernel.errors import Refusal, TryLater, later
from alcaldia.procedures import definitions, engine, judging, registers
from alcaldia.procedures.models import Case
from alcaldia.procedures.opened import of_case
from alcaldia.procedures.rules.evaluate import Evaluation
from alcaldia.procedures.rules.flow import FAVOURABLE

RECEIPT = "receipt"
SETTLED = {"adeudo": "0", "anterior": "0", "atraso": 0, "pagado": True, "pagada": True}
"""What a register says of an account whose debt was paid."""
REGISTERS_OF_DEBT = {"property_tax", "water", "fines"}
AWAY = "La cuenta no se puede abrir en este momento para anotar su pago. No se anotó nada todavía: lo pagado en el banco se anota solo en unos minutos; en la caja, intente de nuevo."
BEFORE = "_before"
"""Under this name a settled row keeps, sealed with it, what it said before and by which order it was paid."""


def pays_an_account(row: Case) -> bool:
    """Whether the procedure is the payment of an account that a register keeps."""
    paper = definitions.pinned(row.definition).definition.document
    return paper is not None and paper.template == RECEIPT


def owes_exactly(held: engine.Held, paid: Decimal) -> bool:
    """Whether the account still owes what was paid, by the rules of the day on which the request was sent.

    Raises Refusal where it owes nothing any more: somebody else has paid it, and this money is given back; TryLater where
    its register cannot be asked now.
    """
    found = _bill(held)
    if found.outcome == "denied" or (found.outcome in FAVOURABLE and not found.fee):
        raise Refusal("settled_already", "Esa cuenta ya no debe nada. Devuelva este pago a quien lo hizo.")
    return found.fee == paid


def _bill(held: engine.Held) -> Evaluation:
    row = held.row
    opened = of_case(row, definitions.pinned(row.definition), row.answers)
    # A discount of January stays one when the bank tells in February; what registers say is of now.
    opened.today = engine.events_of(row)[0].on
    told = judging.judge(opened)
    if told.consulted.away:
        raise TryLater("register_away", AWAY)
    return told.found


def settle(held: engine.Held, order: str) -> None:
    """The registers say that the debt was paid with this order. Raises TryLater."""
    for registry, number, asked in _rows(held):
        said = _said(held, registry, number)
        settled = {item: value for item, value in SETTLED.items() if item in asked | set(said)}
        before = {"order": order, "said": {name: value for name, value in said.items() if name != BEFORE}}
        _keep(held, registry, number, {**said, **settled, BEFORE: before})


def owe_again(held: engine.Held, order: str) -> None:
    """The registers say again what they said before this order; a row that was loaded anew since stays as it is. Raises TryLater."""
    for registry, number, _ in _rows(held):
        before = _said(held, registry, number).get(BEFORE) or {}
        if before.get("order") == order:
            _keep(held, registry, number, before["said"])


def _said(held: engine.Held, registry: str, number: str) -> dict[str, Any]:
    with _or_later():
        return registers.look_up(held.town, registry, number, procedure=held.row.procedure) or {}


def _keep(held: engine.Held, registry: str, number: str, said: dict[str, Any]) -> None:
    numbers = said.get("also", [number])
    with _or_later():
        registers.change(held.town, registry, numbers, said, procedure=held.row.procedure)


@contextmanager
def _or_later() -> Iterator[None]:
    """A register that cannot be opened now is no reason to hold money: whoever brought its news brings it again."""
    try:
        yield
    except Refusal as refusal:
        if later(refusal):
            raise TryLater("register_away", AWAY) from refusal
        raise


def _rows(held: engine.Held) -> Iterator[tuple[str, str, set[str]]]:
    """Register, number and what is asked of it, for each register of debt that the procedure consults."""
    definition = definitions.pinned(held.row.definition).definition
    for name, lookup in (definition.lookups or {}).items():
        number = str(held.row.answers.get(lookup.by) or "")
        if lookup.registry in REGISTERS_OF_DEBT and number:
            sources = [one.source for one in definition.data.values()]
            asked = {one.partition(".")[2] for one in sources if one.startswith(f"registry:{name}.")}
            yield lookup.registry, number, asked
