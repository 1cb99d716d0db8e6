"""Ways back to a vault: codes that the person printed, and the counter with two officials and a day."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from alcaldia.broker import approvals, onetime, subjects
from alcaldia.broker.core import Broker
from alcaldia.broker.sessions import CHALLENGE_LIFE
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.key_acts import RECOVERY, approves, printed_codes
from alcaldia.vault.rules.text64 import to_bytes

PRINTED, PRINTED_DAYS = "recovery", 3650


def remember(
    broker: Broker, *, subject: str, codes: list[str], challenge: str, assertion: dict[str, Any], token: str
) -> None:
    """Recovery codes that the person of this session prints, once a key of theirs has signed exactly these.

    Their session alone would let a hacked web keep a code of its own for years. Those of an earlier sheet end: it may
    have been lost.
    """
    if subjects.person_session(broker, token) != subject:
        raise Refusal("not_allowed", "Sólo cada persona hace sus propios códigos.", status=403)
    now, raw = broker.now(), to_bytes(challenge)
    broker.challenges.spend(raw, "codes", subject, now)
    until = (now + timedelta(days=PRINTED_DAYS)).isoformat()
    with broker.store.transaction() as connection:
        signed = sha256(printed_codes(subject, raw, codes)).digest()
        subjects.touched(broker, connection, subject, signed, assertion)
        connection.execute("DELETE FROM code WHERE subject = ? AND kind = ?", (subject, PRINTED))
        for code in codes:
            onetime.insert(connection, code, PRINTED, until, subject=subject)


def approve(
    broker: Broker,
    *,
    subject: str,
    code_hash: str,
    act: dict[str, Any],
    assertion: dict[str, Any],
    token: str,
) -> None:
    """One official signs that the holder of their half of a code is this person; a second one must of the other half, and a
    day must pass.

    The day is counted from the first approval, and each counts for a week (`approvals`).
    """
    otherwise = "Esta autorización la dan los funcionarios de ventanilla."
    who, now = subjects.official_session(broker, token, otherwise).who, broker.now()
    broker.rates.check("approve", who.subject, broker.config.lookups_per_minute, now)
    if not _is_of(act, who.subject, approves(subject, code_hash), now):
        detail = "Lo que firmó no es esta recuperación, o pasó su tiempo. No cambió nada; vuelva a empezar."
        raise Refusal("bad_act", detail, status=403)
    with broker.store.transaction() as connection:
        subjects.touched(broker, connection, who.subject, sha256(canonical(act)).digest(), assertion)
        approvals.keep(connection, code_hash=code_hash, official=who.subject, subject=subject, now=now)


def _is_of(act: dict[str, Any], official: str, approved: str, now: datetime) -> bool:
    """The web names the act; what counts here is who signs it, over which recovery, and that it was just now."""
    said = (act["act"] in RECOVERY, act["by"] == official, act["approves"] == approved)
    return all(said) and abs(now - datetime.fromisoformat(act["at"])) <= CHALLENGE_LIFE


def withdraw(broker: Broker, *, subject: str, code_hash: str) -> None:
    """The recovery of that code was stopped at the web, by its person or at the counter.

    Nobody need prove who they are: whoever knows the code's hash may only make a recovery begin anew.
    """
    with broker.store.transaction() as connection:
        approvals.withdraw(connection, code_hash=code_hash, subject=subject)
