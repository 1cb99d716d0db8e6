"""Metric shapes of features, parsed and prepared once per thread; features never change, so ids suffice."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import shapely
from django.db import connection
from shapely.geometry.base import BaseGeometry

MAX_VERTICES = 4_000_000
"""About 100 MB of coordinates for each thread; the least recently used go first."""


class ShapeCache:
    """Feature id → prepared shapely geometry in the municipality's metric reference system.

    Each thread keeps its own: GEOS builds the index of a prepared geometry on first use, and two
    threads that do so at once crash the process (a segmentation fault seen under load).
    """

    def __init__(self, max_vertices: int = MAX_VERTICES) -> None:
        self._max = max_vertices
        self._local = threading.local()

    def get(self, ids: Sequence[int]) -> list[BaseGeometry | None]:
        """The shapes in the order of `ids`; one query for those not yet parsed; None where unusable."""
        shapes = self._shapes()
        missing = [pk for pk in ids if pk not in shapes]
        fetched = _fetch(missing) if missing else {}
        found = [self._touch(shapes, pk, fetched) for pk in ids]
        for pk, shape in fetched.items():
            self._keep(shapes, pk, shape)
        return found

    def _shapes(self) -> OrderedDict[int, tuple[BaseGeometry | None, int]]:
        if not hasattr(self._local, "shapes"):
            self.clear()
        shapes: OrderedDict[int, tuple[BaseGeometry | None, int]] = self._local.shapes
        return shapes

    @staticmethod
    def _touch(
        shapes: OrderedDict[int, tuple[BaseGeometry | None, int]],
        pk: int,
        fetched: dict[int, BaseGeometry | None],
    ) -> BaseGeometry | None:
        if pk in shapes:
            shapes.move_to_end(pk)
            return shapes[pk][0]
        return fetched.get(pk)

    def _keep(
        self, shapes: OrderedDict[int, tuple[BaseGeometry | None, int]], pk: int, shape: BaseGeometry | None
    ) -> None:
        size = 0 if shape is None else int(shapely.get_num_coordinates(shape))
        shapes[pk] = (shape, size)
        self._local.vertices += size
        while self._local.vertices > self._max and len(shapes) > 1:
            _, (_, gone) = shapes.popitem(last=False)
            self._local.vertices -= gone

    def clear(self) -> None:
        """Forget what this thread keeps."""
        self._local.shapes = OrderedDict()
        self._local.vertices = 0


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
