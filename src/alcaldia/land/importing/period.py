"""A period of validity as people type it."""

from alcaldia.kernel.errors import Refusal
from alcaldia.land.rules.validity import Validity, read


def period(since: str, until: str) -> Validity:
    """From two ISO dates, either of them blank. Refuses what is not a date, and an end before its beginning."""
    try:
        return read(since.strip(), until.strip())
    except ValueError as error:
        raise Refusal(
            "bad_period",
            "La vigencia se escribe con fechas como 2026-01-31, y no puede terminar antes de empezar.",
        ) from error
