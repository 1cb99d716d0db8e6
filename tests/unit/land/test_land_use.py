"""The land-use ruling through the database, on both engines."""

import pytest

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.land.queries import land_use_ruling
from tests.factories.town import box, layer, town

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("parcel", "activity", "area", "outcome"),
    [
        ("L1", "461110", 40, "permitted"),
        ("L1", "722515", 40, "conditional"),
        ("L1", "722515", 90, "prohibited"),  # above the cell's 60 m²
        ("L1", "722412", 40, "prohibited"),
        ("L1", "811111", 40, "undetermined"),  # the matrix says nothing of it in H1
        ("L4", "722515", 40, "permitted"),  # by the cell of 7225
        ("L4", "811111", 40, "undetermined"),  # a blank cell
        ("L3", "461110", 40, "undetermined"),  # straddles: permitted in H1, unknown in C1
        ("L6", "461110", 40, "undetermined"),  # no zone
    ],
)
def test_outcome_follows_zone_cell_and_area(parcel, activity, area, outcome):
    town()
    assert land_use_ruling("pueblo", parcel, activity, area)["outcome"] == outcome


def test_straddling_parcel_shows_both_zones_with_their_shares():
    town()
    zones = land_use_ruling("pueblo", "L3", "722515")["zones"]
    assert [(zone["code"], zone["share"]) for zone in zones] == [("C1", 0.5), ("H1", 0.5)]


def test_each_part_lets_the_allowed_part_be_used():
    town(straddle="each_part")
    document = land_use_ruling("pueblo", "L3", "461110", 40)
    assert document["outcome"] == "conditional"
    assert "zona C1" in document["conditions"][0]


@pytest.mark.parametrize(
    ("effect", "outcome"),
    [("prohibits", "prohibited"), ("conditions", "conditional"), ("informs", "permitted")],
)
def test_overlays_only_tighten(effect, outcome):
    layer(town(), "rio", [box(0, 0, 30, 5)], {"effect": effect, "text": "Zona inundable."})
    assert land_use_ruling("pueblo", "L1", "461110", 40)["outcome"] == outcome


def test_a_school_nearer_than_the_distance_prohibits_the_bar_only():
    rule = {
        "effect": "prohibits",
        "text": "A menos de 150 m de una escuela.",
        "activities": ["7224"],
        "distance_m": 150,
    }
    layer(town(), "escuelas", [box(120, 0, 121, 1)], rule)
    assert land_use_ruling("pueblo", "L4", "722412", 40)["outcome"] == "prohibited"
    assert land_use_ruling("pueblo", "L4", "722515", 40)["outcome"] == "permitted"


def test_a_zone_without_norms_never_permits():
    made = town(required_norms_land_use=["cos", "cus", "density"])
    assert land_use_ruling(made.slug, "L1", "461110", 40)["outcome"] == "undetermined"


def test_overlapping_zones_are_undetermined():
    made = town()
    from alcaldia.land import geostore
    from alcaldia.land.models import Dataset, Feature
    from tests.factories.town import shape_fields

    version = Dataset.objects.get(kind="zones").current
    geostore.forget_version("land_feature", version.pk)
    Feature.objects.create(
        version=version, source_row=9, code="X9", name="X9", **shape_fields(box(0, 0, 4, 4))
    )
    geostore.index_version("land_feature", version.pk)
    assert land_use_ruling(made.slug, "L1", "461110", 40)["outcome"] == "undetermined"


@pytest.mark.parametrize(
    ("parcel", "activity", "area", "code"),
    [
        ("no-existe", "461110", 40, "unknown_parcel"),
        ("L1", "999999", 40, "unknown_activity"),
        ("L1", "461110", 0, "bad_area"),
        ("L1", "461110", -3, "bad_area"),
        ("L1", "461110", 5000, "area_too_large"),
        ("L1", "461110", "mucho", "not_a_number"),
        ("L1", "461110", "NaN", "not_a_number"),
    ],
)
def test_bad_questions_get_a_sentence(parcel, activity, area, code):
    town()
    with pytest.raises(Refusal) as refused:
        land_use_ruling("pueblo", parcel, activity, area)
    assert refused.value.code == code
    assert refused.value.detail.endswith((".", "?"))


def test_unknown_municipality_names_the_known_ones():
    town()
    with pytest.raises(NotFound, match="pueblo"):
        land_use_ruling("otra", "L1", "461110")


def test_same_inputs_and_versions_give_the_same_bytes():
    from alcaldia.kernel.canonical import canonical

    town()
    first = land_use_ruling("pueblo", "L3", "722515", 40)
    assert canonical(first) == canonical(land_use_ruling("pueblo", "L3", "722515", 40))


def test_an_unusable_zone_leaves_what_it_may_touch_undetermined():
    from alcaldia.land.models import Dataset, Feature
    from tests.factories.town import shape_fields

    town()
    fields = {**shape_fields(box(0, 0, 4, 4)), "geom": None, "metric": None, "area_m2": None}
    Feature.objects.create(
        version=Dataset.objects.get(kind="zones").current, source_row=9, code="X9", **fields
    )
    assert land_use_ruling("pueblo", "L1", "461110", 40)["outcome"] == "undetermined"
    assert land_use_ruling("pueblo", "L4", "722515", 40)["outcome"] == "permitted"


def test_a_parcel_remembers_its_areas_through_versions():
    from decimal import Decimal

    from alcaldia.land.models import Dataset, Parcel, Version
    from alcaldia.land.parcels import history
    from alcaldia.land.rulebook import published

    made = town()
    dataset = Dataset.objects.get(kind="parcels")
    Version.objects.filter(pk=dataset.current_id).update(published_at="2025-01-01T00:00Z")
    later = Version.objects.create(
        dataset=dataset, number=2, sha256="2" * 64, file_name="t", published_at="2026-01-01T00:00Z"
    )
    Parcel.objects.create(
        version=later, source_row=0, key="L1", area_m2=150.0, documented_area_m2=Decimal(150)
    )
    found = history(published(made.slug), "L1")
    assert [(state.version, state.area_m2) for state in found] == [
        (2, Decimal("150.00")),
        (1, Decimal("200.00")),
    ]
