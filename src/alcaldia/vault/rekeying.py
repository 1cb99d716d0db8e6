"""One command renews every key: the master key around all secrets, and on request each person's own pair.

It works by batches and may be repeated after an interruption; readers notice nothing, since old wraps
open until the last of them is gone.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.vault import custodian, events, queries
from alcaldia.vault.holders import keep_keys
from alcaldia.vault.models import Holder, RecordVersion
from alcaldia.vault.rules.text64 import to_bytes

BATCH = 200
# bulk_update spends a millisecond a row on the text of its CASE.
_RESEAL = "UPDATE vault_recordversion SET suite = %s, sealed = %s, half = %s WHERE id = %s"


@dataclass
class Done:
    wrapped: int = 0
    migrated: int = 0
    lost: int = 0
    """Persons whose master key is gone: nothing of theirs could be renewed."""


def rekey(
    *,
    suite: str = "",
    by: str,
    channel: str,
    progress: Callable[[float, str], object] = lambda share, doing: None,
) -> Done:
    """Rotate the master key and wrap everything under it, and the broker's seal; with a `suite` also give everybody a new
    pair. `progress` hears the share that is done, from 0 to 1, and of what.
    """
    done, all_of_them = Done(), max(custodian.ask_as_operator("counts")["subjects"], 1)
    custodian.ask_as_operator("rotate_kek")
    while left := custodian.ask_as_operator("rewrap", limit=2_000):
        progress(max(0.0, 1 - left / all_of_them), "Llave maestra")
    progress(1.0, "Llave maestra")
    done.lost = custodian.ask_as_operator("losses")["lost"]
    done.wrapped = custodian.ask_as_operator("counts")["subjects"] - done.lost
    if suite:
        behind = ~Q(suite=suite) | ~Q(second_suite__in=("", suite))
        rows = Holder.objects.filter(behind, erased_at=None).order_by("pk")
        due, holders = max(rows.count(), 1), rows.iterator(BATCH)
        while batch := list(islice(holders, BATCH)):
            done.migrated += _migrate(batch, suite)
            progress(min(done.migrated / due, 1.0), "Pares nuevos")
    _certify_anew()
    with transaction.atomic():
        body = {"suite": suite, "wrapped": done.wrapped, "migrated": done.migrated}
        record(Act(events.REKEYED, secrets.token_hex(8).upper(), body), by=by, channel=channel)
    return done


def _certify_anew() -> None:
    """A new seal of the broker, and by it a new certificate for every vault's public key."""
    custodian.ask_as_operator("renew_seal")
    alive = Holder.objects.filter(erased_at=None).order_by("pk").values_list("subject", flat=True).iterator()
    while batch := list(islice(alive, BATCH)):
        keep_keys(custodian.ask_as_operator("certificates", people=batch))
    custodian.ask_as_operator("seal_renewed")


def _migrate(batch: list[Holder], suite: str) -> int:
    """New pairs for some holders: the data keys of their versions are sealed again, no field is touched."""
    rows = _rows(batch)
    asked = [
        {
            "subject": one.subject,
            "records": [queries.sealed(row, one.subject, {}).wire() for row in rows[one.pk]],
        }
        for one in batch
    ]
    answers = custodian.ask_as_operator("migrate", people=asked, suite=suite)
    told = [one for one in answers if "certificate" in one]
    there = {one["subject"] for one in told}
    batch = [one for one in batch if one.subject in there]
    resealed = _resealed(batch, rows, told, suite)
    changed = [(row.suite, bytes(row.sealed), bytes(row.half), row.pk) for row in resealed]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.executemany(_RESEAL, changed)
        keep_keys([one["certificate"] for one in told])
    custodian.ask_as_operator("retire_pairs", subjects_done=[one.subject for one in batch])
    return len(batch)


def _rows(batch: list[Holder]) -> dict[int, list[RecordVersion]]:
    found: dict[int, list[RecordVersion]] = {one.pk: [] for one in batch}
    for row in RecordVersion.objects.filter(holder__in=batch).order_by("pk"):
        found[row.holder_id].append(row)
    return found


def _resealed(
    batch: list[Holder], rows: dict[int, list[RecordVersion]], told: list[dict[str, Any]], suite: str
) -> Iterator[RecordVersion]:
    for one, answer in zip(batch, told, strict=True):
        for row, text, half in zip(rows[one.pk], answer["sealed"], answer["halves"], strict=True):
            row.suite, row.sealed = suite, to_bytes(text)
            row.half = to_bytes(half) if half else row.half
            yield row
