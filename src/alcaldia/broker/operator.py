"""What only the operator of the machine may ask: these doors are on a socket of their own."""

from typing import Any

from alcaldia.broker import (
    accesses,
    adopting,
    assisted,
    enrolling,
    identifiers,
    losses,
    onetime,
    second,
    spare_rows,
    subjects,
)
from alcaldia.broker.core import Broker
from alcaldia.broker.store import set_meta
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.vault.rules import sealing, suites
from alcaldia.vault.rules.text64 import to_bytes, to_text

BATCH = 500


def invite(
    broker: Broker,
    *,
    name: str,
    office: str = "",
    role: str = "",
    subject: str = "",
    code: str = "",
    days: int = 1,
) -> str:
    """A code with which an official enrols a first key; `code` may come from outside.

    Their offices are told by `offices.give`; the `office` of an invitation is for somebody who has no account elsewhere.
    Raises Refusal for a `subject` who has a key.
    """
    if subject:
        enrolling.check_without_keys(broker, subject)
    words = {"office": office, "role": role, "name": name, "subject": subject}
    if not code:
        return onetime.make(broker, "invitation", days=days, **words)
    until = _until(broker, days)
    onetime.keep(broker, code, "invitation", until, **words)
    return code


def expect(broker: Broker, *, subject: str, code: str, days: int = 90) -> None:
    """A code with which a person enrols a first key; whoever has no vault yet gets one."""
    if not broker.store.one("SELECT 1 FROM subject WHERE subject = ?", subject):
        with broker.store.transaction() as connection:
            subjects.create(broker, connection, subject)
    onetime.keep(broker, code, "activation", _until(broker, days), subject=subject)


def _until(broker: Broker, days: int) -> str:
    from datetime import timedelta

    return (broker.now() + timedelta(days=days)).isoformat()


def activation(
    broker: Broker, *, kind: str, value: str, use: str = "activation", days: int = 90
) -> dict[str, str]:
    """A code for the person of an identifier, to be printed on what is delivered to them (`use`: activation, assist).

    Raises Refusal for one that would be of no use: a second broker takes no code for counters that the city made.
    """
    if use == "assist" and broker.guardian is not None:
        raise Refusal("code_of_one", assisted.CODE_OF_ONE, status=403)
    row = broker.store.one(
        "SELECT subject FROM identifier WHERE mark = ?", identifiers.mark(broker, kind, value)
    )
    if row is None:
        raise NotFound("identifier_unknown", "Nadie tiene esa clave en la bóveda. Cargue antes sus cuentas.")
    return {
        "subject": row["subject"],
        "code": onetime.make(broker, use, days=days, subject=row["subject"]),
    }


def activations(broker: Broker, *, kind: str, values: list[str], days: int) -> list[dict[str, str]]:
    """An activation code for each identifier, in that order, all with one flush; {"told": "unknown"} where nobody has it
    and {"told": "has_keys"} where its person needs none. Raises Refusal for other than 1 to 365 days.
    """
    if not 1 <= days <= 365:
        raise Refusal("bad_days", "Un código de recibo sirve de 1 a 365 días. Indique --days en ese rango.")
    with broker.store.transaction():
        return [_activation(broker, identifiers.mark(broker, kind, value), days) for value in values]


def _activation(broker: Broker, mark: str, days: int) -> dict[str, str]:
    row = broker.store.one("SELECT subject FROM identifier WHERE mark = ?", mark)
    if row is None:
        return {"told": "unknown"}
    if subjects.has_keys(broker, row["subject"]):
        return {"told": "has_keys"}
    return {"code": onetime.make(broker, "activation", days=days, subject=row["subject"])}


_GENERATION, _UNDER_WAY = "pairs_generation", "pairs_under_way"


def rotate_kek(broker: Broker) -> str:
    """A new key-encryption key; `rewrap` moves everything to it."""
    return broker.keys.rotate()


def rewrap(broker: Broker, *, limit: int = BATCH) -> int:
    """Wrap the next secrets under the current KEK; returns how many are left (0: all done).

    What a lost key wrapped stays as it is, for spare keys or for the key found again (`losses.counts`).
    """
    current = broker.keys.current()
    old = (kek for kek in losses.named(broker) if kek != current and losses.works(broker, kek))
    before = next(old, None)
    if before is None:
        return 0
    rows = broker.store.all("SELECT * FROM keypair WHERE kek = ? LIMIT ?", before, limit)
    changed = []
    for row in rows:
        about = accesses.wrap_about(row["subject"], row["suite"])
        kek, wrap = broker.keys.wrap(broker.keys.unwrap(row["kek"], row["wrap"], about), about)
        changed.append((wrap, kek, row["subject"], row["suite"]))
    with broker.store.transaction() as connection:
        connection.executemany(
            "UPDATE keypair SET wrap = ?, kek = ? WHERE subject = ? AND suite = ?", changed
        )
    left = broker.store.all("SELECT count(*) AS n FROM keypair WHERE kek = ?", before)[0]["n"]
    if not left:
        broker.keys.retire(before)
    return int(left)


def migrate(broker: Broker, *, people: list[dict[str, Any]], suite: str) -> list[dict[str, Any]]:
    """New key pairs of that name (`suites.pair_name`) for some people, and their records' data keys sealed to them.

    Each is {"subject", "records"}; the answer {"subject", "certificate", "sealed": [text, …], "halves": [text, …]} in
    that order, "" for a record whose key is not split. No field is opened: only the wraps of data keys change. Repeating it
    is harmless. Whose master key is gone is passed over: {"subject", "lost": True}. All of them are on the disk with one
    flush: of 3 ms a person, 2 went into two flushes each.
    """
    if not suites.known(suite):
        raise Refusal("unknown_suite", f"No hay un juego de algoritmos «{suite}».")
    with broker.store.transaction():
        return [_migrated(broker, one["subject"], one["records"], suite) for one in people]


def _migrated(broker: Broker, subject: str, records: list[dict[str, Any]], suite: str) -> dict[str, Any]:
    if losses.is_lost(broker, subject):
        return {"subject": subject, "lost": True}
    # The second broker first: where it does not allow it, nothing has changed here.
    halves = second.renewed(broker, subject, suite, records)
    subjects.renew_pair(broker, subject, suite)
    certificate, splits = subjects.certificate(broker, subject), adopting.splits(broker, subject)
    sealed = []
    for place, told in enumerate(records):
        wrap, half = _rewrapped(broker, sealing.read_record(told), suite, certificate, splits=splits)
        sealed.append(to_text(wrap))
        halves[place] = to_text(half) or halves[place]
    return {"subject": subject, "certificate": certificate, "sealed": sealed, "halves": halves}


def _rewrapped(
    broker: Broker, record: sealing.Record, suite: str, certificate: dict[str, Any], *, splits: bool
) -> tuple[bytes, bytes]:
    """The data key for the new pair; also its other half (else b"") where it was whole and custody is split."""
    secret, public = (
        accesses.secret_for_rewrap(broker, record.person, record.suite),
        to_bytes(certificate["public"]),
    )
    if not splits or record.half:
        return sealing.resealed(record, secret, suite=suite, public=public), b""
    second = certificate["other"]["suite"], to_bytes(certificate["other"]["public"])
    return sealing.halved(record, secret, suite=suite, public=public, second=second)


def begin_pairs(broker: Broker) -> int:
    """The generation of the pairs that an ordered renewal makes: the same again until `pairs_done`, so that it may be resumed."""
    generation = int(broker.store.meta(_GENERATION) or 0)
    if broker.store.meta(_UNDER_WAY) == "1":
        return generation
    with broker.store.transaction() as connection:
        set_meta(connection, _GENERATION, str(generation + 1))
        set_meta(connection, _UNDER_WAY, "1")
    return generation + 1


def renew_officials(broker: Broker, *, suite: str = "", limit: int = BATCH) -> int:
    """A pair of this order's generation for the next officials and kiosks, of `suite` or of what theirs has; returns how many are left.

    Nothing but their own accesses is sealed to them, so no vault waits for it. Whose master key is gone is passed over.
    """
    generation = int(broker.store.meta(_GENERATION) or 0)
    rows = broker.store.all(
        "SELECT subject, suite FROM keypair WHERE current AND subject NOT LIKE 'p\\_%' ESCAPE '\\'"
    )
    wanted = {
        row["subject"]: suites.pair_name(suite or suites.read_name(row["suite"])[0], generation)
        for row in rows
    }
    behind = [row["subject"] for row in rows if row["suite"] != wanted[row["subject"]]]
    behind = [one for one in behind if not losses.is_lost(broker, one)]
    with broker.store.transaction():
        for one in behind[:limit]:
            subjects.renew_pair(broker, one, wanted[one])
        retire_pairs(broker, subjects_done=behind[:limit])
    return max(len(behind) - limit, 0)


def pairs_done(broker: Broker) -> None:
    """Everybody has a pair of that generation: the next order is a new one."""
    with broker.store.transaction() as connection:
        set_meta(connection, _UNDER_WAY, "")


def retire_pairs(broker: Broker, *, subjects_done: list[str]) -> None:
    """Destroy the old pairs of people whose records all follow the current one."""
    with broker.store.transaction() as connection:
        connection.executemany(
            "DELETE FROM keypair WHERE subject = ? AND NOT current", [(one,) for one in subjects_done]
        )
        for one in subjects_done:
            spare_rows.retire(connection, one)


def certificates(broker: Broker, *, people: list[str]) -> list[dict[str, Any]]:
    """The certificates of those of these subjects who have a vault here, by the seal in force."""
    known = "SELECT 1 FROM keypair WHERE subject = ? AND current"
    return [subjects.certificate(broker, one) for one in people if broker.store.one(known, one)]


def counts(broker: Broker) -> dict[str, int]:
    """How many subjects, keys, permits and accesses there are."""
    tables = {"subjects": "subject", "passkeys": "passkey", "permits": "permit", "accesses": "access"}
    return {
        name: int(broker.store.all(f"SELECT count(*) AS n FROM {table}")[0]["n"])  # noqa: S608
        for name, table in tables.items()
    }
