"""What a municipality sets of a procedure: its figures (`[procedures.KEY]` in municipality.toml), its working days.

`[procedures.KEY.dated."2027-01-01"]` holds the figures that change on that day; the newest that has begun counts.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from alcaldia.kernel.models import Municipality
from alcaldia.procedures.calendars import calendar_of, today
from alcaldia.procedures.rules.deadlines import working_days_between
from alcaldia.procedures.rules.definition import Bracket
from alcaldia.procedures.rules.evaluate import City
from alcaldia.procedures.rules.program import Program


def city_of(town: Municipality, program: Program) -> City:
    """The figures that replace the definition's own defaults today."""
    given = (town.settings.get("procedures") or {}).get(program.definition.sheet.key) or {}
    declared = program.definition.parameters or {}

    def figures(day: date) -> dict[str, Any]:
        said = _on(given, day.isoformat()) if "dated" in given else given
        return {name: _figure(value) for name, value in said.items() if name in declared}

    calendar = calendar_of(town)
    return City(figures(today(town)), lambda start, end: working_days_between(calendar, start, end), figures)


def _on(given: Mapping[str, Any], day: str) -> dict[str, Any]:
    found = dict(given)
    for begins in sorted(one for one in given["dated"] if one <= day):
        found |= given["dated"][begins]
    return found


def _figure(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(
            Bracket(*(Decimal(str(row[name])) for name in ("from", "base", "rate"))) for row in value
        )
    if isinstance(value, dict):
        return {str(name): Decimal(str(one)) for name, one in value.items()}
    return Decimal(str(value))
