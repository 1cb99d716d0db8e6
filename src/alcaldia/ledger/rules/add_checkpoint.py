"""The texts of c2sp.org/tlog-witness `add-checkpoint`: what is asked of a witness and what it may answer."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from alcaldia.ledger.rules import note


class Problem(StrEnum):
    """Why there is no cosignature. FORK and AHEAD mean that somebody was shown two histories: the loud ones."""

    OFFLINE = "offline"
    OTHER_SIZE = "other_size"
    AHEAD = "ahead"
    FORK = "fork"
    KEY_UNKNOWN = "key_unknown"
    LOG_UNKNOWN = "log_unknown"
    BAD_SIGNATURE = "bad_signature"
    REFUSED = "refused"


STATUSES = {403: Problem.KEY_UNKNOWN, 404: Problem.LOG_UNKNOWN, 422: Problem.FORK}


@dataclass(frozen=True)
class Answer:
    """`line` is the cosignature, made `at` (seconds since 1970); `size` what the witness has, for OTHER_SIZE and AHEAD."""

    line: str = ""
    at: int = 0
    size: int = 0
    problem: Problem | None = None


def request(old: int, proof: Sequence[bytes], signed: str) -> str:
    """The body: old size, consistency proof, checkpoint."""
    lines = [f"old {old}", *(b64encode(item).decode() for item in proof)]
    return "\n".join(lines) + "\n\n" + signed


def read_answer(status: int, body: bytes, *, text: str, key: note.VerifierKey) -> Answer:
    """What a witness with this key answered to a checkpoint whose text is `text`; a wrong answer is a Problem."""
    try:
        words = body.decode()
    except UnicodeDecodeError:
        return Answer(problem=Problem.BAD_SIGNATURE)
    if status == 409:
        return _conflict(words.strip(), note.read_checkpoint(text).size)
    if status != 200:
        return Answer(problem=STATUSES.get(status, Problem.REFUSED))
    for line in words.split("\n"):
        try:
            times = note.signers(f"{text}\n{line}\n", (key,)) if line else {}
        except note.BadNote:
            return Answer(problem=Problem.BAD_SIGNATURE)
        if key in times and times[key] < 1 << 40:
            return Answer(line=f"{line}\n", at=times[key])
    return Answer(problem=Problem.BAD_SIGNATURE)


def _conflict(words: str, ours: int) -> Answer:
    if not (words.isascii() and words.isdigit()) or len(words) > 18:
        return Answer(problem=Problem.REFUSED)
    size = int(words)
    return Answer(size=size, problem=Problem.AHEAD if size > ours else Problem.OTHER_SIZE)
