"""SQL that is written once a process: Django takes longer to write a statement than a database to answer it.

Measured on a row by its name with its municipality: 0.67 ms of processor through a QuerySet, 0.13 through `Prepared`.
For what is on the road of every request; anywhere else a QuerySet and a plain model read better.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.query import QuerySet, get_related_populators

M = TypeVar("M", bound=models.Model)
_populators: Any = get_related_populators  # django-stubs describes a later Django, here and in `_do_update`
_MARKS: Mapping[type, Callable[[int], Any]] = {
    str: lambda at: f"\x01value {at}",
    # Within 32 bits: Django answers a number that its column cannot hold without asking the database.
    int: lambda at: 2_000_000_011 + at,
}


class Prepared(Generic[M]):
    """The rows of one query of which the values alone change.

    `make` gives the QuerySet for its values, each compared as it is and nothing else; `kinds` are their types (str, int).
    Whatever else it says (order, limit, select_related, lock) is as in Django. Every call makes fresh instances.
    """

    def __init__(self, make: Callable[..., QuerySet[M]], *kinds: type) -> None:
        self._make, self._marks = make, [_MARKS[kind](at) for at, kind in enumerate(kinds)]

    def __call__(self, *values: str | int) -> list[M]:
        """Every row, in the query's order."""
        given, written = dict(zip(self._marks, values, strict=True)), self._written
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(written.sql, tuple(given.get(one, one) for one in written.params))
            rows = cursor.fetchall()
        return [written.read(list(row), connection) for row in rows]

    def first(self, *values: str | int) -> M | None:
        """The first row, None where there is none; the query should ask for no more than one."""
        return next(iter(self(*values)), None)

    @cached_property
    def _written(self) -> "_Written":
        compiler = self._make(*self._marks).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        if not set(self._marks) <= set(params):
            raise TypeError("a value of this query does not reach its SQL as it is")
        converters = compiler.get_converters([one[0] for one in compiler.select[: compiler.col_count]])
        klass: Any = compiler.klass_info
        own = slice(klass["select_fields"][0], klass["select_fields"][-1] + 1)
        names = [one[0].target.attname for one in compiler.select[own]]  # type: ignore[union-attr]
        related = _populators(klass, compiler.select, DEFAULT_DB_ALIAS)
        return _Written(sql, tuple(params), list(converters.items()), klass["model"], own, names, related)


@dataclass(frozen=True)
class _Written:
    """A query's SQL and how Django reads its rows (django.db.models.query.ModelIterable)."""

    sql: str
    params: tuple[Any, ...]
    converters: list[Any]
    model: Any
    own: slice
    names: list[str]
    related: list[Any]

    def read(self, row: list[Any], connection: Any) -> Any:
        for at, (converters, column) in self.converters:
            for converter in converters:
                row[at] = converter(row[at], column, connection)
        made = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.own])
        for one in self.related:
            one.populate(row, made)
        return made


_WRITTEN: dict[tuple[Any, ...], str] = {}


class SavedOften(models.Model):
    """A row that nearly every case writes: its INSERT and its UPDATE are written once for each set of columns.

    Measured: 0.28 ms of processor a save through Django, 0.15 through here. What Django computes in the database (an
    F, a Case, an annotation) goes Django's way.
    """

    class Meta:
        abstract = True

    def _do_insert(
        self, manager: Any, using: str, fields: Sequence[Any], returning_fields: Sequence[Any], raw: bool
    ) -> list[Any]:
        given = [getattr(self, one.attname) if raw else one.pre_save(self, True) for one in fields]
        if _computed(given):
            found: list[Any] = super()._do_insert(manager, using, fields, returning_fields, raw)  # type: ignore[misc]
            return found
        connection: Any = connections[using]
        params = tuple(
            one.get_db_prep_save(value, connection) for one, value in zip(fields, given, strict=True)
        )
        places = tuple(_place(one, value, connection) for one, value in zip(fields, given, strict=True))
        key = ("insert", type(self), connection.vendor, places, *(one.column for one in fields))
        if key not in _WRITTEN:
            _WRITTEN[key] = _insert(self._meta, fields, places, returning_fields, connection)
        with connection.cursor() as cursor:
            cursor.execute(_WRITTEN[key], params)
            return [cursor.fetchone()] if returning_fields else []

    def _do_update(  # type: ignore[override]
        self,
        base_qs: Any,
        using: str,
        pk_val: Any,
        values: Sequence[Any],
        update_fields: Any,
        forced_update: bool,
    ) -> bool:
        if not values or self._meta.select_on_save or _computed([value for _, _, value in values]):
            return bool(super()._do_update(base_qs, using, pk_val, values, update_fields, forced_update))  # type: ignore[call-arg]
        connection: Any = connections[using]
        params = [field.get_db_prep_save(value, connection) for field, _, value in values]
        places = tuple(_place(field, value, connection) for field, _, value in values)
        key = ("update", type(self), connection.vendor, places, *(field.column for field, _, _ in values))
        if key not in _WRITTEN:
            _WRITTEN[key] = _update(self._meta, [field for field, _, _ in values], places, connection)
        with connection.cursor() as cursor:
            cursor.execute(_WRITTEN[key], (*params, pk_val))
            return bool(cursor.rowcount > 0)


