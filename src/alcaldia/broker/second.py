"""Split custody, at the first broker: what it asks of the second (see `split`)."""

from dataclasses import replace
from typing import Any

from alcaldia.broker.core import Broker
from alcaldia.broker.sessions import Session
from alcaldia.vault.rules import sealing
from alcaldia.vault.rules.decision import Presence, Wanted
from alcaldia.vault.rules.emergency import Order
from alcaldia.vault.rules.grant import USE
from alcaldia.vault.rules.sealing import Record
from alcaldia.vault.rules.text64 import to_bytes, to_text


def challenge(broker: Broker, purpose: str, subject: str | None) -> bytes:
    """A fresh one of the second broker, to stand behind ours: whoever signs both as one answers both brokers."""
    return to_bytes(broker.second().ask("challenge", purpose=purpose, subject=subject))


def enrol(
    broker: Broker, subject: str, mates: tuple[bytes, bytes], credential: dict[str, Any], authority: dict[str, Any]
) -> None:  # fmt: skip
    """The same new passkey, verified again by the second broker on an authority that it knows."""
    broker.second().ask(
        "enrol", subject=subject, challenge=to_text(mates[1]), before=to_text(mates[0]), credential=credential,
        authority=authority,
    )  # fmt: skip


def open_session(broker: Broker, subject: str, mates: tuple[bytes, bytes], assertion: dict[str, Any]) -> str:
    """The second broker's token for the same touch."""
    told = broker.second().ask(
        "open_session", subject=subject, challenge=to_text(mates[1]), before=to_text(mates[0]), assertion=assertion
    )  # fmt: skip
    return str(told)


def erase(broker: Broker, mates: tuple[bytes, bytes], assertion: dict[str, Any], token: str) -> None:
    """The other halves go by the same touch; `token` is the second broker's own."""
    broker.second().ask(
        "erase", challenge=to_text(mates[1]), before=to_text(mates[0]), assertion=assertion, token=token
    )  # fmt: skip


def completed(
    broker: Broker, records: list[Record], grant: str, wanted: Wanted, session: Session | None
) -> list[Record]:
    """The records with their other halves opened, where they have any. Raises Refusal."""
    who = session.who if session else Presence()
    asked = wanted.operation.body() if wanted.mode == USE and wanted.operation else None
    groups = {field.partition(".")[0] for field in wanted.fields}
    chosen = [one for one in records if one.half and one.group in groups]
    given = {
        "grant": grant, "mode": wanted.mode, "fields": list(wanted.fields), "operation": asked,
        "purpose": wanted.purpose, "case": wanted.case, "presence": dict(vars(who)), "name": session.name if session else "",
        "token": session.other if session else "",
    }  # fmt: skip
    return _with_halves(broker, "halves", records, chosen, given)


def completed_own(broker: Broker, records: list[Record], session: Session) -> list[Record]:
    """The same for the person's own eyes."""
    chosen = [one for one in records if one.half]
    return _with_halves(broker, "own_halves", records, chosen, {"token": session.other})


def completed_by_council(
    broker: Broker,
    records: list[Record],
    order: Order,
    signatures: list[dict[str, str]],
    presence: tuple[Presence, str],
) -> list[Record]:
    """The same under an order of the council, which the second broker checks against the one it knows."""
    groups = {field.partition(".")[0] for field in order.fields}
    chosen = [one for one in records if one.half and one.group in groups]
    who, name = presence
    given = {"order": order.body(), "signatures": signatures, "presence": dict(vars(who)), "name": name}
    return _with_halves(broker, "emergency_halves", records, chosen, given)


def renewed(broker: Broker, subject: str, suite: str, records: list[dict[str, Any]]) -> list[str]:
    """The records' other halves sealed to the person's new pair there, "" for one that is not split or is so already."""
    old = [sealing.half_behind(sealing.read_record(one), suite) for one in records]
    if broker.guardian is None or subject[:2] != "p_":
        return ["" for _ in records]
    if not any(old) and broker.second().ask("hold", subject=subject)["suite"] == suite:
        return ["" for _ in records]
    # As in a release: no ciphertext goes there.
    bare = [{**one, "fields": {}, "sealed": ""} for one, asked in zip(records, old, strict=True) if asked]
    told = iter(broker.second().ask("renew_halves", subject=subject, suite=suite, records=bare))
    return [str(next(told)) if asked else "" for asked in old]


def _with_halves(
    broker: Broker, door: str, records: list[Record], chosen: list[Record], given: dict[str, Any]
) -> list[Record]:
    if not chosen:
        return records
    # No ciphertext goes there: the second broker has nothing that its half would open.
    bare = [replace(one, fields={}, sealed=b"", suite=sealing.suite_of_half(one)).wire() for one in chosen]
    told = broker.second().ask(door, records=bare, **given)
    opened = {id(one): to_bytes(text) for one, text in zip(chosen, told, strict=True)}
    return [replace(one, other=opened.get(id(one), b"")) for one in records]
