"""How much of a parcel a feature covers."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from alcaldia.land import overlay

EAST, NORTH, RADIUS = 745_000.0, 2_298_000.0, 400.0


def coast(vertices: int, seed: int):
    """A drawn edge of many vertices around a point, as risk maps have it."""
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    far = RADIUS + np.random.default_rng(seed).uniform(-0.1, 0.1, vertices)
    return shapely.Polygon(np.column_stack((EAST + far * np.cos(turn), NORTH + far * np.sin(turn))))


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), turn=st.floats(0, 6.28), width=st.floats(1, 60), off=st.floats(-70, 70))
def test_cutting_a_large_figure_first_changes_no_area(seed, turn, width, off):
    large = coast(overlay.MANY_VERTICES + 500, seed)
    x, y = EAST + (RADIUS + off) * np.cos(turn), NORTH + (RADIUS + off) * np.sin(turn)
    lot = shapely.box(x, y, x + width, y + 22)

    found = overlay.hits(overlay.as_array([lot]), overlay.as_array([large]), (np.array([0]), np.array([0])))

    whole = shapely.area(shapely.intersection(lot, large))
    assert sum(hit.area for hit in found.get(0, [])) == pytest.approx(whole, rel=1e-9, abs=1e-6)


def test_a_figure_that_only_shares_the_edge_is_no_hit():
    lots = overlay.as_array([shapely.box(0, 0, 10, 10)])
    beside = overlay.as_array([shapely.box(10, 0, 20, 10), shapely.box(40, 0, 50, 10)])
    assert overlay.hits(lots, beside, (np.array([0, 0]), np.array([0, 1]))) == {}