Inserts = tuple[type[models.Model], Sequence[Sequence[Any]]]
AT_ONCE = 50
"""Rows of one INSERT; each number of rows is a statement of its own. More go as the engine takes many."""


def insert_all(model: type[models.Model], rows: Sequence[Sequence[Any]]) -> None:
    """New rows, as values in the order of the model's columns, which the engine takes as they are (a moment by `ops.adapt_datetimefield_value`).

    Few are one INSERT, written once for each number of rows. Many are a COPY on PostgreSQL, and on SQLite one
    statement run for each row: there the driver read 50 rows' marks anew for every statement, at 15 µs a row.
    """
    if len(rows) <= AT_ONCE:
        _insert_some(model, rows)
    elif connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        _copy(model, rows)
    else:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.executemany(_insert_of(model, 1), rows)


def write_together(
    inserts: Sequence[Inserts], model: type[models.Model], pk: int, changes: Mapping[str, Any]
) -> None:
    """New rows of several tables and the `changes` of one row more; on PostgreSQL one statement where the rows are few.

    Each statement is a round trip to a server: an act, its nodes and the log's head in three took a third of the
    time of a transaction.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    values: tuple[Any, ...] = (*changes.values(), pk)
    if connection.vendor == "postgresql" and sum(len(rows) for _, rows in inserts) <= AT_ONCE:
        sql = _as_one(tuple((one, len(rows)) for one, rows in inserts), model, tuple(changes))
        values = (*chain.from_iterable(chain.from_iterable(rows) for _, rows in inserts), *values)
    else:
        for one, rows in inserts:
            insert_all(one, rows)
        sql = _update_of(model, tuple(changes))
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@cache
def _as_one(
    inserts: tuple[tuple[type[models.Model], int], ...], model: type[models.Model], names: tuple[str, ...]
) -> str:
    """PostgreSQL's alone. Of so few rows there are some dozens of these."""
    parts = ", ".join(f"w{at} AS ({_insert_of(one, rows)})" for at, (one, rows) in enumerate(inserts))
    return f"WITH {parts} {_update_of(model, names)}"


def _insert_some(model: type[models.Model], rows: Sequence[Sequence[Any]]) -> None:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_insert_of(model, len(rows)), tuple(chain.from_iterable(rows)))


def _insert_of(model: type[models.Model], rows: int) -> str:
    meta: Any = model._meta  # noqa: SLF001 - Django documents it, its name notwithstanding
    connection: Any = connections[DEFAULT_DB_ALIAS]
    key = ("insert", model, connection.vendor, rows)
    if key not in _WRITTEN:
        fields = meta.concrete_fields
        places = tuple(_place(one, b"", connection) for one in fields)
        _WRITTEN[key] = _insert(meta, fields, places, (), connection, rows)
    return _WRITTEN[key]


def _update_of(model: type[models.Model], names: tuple[str, ...]) -> str:
    meta: Any = model._meta  # noqa: SLF001 - as above
    connection: Any = connections[DEFAULT_DB_ALIAS]
    key = ("update", model, connection.vendor, names)
    if key not in _WRITTEN:
        fields = [meta.get_field(name) for name in names]
        _WRITTEN[key] = _update(meta, fields, [_place(one, b"", connection) for one in fields], connection)
    return _WRITTEN[key]


def _copy(model: type[models.Model], rows: Sequence[Sequence[Any]]) -> None:
    meta: Any = model._meta  # noqa: SLF001 - as above
    connection: Any = connections[DEFAULT_DB_ALIAS]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(one.column) for one in meta.concrete_fields)
    # Binary, or every byte of leaf and hash is two letters on the way: a quarter of the time.
    sql = f"COPY {quoted(meta.db_table)} ({columns}) FROM STDIN (FORMAT BINARY)"
    types = [one.db_type(connection).partition("(")[0] for one in meta.concrete_fields]
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(sql) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _computed(values: Sequence[Any]) -> bool:
    return any(hasattr(value, "resolve_expression") or hasattr(value, "as_sql") for value in values)


def _place(field: Any, value: Any, connection: Any) -> str:
    """Where a value goes: bytes have a placeholder of their own on PostgreSQL."""
    made = getattr(field, "get_placeholder", None)
    return str(made(value, None, connection)) if made else "%s"


def _insert(
    meta: Any,
    fields: Sequence[Any],
    places: Sequence[str],
    returning: Sequence[Any],
    connection: Any,
    rows: int = 1,
) -> str:
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(one.column) for one in fields)
    back, _ = connection.ops.return_insert_columns(returning) if returning else ("", ())
    values = ", ".join([f"({', '.join(places)})"] * rows)
    return f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES {values} {back}"  # noqa: S608 - names of ours


def _update(meta: Any, fields: Sequence[Any], places: Sequence[str], connection: Any) -> str:
    quoted = connection.ops.quote_name
    pairs = ", ".join(f"{quoted(one.column)} = {place}" for one, place in zip(fields, places, strict=True))
    return f"UPDATE {quoted(meta.db_table)} SET {pairs} WHERE {quoted(meta.pk.column)} = %s"  # noqa: S608 - names of ours
