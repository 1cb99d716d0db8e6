"""Waiting lists as an agency sees them: what is waited for, how much is free now, and who waits, in order. Nothing personal."""

from dataclasses import dataclass
from decimal import Decimal

from alcaldia.kernel.models import Municipality
from alcaldia.procedures import definitions, reserving
from alcaldia.procedures.models import Case, Place, Quota
from alcaldia.procedures.rules import quotas
from alcaldia.procedures.rules.validators import shown_answer


@dataclass(frozen=True)
class Line:
    """One list: `procedure` and `what` in people's words; `free` is None where the register does not say."""

    procedure: str
    what: str
    agency: str
    offered: Decimal | None
    free: Decimal | None
    cases: tuple[Case, ...]


def lines(town: Municipality, agencies: list[str]) -> list[Line]:
    """The lists of these agencies, the longest first."""
    found = [_line(one, agencies) for one in Quota.objects.filter(municipality=town, waiting__gt=0)]
    return sorted((one for one in found if one), key=lambda one: -len(one.cases))


def any_line(town: Municipality, agencies: list[str]) -> bool:
    """Whether anybody waits in one of them."""
    waiting = Place.objects.filter(state=Place.State.WAITING, quota__municipality=town)
    return waiting.filter(case__agency__in=agencies).exists()


def _line(quota: Quota, agencies: list[str]) -> Line | None:
    rows = Place.objects.filter(quota=quota, state=Place.State.WAITING, case__agency__in=agencies).order_by(
        "pk"
    )
    places = list(rows.select_related("case__municipality", "case__definition")[:500])
    if not places:
        return None
    first = places[0]
    program = definitions.pinned(first.case.definition)
    lookup = quotas.asked_of(program, program.definition.reserves[first.clause])
    named = [shown_answer(first.case.answers.get(name), program.definition.data[name])
             for name in (lookup.by, lookup.on) if name]  # fmt: skip
    offered = reserving.figure(first.case, program, first.clause)
    free = None if offered is None else max(offered - quota.taken, Decimal(0))
    return Line(program.definition.sheet.plain_name.es, ", ".join(named), first.case.agency, offered, free,
                tuple(one.case for one in places))  # fmt: skip
