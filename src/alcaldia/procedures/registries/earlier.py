"""What the person already answered in an earlier request of the same town: `source: earlier:PROCEDURE.DATUM`."""

from typing import Any

from alcaldia.kernel.models import Municipality
from alcaldia.procedures.models import Case
from alcaldia.procedures.rules.flow import State
from alcaldia.procedures.rules.program import Program

NOT_COUNTED = (State.WITHDRAWN, State.LAPSED, State.ANNULLED)


def earlier(program: Program, town: Municipality, person: str) -> dict[str, Any]:
    """By name of datum, from the newest request that says it; nothing for a guest, and nothing personal: that is sealed."""
    found: dict[str, Any] = {}
    for name, spec in program.definition.data.items():
        kind, _, path = spec.source.partition(":")
        if kind == "earlier" and person:
            procedure, _, datum = path.partition(".")
            value = _last(town, person, procedure, datum)
            if value is not None:
                found[name] = value
    return found


def _last(town: Municipality, person: str, procedure: str, datum: str) -> Any:
    rows = Case.objects.filter(municipality=town, account=person, procedure=procedure)
    for answers, consulted in (
        rows.exclude(state__in=NOT_COUNTED).order_by("-submitted_at").values_list("answers", "consulted")[:5]
    ):
        for kept in (answers, consulted.get("values", {})):
            if kept.get(datum) not in (None, ""):
                return kept[datum]
    return None
