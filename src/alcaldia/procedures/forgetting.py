"""Carrying out what a definition says of its data in the end: files first, then everything else in one transaction.

A process that dies between the two has destroyed files that were due; the next round does the rest. Doing it twice
changes nothing more.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from alcaldia.procedures import definitions, engine, filestore, protected
from alcaldia.procedures.engine import Held
from alcaldia.procedures.models import Attachment
from alcaldia.procedures.rules import retention
from alcaldia.procedures.rules.retention import Plan
from alcaldia.vault import actions as vault
from alcaldia.vault import queries as held_by
from alcaldia.vault.rules.catalogue import CASE, in_case

WORDS = "Destruido al terminar su plazo"


def carry_out(folio: str, *, on: date, by: str, channel: str) -> bool:
    """Destroy what is due of a case on that day; False where nothing is."""
    with transaction.atomic():
        held = engine.hold(folio)
        if held.row.keep_until is None or on <= held.row.keep_until:
            return False
        plan = retention.plan(definitions.pinned(held.row.definition))
        facts: dict[str, Any] = {
            "deleted": sorted(set(plan.delete) & set(held.row.protected)), "anonymised": sorted(plan.anonymise),
            "files": _files(held, plan), "digests": _sealed(held, plan, by=by, channel=channel),
        }  # fmt: skip
        _row(held, plan)
        engine.append(held, "data_destroyed", facts, by=by, channel=channel, on=on)
    return True


def _files(held: Held, plan: Plan) -> int:
    """The bytes go before the commit: once they are due no undone transaction may leave them behind."""
    rows = list(_attached(held, plan))
    for one in rows:
        filestore.path_of(one.public_id).unlink(missing_ok=True)
    filestore.drop(rows)
    return len(rows)


def _attached(held: Held, plan: Plan) -> Iterable[Attachment]:
    rows = held.row.attachments.order_by("pk")
    return rows if plan.cut else rows.filter(field__in=plan.delete)


def _sealed(held: Held, plan: Plan, *, by: str, channel: str) -> list[str]:
    row = held.row
    if not row.person:
        return []
    items = [protected.item_of(row.folio, name) for name in plan.delete]
    if plan.cut:
        items = [one for one in held_by.items(row.person, CASE) if in_case(one, row.folio)]
    words = f"{WORDS} ({timezone.localdate():%d/%m/%Y})"
    return vault.destroy(person=row.person, group=CASE, items=items, words=words, by=by, channel=channel)


def _row(held: Held, plan: Plan) -> None:
    """The case's own copies; where it is cut from its person, every link."""
    row = held.row
    gone = {*plan.delete, *(row.protected if plan.cut else ())}
    row.answers = {name: value for name, value in row.answers.items() if name not in gone}
    row.protected = [name for name in row.protected if name not in gone]
    fields = ["answers", "protected"]
    if plan.cut:
        row.person, row.account, row.code_hash, row.contact = "", "", "", b""
        fields += ["person", "account", "code_hash", "contact"]
    row.save(update_fields=fields)
