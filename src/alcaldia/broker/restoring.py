"""Restoring: a spare key gives the broker back what it lost with its master key. While that works, nothing opens here."""

from collections.abc import Callable
from datetime import datetime, timedelta
from sqlite3 import Connection, Row
from typing import Any

from alcaldia.broker import accesses, losses, spare_rows, spares, subjects
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.vault.rules import access, codes, spare, suites
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.spare import DEVICE, HELP, PAPER, PERSON
from alcaldia.vault.rules.suites import CannotOpen
from alcaldia.vault.rules.text64 import to_bytes

ASKED_FOR = timedelta(days=7)
_WRONG = "Esa llave de repuesto no abre su bóveda: está mal escrita, ya se usó o se quitó. Revísela signo por signo."
_DAMAGED = "Esa llave de repuesto es suya, pero lo que se guardó para ella está dañado. Pruebe con otra y avise a la oficina digital."


def restore(broker: Broker, *, token: str, code: str = "", secret: str = "") -> str:
    """By a code on paper, or by the secret that a device made again; returns which kind it was. The spare is spent.

    Raises Refusal, the same for a wrong, a spent, a removed and somebody else's key; then nothing has changed.
    """
    person, now = subjects.person_session(broker, token), broker.now()
    broker.rates.check("restore", person, broker.config.lookups_per_minute, now)
    lost = _lost(broker, person)
    kind = PAPER if code else DEVICE
    given = spare.seed(codes.spelled(code), suites.DEFAULT, person) if code else _read(secret)
    row = _of_secret(broker, person, kind, given)
    with spares.logged(broker, [_event(access.RESTORED, person, now, kind)]) as connection:
        _restore(broker, connection, row, lost, given)
        spare_rows.drop(connection, row["id"])
        connection.execute("UPDATE spare SET asked = NULL WHERE subject = ?", (person,))
    return kind


def ask_help(broker: Broker, *, spare: str, token: str) -> None:
    """Ask one's trusted person; they see it on their own page for a week. Twice is once more."""
    person, now = subjects.person_session(broker, token), broker.now()
    _lost(broker, person)
    with broker.store.transaction() as connection:
        sql = "UPDATE spare SET asked = ? WHERE id = ? AND subject = ? AND kind = ?"
        if not connection.execute(sql, (now.isoformat(), spare, person, PERSON)).rowcount:
            raise NotFound(
                "spare_unknown", "Esa persona de confianza ya no está en su lista. Actualice la página."
            )


def help_restore(broker: Broker, *, act: dict[str, Any], assertion: dict[str, Any], token: str) -> None:
    """The trusted person consents by their passkey: their own secret, which never leaves here, opens what was sealed to it."""
    found, now = spares.signed(broker, HELP, act, assertion, token), broker.now()
    row = broker.store.one(
        "SELECT * FROM spare WHERE id = ? AND helper = ?", found.about["spare"], found.person
    )
    if row is None or not row["asked"] or datetime.fromisoformat(row["asked"]) + ASKED_FOR < now:
        raise _nobody()
    losses.check(broker, found.person, {row["suite"]})
    lost = _closed(broker, row["subject"])
    if not lost:
        raise _nobody()
    told = [
        _event(access.RESTORED, row["subject"], now, PERSON),
        _event(access.HELPED, found.person, now, ""),
    ]
    with spares.logged(broker, told) as connection:
        given = accesses.secret_for_rewrap(broker, found.person, row["suite"])
        _restore(broker, connection, row, lost, given)
        connection.execute("UPDATE spare SET asked = NULL WHERE id = ?", (row["id"],))


def _lost(broker: Broker, person: str) -> list[Row]:
    """The pairs that the broker can not open. Raises Refusal where it opens all of them."""
    lost = _closed(broker, person)
    if not lost:
        detail = (
            "Su bóveda se abre sin llaves de repuesto. No se usó ninguna; guárdelas para cuando hagan falta."
        )
        raise Refusal("not_lost", detail)
    return lost


def _closed(broker: Broker, person: str) -> list[Row]:
    rows = broker.store.all("SELECT * FROM keypair WHERE subject = ?", person)
    return [row for row in rows if not losses.opens(broker, row)]


def _tried(attempt: Callable[[], bytes | None]) -> bytes | None:
    try:
        return attempt()
    except CannotOpen:
        return None


def _read(secret: str) -> bytes:
    try:
        return to_bytes(secret)
    except ValueError as error:
        raise _wrong() from error


def _of_secret(broker: Broker, person: str, kind: str, secret: bytes) -> Row:
    """The person's spare whose public half this secret has. Raises Refusal."""
    public = _tried(lambda: suites.public_half(suites.DEFAULT, secret))
    sql = "SELECT * FROM spare WHERE subject = ? AND kind = ? AND public = ?"
    row = broker.store.one(sql, person, kind, public) if public else None
    if row is None:
        raise _wrong()
    return row


def _restore(broker: Broker, connection: Connection, row: Row, lost: list[Row], secret: bytes) -> None:
    """Wrap each lost secret under the current master key, once it is known to belong to its public half."""
    found = 0
    for pair in lost:
        plain = _tried(lambda pair=pair: spare_rows.opened(connection, row, pair["suite"], secret))  # type: ignore[misc]
        if plain is None and not pair["current"]:
            continue  # an old pair that re-keying had not destroyed yet when the spare was made
        if plain is None or suites.public_half(pair["suite"], plain) != pair["public"]:
            raise Refusal("spare_damaged", _DAMAGED, status=409)
        kek, wrap = broker.keys.wrap(plain, accesses.wrap_about(pair["subject"], pair["suite"]))
        told = (wrap, kek, pair["subject"], pair["suite"])
        connection.execute("UPDATE keypair SET wrap = ?, kek = ? WHERE subject = ? AND suite = ?", told)
        found += 1
    if not found:
        raise Refusal("spare_damaged", _DAMAGED, status=409)


def _event(kind: str, person: str, now: datetime, detail: str) -> Access:
    return Access(kind, now.isoformat(), person, detail=detail)


def _nobody() -> Refusal:
    return NotFound("nobody_asks", "Nadie le pide esa ayuda ahora. Hable con quien se la pidió.")


def _wrong() -> Refusal:
    return Refusal("bad_spare", _WRONG, status=403)
