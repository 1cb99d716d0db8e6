"""One command renews every key: the master key around all secrets, and on request each person's own pair.

It works by batches; readers notice nothing, since old wraps open until the last of them is gone. Interrupted, it goes
on with whom it had not reached; ordered again after it ended, it renews everybody again (`operator.begin_pairs`).
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.vault import custodian, events, queries
from alcaldia.vault.holders import keep_keys
from alcaldia.vault.models import Holder, RecordVersion
from alcaldia.vault.rules import suites
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
    pairs: bool = False,
    by: str,
    channel: str,
    progress: Callable[[float, str], object] = lambda share, doing: None,
) -> Done:
    """Rotate the master key and wrap everything under it, and the broker's seal; with `pairs` also give everybody, officials
    too, a new pair of the suite that theirs has, or of `suite`. `progress` hears the share that is done, from 0 to 1, and of what.
    """
    done, all_of_them = Done(), max(custodian.ask_as_operator("counts")["subjects"], 1)
    custodian.ask_as_operator("rotate_kek")
    while left := custodian.ask_as_operator("rewrap", limit=2_000):
        progress(max(0.0, 1 - left / all_of_them), "Llave maestra")
    progress(1.0, "Llave maestra")
    done.lost = custodian.ask_as_operator("losses")["lost"]
    done.wrapped = custodian.ask_as_operator("counts")["subjects"] - done.lost
    if suite or pairs:
        done.migrated = _renew_pairs(suite, progress)
    _certify_anew()
    with transaction.atomic():
        body = {"suite": suite, "wrapped": done.wrapped, "migrated": done.migrated}
        record(Act(events.REKEYED, secrets.token_hex(8).upper(), body), by=by, channel=channel)
    return done


def _renew_pairs(suite: str, progress: Callable[[float, str], object]) -> int:
    """A pair of this order's generation for everybody who has none of it yet; how many got one."""
    generation, migrated = custodian.ask_as_operator("begin_pairs"), 0
    whole = [(kind, suites.pair_name(suite or kind, generation)) for kind in suites.SUITES]
    due = max(sum(_behind(*one).count() for one in whole), 1)
    for kind, pair in whole:
        holders = _behind(kind, pair).iterator(BATCH)
        while batch := list(islice(holders, BATCH)):
            migrated += _migrate(batch, pair)
            progress(min(migrated / due, 1.0), "Pares nuevos")
    while custodian.ask_as_operator("renew_officials", suite=suite):
        progress(1.0, "Pares de funcionarios")
    custodian.ask_as_operator("pairs_done")
    return migrated


def _behind(kind: str, pair: str) -> QuerySet[Holder]:
    """Whose pair is of this suite and not, or not also at the second broker, the one of that name."""
    of_kind = Q(suite=kind) | Q(suite__startswith=f"{kind}~")
    behind = ~Q(suite=pair) | ~Q(second_suite__in=("", pair))
    return Holder.objects.filter(of_kind, behind, erased_at=None).order_by("pk")


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
