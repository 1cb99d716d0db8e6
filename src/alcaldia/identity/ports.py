"""What identity asks of layers above it: somebody who keeps keys apart, and somebody who sends codes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True)
class Enrolled:
    """What a custodian says of a key that it keeps: the token of a session where that opens one, or "", and its seal."""

    token: str = ""
    seal: str = ""


class Custodian(Protocol):
    """The broker's side of identity: it keeps its own copy of each public key and checks every login itself.

    Every method raises Refusal("broker_down", …) when the broker does not answer.
    """

    def challenge(self, *, purpose: str, subject: str | None) -> bytes:
        """32 random bytes made and remembered by the broker, valid for 5 minutes; "enrol" or "session"."""

    def enrol(
        self, *, subject: str, challenge: bytes, credential: dict[str, Any], authority: dict[str, Any]
    ) -> Enrolled:
        """Keep the public key of a registration answer.

        `authority`: {"kind": "new"} · {"kind": "session", "token", "assertion"}, by an earlier key over
        `kernel.key_acts.further_key` · {"kind": "code", "code"} · {"kind": "invitation", "code"}.
        """

    def open_session(self, *, subject: str, challenge: bytes, assertion: dict[str, Any]) -> str:
        """An opaque token for a login answer; idle limits of 30 (persons) and 15 minutes (officials)."""

    def close_session(self, token: str) -> None: ...

    def close_sessions(self, *, subject: str) -> None:
        """Every session of this account: it was closed from elsewhere, or taken by somebody."""

    def revoke(self, *, subject: str, credential_id: bytes, token: str) -> None: ...

    def block_key(self, *, subject: str, credential_id: bytes) -> None:
        """Two copies of that key were seen: it opens nothing any more, nor what it had opened."""

    def leave_office(self, *, subject: str, left: bool) -> None:
        """A post of an official ended, or (`left`) all of them and their keys: only permits to the offices of those that
        they still have open for them.
        """


@runtime_checkable
class CodeKeeper(Protocol):
    """A custodian that also learns codes when they are made, so that they can enrol a key later."""

    def remember_invitation(self, *, subject: str, code: str) -> None:
        """A code with which that official or person registers a first key (the operator's word)."""

    def give_offices(self, *, subject: str) -> None:
        """An official is of the offices of all their posts, of each from its first day on (the operator's word)."""

    def remember_codes(
        self, *, subject: str, codes: list[str], challenge: bytes, assertion: dict[str, Any], token: str
    ) -> None:
        """Printed recovery codes, under the person's live token and their key over `kernel.key_acts.printed_codes`."""

    def approve_recovery(
        self, *, subject: str, code_hash: str, act: dict[str, Any], assertion: dict[str, Any], token: str
    ) -> None:
        """One of two officials approves that the code of that hash enrols a key a day later: `act` with their key's answer."""

    def withdraw_recovery(self, *, subject: str, code_hash: str) -> None:
        """That recovery was stopped: no approval of it counts any more."""


@runtime_checkable
class CodeReader(Protocol):
    """A custodian that knows whose account a code of its operator's opens."""

    def subject_of_code(self, code: str) -> str:
        """Raises Refusal("bad_code", …) for a code that is wrong, used, old, or of somebody who has a key."""


@runtime_checkable
class KeySealer(Protocol):
    """A custodian that seals the keys it keeps: a web that was taken over can not make one up in the log."""

    def sealed(self, *, subject: str, public_key: bytes, seal: str) -> bool:
        """Did it enrol this key (COSE) of this subject?"""

    def sealing_since(self) -> datetime | None:
        """Keys registered from then on have a seal; None where it can not be known."""


ENTER, CONFIRM = "enter", "confirm"
"""What a code is for: entering, or showing that an address is one's own."""


class CodeSender(Protocol):
    """Takes a one-time code to its person: by e-mail, by message, or to a screen in the demo."""

    def send(self, *, identifier: str, code: str, use: str) -> None:
        """Must not wait for the outside: entering answers as fast for a known as for an unknown address."""


@runtime_checkable
class Mailbox(Protocol):
    """A sender that also shows what it sent: the demo's, and no other."""

    def read(self) -> list[dict[str, object]]:
        """Rows of `to`, `code` and `at` (seconds since 1970), oldest first."""


class VideoAppointments(Protocol):
    """Sets an appointment at which an official sees a person abroad by video."""

    def request(self, *, folio: str) -> str:
        """A reference that person and official understand: a date, a room, an address."""


class ResidencyPapers(Protocol):
    """Keeps the files that came with an application for residency."""

    def forget(self, *, folio: str, subject: str, by: str, channel: str) -> None:
        """Destroy them, in the caller's transaction; an application without any is none of its business."""


@dataclass
class Plugs:
    """What is plugged in; project/wiring.py fills it at start."""

    custodian: Custodian | None = None
    code_sender: CodeSender | None = None
    video: VideoAppointments | None = None
    papers: ResidencyPapers | None = None


plugged = Plugs()
