"""What the vault asks of layers above it: somebody who takes a message to a person."""

from dataclasses import dataclass
from typing import Protocol


class MessageSender(Protocol):
    """Takes a short message to a person by whatever way they chose: mail, text message, a letter.

    The message holds nothing personal and no figure; `key` is the same when the same message is handed over again,
    so that a sender delivers it once. Whoever left no address reads it in their account: that is no error. Raises
    Refusal where it could not be taken: it is handed over again later.
    """

    def send(self, *, subject: str, kind: str, text: str, path: str, key: str) -> None:
        """`subject` is the person's public id; `path` the page of the portal that says more."""


@dataclass
class Plugs:
    """What is plugged in; project/wiring.py fills it at start. None: messages wait and their pages show them."""

    sender: MessageSender | None = None


plugged = Plugs()
