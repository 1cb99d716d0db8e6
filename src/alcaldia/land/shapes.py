"""Metric shapes of features, parsed and prepared once per process; features never change, so ids suffice."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import shapely
from django.db import connection
from shapely.geometry.base import BaseGeometry

MAX_VERTICES = 8_000_000
"""About 200 MB of coordinates; the least recently used go first."""


class ShapeCache:
    """Feature id → prepared shapely geometry in the municipality's metric reference system."""

    def __init__(self, max_vertices: int = MAX_VERTICES) -> None:
        self._shapes: OrderedDict[int, tuple[BaseGeometry | None, int]] = OrderedDict()
        self._vertices = 0
        self._max = max_vertices
        self._lock = threading.Lock()

    def get(self, ids: Sequence[int]) -> list[BaseGeometry | None]:
        """The shapes in the order of `ids`; one query for those not yet parsed; None where unusable."""
        missing = [pk for pk in ids if pk not in self._shapes]
        fetched = _fetch(missing) if missing else {}
        with self._lock:
            for pk, shape in fetched.items():
                self._keep(pk, shape)
            return [self._touch(pk, fetched) for pk in ids]

    def _touch(self, pk: int, fetched: dict[int, BaseGeometry | None]) -> BaseGeometry | None:
        if pk in self._shapes:
            self._shapes.move_to_end(pk)
            return self._shapes[pk][0]
        return fetched.get(pk)

    def _keep(self, pk: int, shape: BaseGeometry | None) -> None:
        size = 0 if shape is None else int(shapely.get_num_coordinates(shape))
        self._shapes[pk] = (shape, size)
        self._vertices += size
        while self._vertices > self._max and len(self._shapes) > 1:
            _, (_, gone) = self._shapes.popitem(last=False)
            self._vertices -= gone

    def clear(self) -> None:
        with self._lock:
            self._shapes.clear()
            self._vertices = 0


def _fetch(ids: list[int]) -> dict[int, BaseGeometry | None]:
    found: dict[int, BaseGeometry | None] = {}
    for start in range(0, len(ids), 900):  # SQLite's limit of bound parameters
        part = ids[start : start + 900]
        marks = ", ".join(["%s"] * len(part))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id, metric FROM land_feature WHERE id IN ({marks})", part)  # noqa: S608
            for pk, wkb in cursor.fetchall():
                shape = shapely.from_wkb(bytes(wkb)) if wkb is not None else None
                if shape is not None:
                    shapely.prepare(shape)
                found[pk] = shape
    return found


cache = ShapeCache()
