"""GeoStore: which published rows have a box that overlaps this box? The rest is shapely, once.

The only engine-specific code of the program. Both engines answer a superset (the R*Tree keeps
32-bit floats rounded outwards); callers always re-check with the exact geometry.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from django.db import connection

Table = Literal["land_parcel", "land_feature"]
Box = tuple[float, float, float, float]
"""minx, miny, maxx, maxy in WGS84 degrees."""

# A zone edge 10 km long is straight in metres and up to 2 m away from its chord in degrees.
EDGE_SAG_DEGREES = 5e-5

# Both shapes of query make the planner start from the box index, whatever its statistics say:
# starting from version_id costs a scan of the city (57 ms instead of 0.05 ms at 30,000 parcels).
_FOUND = {
    "sqlite": "FROM {t}_box b CROSS JOIN {t} t ON t.id = b.id "
    "WHERE b.minx <= %s AND b.maxx >= %s AND b.miny <= %s AND b.maxy >= %s",
    "postgresql": "FROM {t} t "
    "WHERE t.id = ANY(ARRAY(SELECT id FROM {t}_box WHERE bb && box(point(%s, %s), point(%s, %s))))",
}
_INDEX_ROWS = {
    "sqlite": "INSERT INTO {t}_box (id, minx, maxx, miny, maxy) SELECT id, minx, maxx, miny, maxy FROM {t} "
    "WHERE version_id = %s AND metric IS NOT NULL",
    "postgresql": "INSERT INTO {t}_box (id, bb) SELECT id, box(point(minx, miny), point(maxx, maxy)) FROM {t} "
    "WHERE version_id = %s AND metric IS NOT NULL",
}


def candidates(
    table: Table, box: Box, columns: Sequence[str], versions: Iterable[int]
) -> list[tuple[Any, ...]]:
    """Rows of the published `versions` whose box overlaps `box`, as tuples of `columns`, by id.

    `versions` may name superseded versions too (replay): those are not in the box index and are
    found by their version column instead.
    """
    wanted = sorted(set(versions))
    if not wanted:
        return []
    minx, miny, maxx, maxy = box
    vendor = connection.vendor
    bounds = (maxx, minx, maxy, miny) if vendor == "sqlite" else (minx, miny, maxx, maxy)
    sql = (
        f"SELECT {', '.join('t.' + c for c in columns)} {_FOUND[vendor].format(t=table)} "
        f"AND +t.version_id IN ({', '.join(['%s'] * len(wanted))}) ORDER BY t.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, (*bounds, *wanted))
        return cursor.fetchall()


def scan(table: Table, box: Box, columns: Sequence[str], versions: Iterable[int]) -> list[tuple[Any, ...]]:
    """The same answer without the box index: for superseded versions, in time linear in their rows."""
    wanted = sorted(set(versions))
    if not wanted:
        return []
    minx, miny, maxx, maxy = box
    sql = (
        f"SELECT {', '.join('t.' + c for c in columns)} FROM {table} t "  # noqa: S608
        f"WHERE t.version_id IN ({', '.join(['%s'] * len(wanted))}) "
        "AND t.metric IS NOT NULL AND t.minx <= %s AND t.maxx >= %s AND t.miny <= %s AND t.maxy >= %s ORDER BY t.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, (*wanted, maxx, minx, maxy, miny))
        return cursor.fetchall()


def rows(table: Table, columns: Sequence[str], ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """The rows with these ids, as tuples of `columns`; at most some hundreds at a time."""
    if not ids:
        return []
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table} WHERE id IN ({marks})", tuple(ids))  # noqa: S608
        return cursor.fetchall()


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
