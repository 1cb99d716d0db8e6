"""Special districts: what they concede to a project that joins them. They ease, so they never decide alone."""

from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from alcaldia.land.rules.types import Incentive, Line, Result


def eased(line: Line, incentives: tuple[Incentive, ...]) -> Line:
    """A line that fails by no more than a district concedes becomes a condition: joining the district."""
    if (
        line.result is not Result.FAIL
        or not isinstance(line.value, Decimal)
        or not isinstance(line.limit, Decimal)
    ):
        return line
    for incentive in incentives:
        limit = _limit(line, line.limit, incentive)
        if limit is None or (line.value > limit if line.check == "cus" else line.value < limit):
            continue
        note = f"Incorporar el proyecto al {incentive.name}, que concede {_words(line)} de {limit.normalize():f}."
        return replace(line, result=Result.CONDITION, note=note, basis=incentive.citation.basis or line.basis)
    return line


def _limit(line: Line, limit: Decimal, incentive: Incentive) -> Decimal | None:
    if line.check == "cus" and line.bound == "max" and incentive.cus_extra is not None:
        return limit + incentive.cus_extra
    if line.check == "parking" and incentive.parking_off is not None:
        return (limit * (1 - incentive.parking_off)).to_integral_value(ROUND_CEILING)
    return None


def _words(line: Line) -> str:
    return "un CUS" if line.check == "cus" else "un mínimo de cajones"
