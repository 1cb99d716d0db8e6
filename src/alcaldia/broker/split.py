"""Split custody, at the second broker, which keeps in other hands the other half of every data key.

It is this same program with its own folder, user and host. It verifies passkeys, sessions of persons and
grants itself, counts uses and logs on its own; of an official's presence it has only the first broker's word.
"""

from typing import Any

from alcaldia.broker import accesses, losses, release, subjects, told
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access, sealing
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.decision import OFFICIAL, PERSON, Presence, Wanted, read_presence
from alcaldia.vault.rules.sealing import Record
from alcaldia.vault.rules.suites import CannotOpen
from alcaldia.vault.rules.text64 import to_text


def hold(broker: Broker, *, subject: str) -> dict[str, str]:
    """The second broker's public key for a person, made on first use."""
    if not broker.store.one("SELECT 1 FROM subject WHERE subject = ?", subject):
        with broker.store.transaction() as connection:
            subjects.create(broker, connection, subject)
    return subjects.certificate(broker, subject)


def halves(
    broker: Broker, *, grant: str, mode: str, fields: list[str], operation: dict[str, Any] | None, purpose: str,
    case: str, presence: dict[str, Any], name: str, token: str, records: list[dict[str, Any]],
) -> list[str]:  # fmt: skip
    """The other halves of these records' keys, under the same table, count and log as at the first broker."""
    asked = told.read_asked(operation) if operation else None
    wanted = Wanted(mode, tuple(fields), purpose, case, asked)
    found = told.read_records(records)
    who = read_presence(presence)
    if who.kind == PERSON:
        who = broker.sessions.who(token, broker.now())
    elif who.kind != OFFICIAL:
        who = Presence()
    groups = {field.partition(".")[0] for field in fields}
    if any(one.group not in groups for one in found):
        raise Refusal("other_field", "El permiso no incluye esos datos.", status=403)
    written, _ = release.release(broker, grant, wanted, (who, name), found)
    return [half_text(broker, written, one) for one in found]


def own_halves(broker: Broker, *, token: str, records: list[dict[str, Any]]) -> list[str]:
    """The same for the person's own eyes, by the session that this broker opened itself."""
    person, found = subjects.person_session(broker, token), told.read_records(records)
    if any(one.person != person for one in found):
        raise Refusal("other_person", "Esos datos son de otra persona.", status=403)
    losses.check(broker, person, {one.suite for one in found})
    names = tuple(sorted({one.group for one in found}))
    [written] = accesses.write(broker, [Access(access.OWN, broker.now().isoformat(), person, fields=names)])
    return [half_text(broker, written, one) for one in found]


def half_text(broker: Broker, written: accesses.Written, record: Record) -> str:
    """The opened half, for the wire. Raises Refusal."""
    try:
        secret = accesses.secret_of(broker, written, record.suite)
        return to_text(sealing.open_half(record, secret))
    except CannotOpen as error:
        detail = "La otra mitad de la llave no se pudo abrir. Avise a quien custodia la segunda llave."
        raise Refusal("cannot_open", detail, status=409) from error
