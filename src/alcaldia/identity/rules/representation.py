"""Who may act for whom: for what, since when, until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

BASES: dict[str, str] = {
    "legal_representative": "Representante legal",
    "power_of_attorney": "Carta poder o poder notarial",
    "guardian": "Madre, padre o tutor",
}
EVERYTHING = "*"
MAJORITY = 18
"""Years after which nobody has a guardian (Código Civil Federal, art. 646)."""


@dataclass(frozen=True)
class Mandate:
    """One representation as the rule sees it; persons are public ids, scopes codes."""

    represented: str
    representative: str
    scopes: frozenset[str]
    since: date
    until: date | None
    revoked: bool = False


def in_force(mandate: Mandate, on: date) -> bool:
    return not mandate.revoked and mandate.since <= on and (mandate.until is None or on <= mandate.until)


def may_act_for(person: str, other: str, scope: str, on: date, mandates: Iterable[Mandate]) -> bool:
    """True for oneself, and through a mandate in force that covers the scope. Mandates do not chain."""
    if person == other:
        return True
    return any(
        mandate.representative == person
        and mandate.represented == other
        and in_force(mandate, on)
        and bool({scope, EVERYTHING} & mandate.scopes)
        for mandate in mandates
    )


def last_day_as_minor(birth: date) -> date:
    """The eve of the eighteenth birthday: the last day on which a guardian may act."""
    try:
        birthday = birth.replace(year=birth.year + MAJORITY)
    except ValueError:
        birthday = date(birth.year + MAJORITY, 3, 1)
    return birthday - timedelta(days=1)
