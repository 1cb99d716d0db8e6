"""What notices ask of connectors: somebody who takes a message to its person."""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from alcaldia.notices.rules.templates import Written


class NotSent(Exception):
    """It did not go now and may go later: no answer, an error of the gateway, too many at once."""


class BadAddress(Exception):
    """This address will never take a message; trying again is no use."""


class Sender(Protocol):
    """Takes messages by one channel. `check` says in Spanish what is missing; an empty list is ready."""

    channel: str
    is_demo: bool

    def send(self, address: str, message: Written, *, key: str) -> str:
        """The gateway's id, "" where it gives none. The same `key` is the same message. Raises NotSent, BadAddress."""

    def check(self) -> list[str]: ...


@runtime_checkable
class Mailbox(Protocol):
    """A sender that also shows what it sent: the demo's, and no other."""

    def read(self) -> list[dict[str, str]]:
        """Rows of channel, to, title, text and at (ISO 8601), oldest first."""


@dataclass
class Plugs:
    """What is plugged in, by channel; project/wiring.py fills it. `public_url` begins the links of messages."""

    senders: dict[str, Sender] = field(default_factory=dict)
    public_url: str = ""


plugged = Plugs()
