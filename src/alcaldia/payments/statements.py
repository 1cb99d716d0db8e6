"""The bank's own book: a statement file is read whole or not at all, and twice is once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.payments import events, queries, settling
from alcaldia.payments.models import BankDeposit
from alcaldia.payments.rules.formats import read
from alcaldia.payments.rules.statement import BadStatement, Line

PREFIX = "EDO"
Known = Mapping[str, Sequence[tuple[str, str]]]
"""What a statement may say of a transfer → provider and payout of those that are called so."""


@dataclass(frozen=True)
class Taken:
    """What a statement held: deposits of providers that are new, known already, and lines that are no provider's."""

    fresh: int
    known: int
    others: int

    def sentence(self) -> str:
        fresh = "1 depósito nuevo" if self.fresh == 1 else f"{self.fresh} depósitos nuevos"
        known = "1 ya capturado" if self.known == 1 else f"{self.known} ya capturados"
        others = "1 renglón que no es" if self.others == 1 else f"{self.others} renglones que no son"
        return f"{fresh}, {known} y {others} de un proveedor."


def take_in(
    *, town: Municipality, data: bytes, named: Mapping[str, str] | None = None, by: str, channel: str, keep: bool = True
) -> Taken:  # fmt: skip
    """Keep the deposits that name a payout of a provider's report; with `keep` false, only look. CSV or CAMT.053.

    Raises Refusal("bad_statement") with the line; then nothing was kept.
    """
    try:
        lines = read(data, named, currency=queries.currency_of(town))
    except BadStatement as error:
        raise Refusal("bad_statement", str(error), status=422) from error
    known = _payouts(town)
    lines = [part for line in lines for part in _spread(line, known)]
    matched = [(line, found) for line in lines for found in [_payout(line, known)] if found]
    _check_once(matched)
    with transaction.atomic():
        before = BankDeposit.objects.filter(municipality=town).count()
        for line, (provider, payout) in matched:
            _deposit(town, line, provider, payout)
        fresh = BankDeposit.objects.filter(municipality=town).count() - before
        taken = Taken(fresh, len(matched) - fresh, len(lines) - len(matched))
        if not keep:
            transaction.set_rollback(True)
        elif fresh:
            body = events.statement(sha256(data).hexdigest(), taken.fresh, taken.known, taken.others)
            act = Act(events.STATEMENT_READ, new_folio(PREFIX, timezone.now().year), body, town)
            record(act, by=by, channel=channel)
    return taken


def _payouts(town: Municipality) -> Known:
    return queries.payouts_called([one.name for one in queries.providers_of(town)])


def _spread(line: Line, known: Known) -> tuple[Line, ...]:
    """A batch is one deposit where the bank names a transfer for the whole of it, else each of its transactions."""
    return line.parts if line.parts and _payout(line, known) is None else (line,)


def _payout(line: Line, known: Known) -> tuple[str, str] | None:
    """Provider and payout that the bank's words name. Raises Refusal where they name two and give one amount."""
    words = {line.reference, *line.reference.split()}
    found = sorted({place for word in words for place in known.get(word, ())})
    if len(found) > 1:
        detail = f"{line.where}: nombra dos transferencias ({found[0][1]} y {found[1][1]}) y no dice cuánto es de cada una. Captúrelas a mano."
        raise Refusal("bad_statement", detail, status=422)
    return found[0] if found else None


def _check_once(matched: list[tuple[Line, tuple[str, str]]]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for line, place in matched:
        if place in seen:
            detail = f"{line.where}: el depósito {place[1]} ya viene en el {seen[place].lower()}. Quite uno."
            raise Refusal("bad_statement", detail, status=422)
        seen[place] = line.where


def _deposit(town: Municipality, line: Line, provider: str, payout: str) -> None:
    try:
        settling.record_deposit(
            municipality=town, provider=provider, payout=payout, amount=line.amount, on=line.on
        )
    except Refusal as refusal:
        raise Refusal("bad_statement", f"{line.where}: {refusal.detail}", status=422) from refusal
