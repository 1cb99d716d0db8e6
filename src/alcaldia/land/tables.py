"""Bulk writing of version rows: one statement per table, the same on both engines."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from alcaldia.land.models import (
    ActivityRow,
    CrosswalkRow,
    Feature,
    LandValueRow,
    NormRow,
    Parcel,
    UseCellRow,
)

TABLES: tuple[type[Model], ...] = (
    Parcel,
    Feature,
    NormRow,
    ActivityRow,
    UseCellRow,
    CrosswalkRow,
    LandValueRow,
)
BOXED: tuple[type[Model], ...] = (Parcel, Feature)
BATCH = 2000


def insert(rows: Sequence[Model], version_id: int) -> None:
    """Write unsaved rows (all of one model) as rows of the version; the caller holds the transaction."""
    if not rows:
        return
    model = type(rows[0])
    fields = _columns(model)
    names = ", ".join(connection.ops.quote_name(str(f.column)) for f in fields)
    sql = f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608, SLF001
    for row in rows:
        row.version_id = version_id  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        for batch in _batches(rows):
            cursor.executemany(sql, [_values(row, fields) for row in batch])


def copy(from_version: int, to_version: int) -> int:
    """Copy every row of one version into another; returns how many of its main rows there are."""
    copied = 0
    with connection.cursor() as cursor:
        for model in TABLES:
            fields = [f for f in _columns(model) if f.name != "version"]
            names = ", ".join(connection.ops.quote_name(str(f.column)) for f in fields)
            table = model._meta.db_table  # noqa: SLF001
            cursor.execute(
                f"INSERT INTO {table} (version_id, {names}) SELECT %s, {names} FROM {table} "  # noqa: S608
                "WHERE version_id = %s ORDER BY id",
                (to_version, from_version),
            )
            copied += max(cursor.rowcount, 0)
    return copied


def _columns(model: type[Model]) -> list[Field[Any, Any]]:
    return [f for f in model._meta.concrete_fields if not f.primary_key]  # noqa: SLF001


def _values(row: Model, fields: list[Field[Any, Any]]) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


def _batches(rows: Iterable[Model]) -> Iterator[list[Model]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch
