"""The small door of the vault: keep, ask, show, use, revoke, erase. The rest of the program knows no other."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import sentence
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.vault import custodian, events, purposes, queries, sealed, sources
from alcaldia.vault.models import Holder, RecordVersion
from alcaldia.vault.queries import Held
from alcaldia.vault.rules import catalogue, grant, sealing
from alcaldia.vault.rules.grant import Grant, Operation, Send
from alcaldia.vault.rules.provenance import DECLARED, Place, stated
from alcaldia.vault.rules.sealing import Record
from alcaldia.vault.rules.text64 import to_text

BATCH = 500


@dataclass(frozen=True)
class Statement:
    """What is to be kept: `values` by field of one item of one group of one person, from one source.

    `mark` is the broker's keyed hash of an imported row, "" otherwise.
    """

    person: str
    group: str
    values: dict[str, Any]
    item: str = ""
    source: str = DECLARED
    mark: str = ""


def store(statements: Iterable[Statement], *, by: str, channel: str) -> int:
    """Seal and keep new versions; one act in the ledger for all of them. Returns how many.

    Only public keys are needed: whoever stores cannot read. Raises Refusal for a field that the catalogue
    does not know or for a key that the broker did not certify.
    """
    given = list(statements)
    for statement in given:
        _check_fields(statement)
    with transaction.atomic():
        holders = _holders({one.person for one in given})
        numbers = _next_numbers(given)
        made = [_seal(one, holders[one.person], numbers[one.person, one.group, one.item]) for one in given]
        rows = [_row(one, holders[one.person], said.mark) for one, said in zip(made, given, strict=True)]
        RecordVersion.objects.bulk_create(rows, batch_size=BATCH)
        if rows:
            act = Act(events.STORED, secrets.token_hex(8).upper(), {"digests": [row.digest for row in rows]})
            record(act, by=by, channel=channel)
        transaction.on_commit(lambda: tell_heads(made))
    return len(made)


def tell_heads(made: Iterable[Record]) -> None:
    """The broker keeps which version is the newest, so that a row that disappears is missed. Raises Refusal.

    After the commit: told before, a lost transaction would look like a deleted row for ever. What a broken line
    leaves untold, `audit.compare` tells.
    """
    heads = [
        {
            "person": one.person, "group": one.group, "item": one.item, "number": one.number,
            "fields": {name: sealing.field_digest(data) for name, data in one.fields.items()},
        }
        for one in made
    ]  # fmt: skip
    for at in range(0, len(heads), BATCH):
        custodian.ask("kept", heads=heads[at : at + BATCH])


def destroy(
    *, person: str, group: str, items: Iterable[str], words: str, by: str, channel: str, source: str = DECLARED
) -> list[str]:  # fmt: skip
    """Destroy all versions of these items: what their owner finds in each field from now on is `words`, of `source`. In the caller's
    transaction; returns the digests of what is gone. Doing it again destroys nothing more; an erased vault has nothing.

    A newest version stays, so that the broker does not take what the law ended for what a thief took away.
    """
    rows = RecordVersion.objects.filter(
        holder__subject=person, holder__erased_at=None, group=group, item__in=items
    )
    gone = [(row.pk, row.item, row.digest, sorted(row.fields)) for row in rows if row.mark != DESTROYED]
    if not gone:
        return []
    fields: dict[str, dict[str, Any]] = {}
    for _, item, _, names in gone:
        fields.setdefault(item, {}).update(dict.fromkeys(names, words))
    store(
        [Statement(person, group, values, item, source, DESTROYED) for item, values in fields.items()],
        by=by,
        channel=channel,
    )
    RecordVersion.objects.filter(pk__in=[pk for pk, *_ in gone]).delete()
    return [digest for _, _, digest, _ in gone]


DESTROYED = "destroyed"
"""The mark of the version that stays where the others were destroyed."""


def _check_fields(statement: Statement) -> None:
    unknown = [name for name in statement.values if not catalogue.known(f"{statement.group}.{name}")]
    if unknown or not statement.values:
        detail = "La bóveda no tiene un lugar para «%(field)s». Revise el nombre del dato."
        raise Refusal("unknown_field", sentence(detail, field=f"{statement.group}.{''.join(unknown[:1])}"))


def _holders(subjects: set[str]) -> dict[str, Holder]:
    found = {one.subject: one for one in Holder.objects.filter(subject__in=subjects, erased_at=None)}
    for subject in subjects:
        if subject not in found:
            queries.holder(subject)
        held = found[subject]
        custodian.check_certificate(
            {
                "subject": subject, "suite": held.suite, "public": to_text(bytes(held.public_key)),
                "signature": to_text(bytes(held.signature)),
            }
        )  # fmt: skip
        custodian.check_second(_second(held))
    return found


def _second(held: Holder) -> dict[str, str] | None:
    if not held.second_suite:
        return None
    return {
        "subject": held.subject, "suite": held.second_suite, "public": to_text(bytes(held.second_key)),
        "signature": to_text(bytes(held.second_signature)),
    }  # fmt: skip


def _next_numbers(given: list[Statement]) -> dict[tuple[str, str, str], int]:
    people = {one.person for one in given}
    rows = RecordVersion.objects.filter(holder__subject__in=people)
    last = rows.values_list("holder__subject", "group", "item").annotate(Max("number"))
    known = {(subject, group, item): number for subject, group, item, number in last}
    keys = {(one.person, one.group, one.item) for one in given}
    if len(keys) != len(given):
        raise Refusal("twice", "El mismo dato viene dos veces en la misma carga. Quite una de las dos filas.")
    return {key: known.get(key, 0) + 1 for key in keys}


def _seal(statement: Statement, held: Holder, number: int) -> Record:
    key = None if statement.source == DECLARED else sources.signing_key(statement.source)
    today = timezone.localdate().isoformat()
    place = (statement.person, statement.group, statement.item)
    record = Place(*place, "", number)
    values = stated(statement.values, source=statement.source, date=today, record=record, key=key)
    second = (held.second_suite, bytes(held.second_key)) if held.second_suite else None
    return sealing.seal_record(
        *place, number, values, suite=held.suite, public=bytes(held.public_key), second=second
    )


def _row(made: Record, held: Holder, mark: str) -> RecordVersion:
    return RecordVersion(
        holder=held, group=made.group, item=made.item, number=made.number, suite=made.suite, sealed=made.sealed, half=made.half,
        algorithm=made.algorithm, fields={name: to_text(data) for name, data in made.fields.items()},
        digest=made.digest(), mark=mark,
    )  # fmt: skip


def ask(
    *, person: str, fields: Iterable[str], purpose: str, case: str, office: str, mode: str, role: str = "",
    operations: Iterable[Operation] = (), days: int = 1, max_uses: int = 1,
) -> Grant:  # fmt: skip
    """The draft of a grant for the person to sign; nothing is kept. `purpose` is a code of the public catalogue.

    Raises Refusal where it cannot be one.
    """
    purposes.check(purpose)
    start = grant.moment(timezone.now())
    draft = Grant(
        person, office, role, mode, tuple(fields), tuple(operations), purpose, case, start,
        start + timedelta(days=days), max_uses, secrets.token_urlsafe(18),
    )  # fmt: skip
    try:
        grant.read_grant(draft.body())
    except grant.BadGrant as error:
        raise Refusal("bad_grant", "Ese permiso no se puede pedir. Revise qué datos y para qué.") from error
    return draft


def give(send: Send, assertion: dict[str, Any]) -> list[str]:
    """Hand what the person signed to the broker; returns the grants' ids. Raises Refusal."""
    return list(custodian.ask("give", send=send.body(), assertion=assertion))


def show(permit: Grant, fields: Iterable[str], *, token: str) -> list[Held]:
    """The named fields, for the official of this session, under a permit. Raises Refusal; the read is logged."""
    wanted = list(fields)
    sent = queries.records(permit.person, {name.partition(".")[0] for name in wanted})
    told = custodian.ask(
        "show",
        grant=permit.id,
        fields=wanted,
        purpose=permit.purpose,
        case=permit.case,
        token=token,
        records=sent,
    )
    return queries._held(told)  # noqa: SLF001


def use(permit: Grant, operation: Operation, *, token: str) -> bool | None:
    """Yes, no or not known (None), computed by the broker; no value leaves it. Raises Refusal."""
    sent = queries.records(permit.person, {name.partition(".")[0] for name in operation.fields()})
    found = custodian.ask(
        "use", grant=permit.id, operation=operation.body(), purpose=permit.purpose, case=permit.case, token=token,
        records=sent,
    )  # fmt: skip
    return None if found is None else bool(found)


def revoke(grant_id: str, *, token: str) -> None:
    """Withdraw a permit of one's own; it is refused from this moment. Raises Refusal."""
    custodian.ask("revoke_grant", grant=grant_id, token=token)


def revoke_signed(grant_id: str, assertion: dict[str, Any]) -> None:
    """The same by the person's own passkey, whoever holds their session. Raises Refusal."""
    custodian.ask("revoke_signed", grant=grant_id, assertion=assertion)


def draft_erasure(subject: str) -> str:
    """The broker's challenge for it; the person's passkey signs `rules.erasing.erasure` of it. Raises Refusal."""
    return str(custodian.ask("challenge", purpose="erase", subject=subject))


def erase(
    subject: str, *, challenge: str, assertion: dict[str, Any], token: str, by: str, channel: str
) -> None:
    """Destroy a person's vault for ever, as they signed: the broker destroys the keys, then the ciphertexts go too."""
    custodian.ask("erase", challenge=challenge, assertion=assertion, token=token)
    forget(subject, at=timezone.now(), by=by, channel=channel)


def forget(subject: str, *, at: datetime, by: str, channel: str) -> None:
    """Drop the ciphertexts of an erased vault (also after a restore)."""
    with transaction.atomic():
        RecordVersion.objects.filter(holder__subject=subject).delete()
        sealed.forget(subject)
        Holder.objects.filter(subject=subject).update(erased_at=at, public_key=b"", signature=b"")
        record(Act(events.ERASED, secrets.token_hex(8).upper(), {"subject": subject}), by=by, channel=channel)
