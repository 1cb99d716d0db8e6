"""What would change, told before it is published, with nothing written."""

from decimal import Decimal

import pytest
import shapely

from alcaldia.land.importing.staging import Staged
from alcaldia.land.models import Feature, NormRow, UseCellRow, Version
from alcaldia.land.preview import preview
from tests.factories.town import box, shape_fields, town

pytestmark = pytest.mark.django_db


def staged(made, kind, rows, name="", **described):
    return Staged(
        municipality=made, kind=kind, name=name, file_name="t", sha256="1" * 64, settings={}, rows=rows, findings=[],
        description=described,
    )  # fmt: skip


def test_the_same_matrix_changes_nothing():
    made = town()
    rows = list(UseCellRow.objects.order_by("pk"))
    assert preview(staged(made, "use-matrix", rows)).changed == 0


def test_a_forbidding_matrix_says_how_many_rulings_move():
    made = town()
    rows = [UseCellRow(zone_code=z, activity_code="461110", value="prohibited") for z in ("H1", "C1")]
    found = preview(staged(made, "use-matrix", rows))
    assert found.moves["permitido → no permitido"] >= 2
    assert found.parcels == 6


def test_a_new_zone_boundary_moves_parcels():
    made = town()
    rows = [Feature(source_row=0, code="C1", name="C1", **shape_fields(box(-5, -5, 55, 25)))]
    found = preview(staged(made, "zones", rows))
    assert found.changed > 0
    assert found.limits == 3  # L1, L2 and the straddling L3


def test_other_norms_change_the_limits_only():
    made = town()
    rows = [
        NormRow(zone_code=z, parameter=p, bound="max", value=Decimal("0.1"))
        for z in ("H1", "C1")
        for p in ("cos", "cus")
    ]
    found = preview(staged(made, "norms", rows))
    assert (found.changed, found.limits) == (0, 5)


def test_a_layer_that_prohibits_is_previewed_and_not_kept():
    made = town()
    rows = [Feature(source_row=0, code="r", name="r", **shape_fields(box(0, 0, 60, 20)))]
    versions = Version.objects.count()
    found = preview(staged(made, "layer", rows, "rio", rule={"effect": "prohibits", "text": "Río."}))
    assert any(move.endswith("→ no permitido") for move in found.moves)
    assert Version.objects.count() == versions


def test_shapes_of_a_preview_are_never_taken_for_stored_ones():
    from alcaldia.land.shapes import cache

    made = town()
    preview(staged(made, "zones", [Feature(source_row=0, code="Z", **shape_fields(box(0, 0, 9, 9)))]))
    assert all(pk > 0 for pk in cache._kept())
    assert shapely.is_prepared(next(iter(cache._kept().values())).shape)
