"""From when until when a plan, a table or a layer may be relied on; both ends included, either may be open."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Validity:
    """A period in days of the municipality. Without ends it is always in force."""

    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.until < self.since:
            raise ValueError("the period ends before it begins")

    def covers(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def why_not(self, day: date) -> str:
        """The sentence for people when it does not cover the day."""
        if self.since and day < self.since:
            return f"Esta información rige desde el {self.since:%d/%m/%Y}; lo revisará una persona."
        if self.until and day > self.until:
            return (
                f"Esta información dejó de estar vigente el {self.until:%d/%m/%Y}; lo revisará una persona."
            )
        return ""

    def texts(self) -> dict[str, str]:
        """Its ends in ISO 8601, without those that are open."""
        ends = {"valid_from": self.since, "valid_to": self.until}
        return {name: day.isoformat() for name, day in ends.items() if day}


ALWAYS = Validity()


def read(since: object, until: object) -> Validity:
    """From ISO dates, as text or as dates; blank is open. Raises ValueError."""
    first, last = (date.fromisoformat(str(end)) if end else None for end in (since, until))
    return Validity(first, last)
