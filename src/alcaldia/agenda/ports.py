"""What agendas ask of above: the days on which a municipality rests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from alcaldia.kernel.models import Municipality


def _nobody_rests(town: Municipality, day: date) -> bool:
    return False


@dataclass
class Plugs:
    """`rests(town, day)`: is it a day of rest? project/wiring.py plugs the calendar of terms in."""

    rests: Callable[[Municipality, date], bool] = _nobody_rests


plugged = Plugs()
