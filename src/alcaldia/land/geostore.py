"""GeoStore: which published rows have a box that overlaps this box? The rest is shapely, once.

The only engine-specific code of the program. Both engines answer a superset (the R*Tree keeps
32-bit floats rounded outwards); callers always re-check with the exact geometry.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, Literal

from django.db import connection

Table = Literal["land_parcel", "land_feature"]
Box = tuple[float, float, float, float]
"""minx, miny, maxx, maxy in WGS84 degrees."""

# A zone edge 10 km long is straight in metres and up to 2 m away from its chord in degrees.
EDGE_SAG_DEGREES = 5e-5

# The planner must start from the box index, whatever its statistics say: starting from version_id
# costs a scan of the city (57 ms instead of 0.05 ms at 30,000 parcels). SQLite's CROSS JOIN fixes the order.
_BOXES = {
    "sqlite": "{t}_box b WHERE b.minx <= %s AND b.maxx >= %s AND b.miny <= %s AND b.maxy >= %s",
    "postgresql": "{t}_box b WHERE b.bb && box(point(%s, %s), point(%s, %s))",
}
_ROWS = {
    "sqlite": "{t}_box b CROSS JOIN {t} t ON t.id = b.id "
    "WHERE b.minx <= %s AND b.maxx >= %s AND b.miny <= %s AND b.maxy >= %s",
    "postgresql": "{t}_box b JOIN {t} t ON t.id = b.id WHERE b.bb && box(point(%s, %s), point(%s, %s))",
}
_INDEX_ROWS = {
    "sqlite": "INSERT INTO {t}_box (id, minx, maxx, miny, maxy, version_id) "
    "SELECT id, minx, maxx, miny, maxy, version_id FROM {t} WHERE version_id = %s AND metric IS NOT NULL",
    "postgresql": "INSERT INTO {t}_box (id, bb, version_id) "
    "SELECT id, box(point(minx, miny), point(maxx, maxy)), version_id FROM {t} "
    "WHERE version_id = %s AND metric IS NOT NULL",
}
# What the box index itself holds; other columns cost a visit to the rows.
INDEXED = ("id", "version_id")


def candidates(
    table: Table, box: Box, columns: Sequence[str], versions: Iterable[int]
) -> list[tuple[Any, ...]]:
    """Rows of the published `versions` whose box overlaps `box`, as tuples of `columns`, by the first of them.

    `versions` may name superseded versions too (replay): those are not in the box index and are
    found by their version column instead.
    """
    wanted = sorted(set(versions))
    if not wanted:
        return []
    minx, miny, maxx, maxy = box
    vendor = connection.vendor
    bounds = (maxx, minx, maxy, miny) if vendor == "sqlite" else (minx, miny, maxx, maxy)
    if tuple(columns) == INDEXED:
        return _indexed(table, bounds, frozenset(wanted))
    among, values = _among("b.version_id", wanted)
    named = ", ".join(("b." if c in INDEXED else "t.") + c for c in columns)
    # Sorted here: asked to sort, PostgreSQL plans the query anew each time (1.1 ms of a point instead of 0.3).
    sql = f"SELECT {named} FROM {_ROWS[vendor].format(t=table)} AND {among}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, (*bounds, *values))
        return sorted(cursor.fetchall(), key=itemgetter(0))


def _indexed(
    table: Table, bounds: tuple[float, float, float, float], wanted: frozenset[int]
) -> list[tuple[Any, ...]]:
    """Ids and versions from the box index alone. The versions are picked here: a condition of 150
    numbers cost more than the search (SQLite 0.5 ms of 0.9, measured)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT b.id, b.version_id FROM {_BOXES[connection.vendor].format(t=table)}", bounds)  # noqa: S608
        return sorted(row for row in cursor.fetchall() if row[1] in wanted)


def scan(table: Table, box: Box, columns: Sequence[str], versions: Iterable[int]) -> list[tuple[Any, ...]]:
    """The same answer without the box index: for superseded versions, in time linear in their rows."""
    wanted = sorted(set(versions))
    if not wanted:
        return []
    minx, miny, maxx, maxy = box
    among, values = _among("t.version_id", wanted)
    sql = (
        f"SELECT {', '.join('t.' + c for c in columns)} FROM {table} t WHERE {among} "  # noqa: S608
        "AND t.metric IS NOT NULL AND t.minx <= %s AND t.maxx >= %s AND t.miny <= %s AND t.maxy >= %s ORDER BY t.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, (*values, maxx, minx, maxy, miny))
        return cursor.fetchall()


def rows(table: Table, columns: Sequence[str], ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """The rows with these ids, as tuples of `columns`; at most some hundreds at a time."""
    if not ids:
        return []
    among, values = _among("id", ids)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table} WHERE {among}", values)  # noqa: S608
        return cursor.fetchall()


def _among(column: str, numbers: Sequence[int]) -> tuple[str, tuple[Any, ...]]:
    """The condition "column is one of these numbers" and its parameters.

    On PostgreSQL one array, so that the text stays the same and its plan is kept from call to call.
    """
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)", (list(numbers),)
    return f"{column} IN ({', '.join(['%s'] * len(numbers))})", tuple(numbers)


def index_version(table: Table, version_id: int) -> None:
    """Make the rows of a version findable; part of publishing it."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEX_ROWS[connection.vendor].format(t=table), (version_id,))


def forget_version(table: Table, version_id: int) -> None:
    """Take a superseded version out of the index; its rows stay for replay."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table}_box WHERE id IN (SELECT id FROM {table} WHERE version_id = %s)",  # noqa: S608
            (version_id,),
        )
