"""Licences: papers that this city hall issued, by their folio, and older ones by their row in the register.

A paper counts only where the lookup names its procedure, the answer was favourable and the paper stands. What nobody
wrote down (an offence, a debt) is unknown, never "none".
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from alcaldia.kernel.folio import read_folio
from alcaldia.ledger import queries as ledger
from alcaldia.procedures import registers
from alcaldia.procedures.models import Case, CaseEvent
from alcaldia.procedures.registries.ports import Items, Question
from alcaldia.procedures.registries.rows import looked_up
from alcaldia.procedures.rules.flow import FAVOURABLE, State

NONE: Mapping[str, Any] = {"vale": False, "vigente": False}
"""What is said of a number under which there is no licence, or one that no longer stands. A number that could be of an
older licence says nothing where their register was never loaded.
"""
FROM_THE_REGISTER = ("infraccion", "adeudo")


def licences(question: Question) -> Items:
    """Whether it stands, until when, and what its holder owes; the register adds what other offices know of our papers."""
    row = looked_up("licences", question)
    paper = _paper(question)
    if paper is None:
        ours = read_folio(question.value) is not None
        none = NONE if ours or registers.kept(question.town, "licences") else {}
        return _in_force({"vale": True, **row}, question.today) if row else none
    more = {name: row[name] for name in FROM_THE_REGISTER if name in row} if row else {}
    if row and row.get("vigente") is False:
        return {**NONE, **more}
    return _in_force({**more, **_items(paper)}, question.today)


def _paper(question: Question) -> Case | None:
    """The request whose favourable paper this is, whatever became of it; None where the folio is of anything else."""
    return Case.objects.filter(
        municipality=question.town, document=question.value.strip().upper(), procedure__in=question.papers,
        outcome__in=FAVOURABLE,
    ).first()  # fmt: skip


def _items(paper: Case) -> dict[str, Any]:
    """What the paper says of itself. One whose decision is contested neither stands nor falls yet: unknown."""
    if paper.state not in (State.ISSUED, State.APPEALED):
        return dict(NONE)
    area = paper.answers.get("m2") or paper.answers.get("area")
    found = {"vale": True, "cuota": str(paper.fee), **({"m2": area} if area else {})}
    until = _act_of(paper.document).get("valid_until")
    if paper.state == State.ISSUED:
        found["vigente"] = True
        found |= {"vence": until} if until else {}
    return found | ({"infraccion": True} if _badly_visited(paper) else {})


def _act_of(folio: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(ledger.entry(folio).body))
    return found


def _badly_visited(paper: Case) -> bool:
    """Whether the visit that verified what was declared went badly, and nobody decided yet what follows."""
    said = CaseEvent.objects.filter(case=paper, kind__in=("visited", "upheld")).order_by("-number").first()
    return said is not None and said.facts.get("result") == "unfavourable"


def _in_force(items: Mapping[str, Any], today: date) -> Items:
    """`vence` ends it, whatever a row that was written earlier says."""
    until = items.get("vence")
    ended = bool(until) and str(until) < today.isoformat()
    return {**items, "vigente": False} if ended else items
