"""Publishing is atomic, versioned and reversible."""

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.land import actions, geostore
from alcaldia.land.exporting import export
from alcaldia.land.importing import recipe
from alcaldia.land.importing.staging import Options, stage
from alcaldia.land.models import Dataset, Feature, NormRow, Parcel, UseCellRow
from tests.unit.land.importing.helpers import SOUTH, WEST, feature, square, town, write

pytestmark = pytest.mark.django_db
BY = {"by": "prueba", "channel": "cli"}
HERE = (WEST, SOUTH, WEST + 0.01, SOUTH + 0.01)


def parcels(path, *keys):
    return write(path, *[feature({"clave": key}, square(i)) for i, key in enumerate(keys)])


def found(version):
    return [row[0] for row in geostore.candidates("land_parcel", HERE, ["key"], [version.pk])]


def test_a_new_version_takes_the_place_of_the_old_one_which_keeps_its_rows(tmp_path):
    city = town()
    first = actions.publish(stage("parcels", parcels(tmp_path / "a.geojson", "A"), city), **BY)
    second = actions.publish(stage("parcels", parcels(tmp_path / "b.geojson", "A", "B"), city), **BY)

    city.refresh_from_db()
    assert Dataset.objects.get().current == second
    assert (found(first), found(second)) == ([], ["A", "B"])
    assert Parcel.objects.filter(version=first).count() == 1
    assert city.publication == 2


def test_a_parcel_keeps_its_public_id_across_versions(tmp_path):
    city = town()
    actions.publish(stage("parcels", parcels(tmp_path / "a.geojson", "A", "B"), city), **BY)
    actions.publish(stage("parcels", parcels(tmp_path / "b.geojson", "X", "A"), city), **BY)

    assert len(set(Parcel.objects.filter(key="A").values_list("public_id", flat=True))) == 1


def test_the_same_file_again_publishes_nothing(tmp_path):
    city, path = town(), parcels(tmp_path / "a.geojson", "A")
    actions.publish(stage("parcels", path, city), **BY)

    with pytest.raises(actions.Unchanged):
        actions.publish(stage("parcels", path, city), **BY)

    assert Dataset.objects.get().versions.count() == 1


def test_the_same_file_with_another_key_is_another_version(tmp_path):
    city = town()
    path = write(tmp_path / "a.geojson", feature({"clave": "A", "otra": "B"}, square(0)))
    actions.publish(stage("parcels", path, city), **BY)
    version = actions.publish(stage("parcels", path, city, Options(key="otra")), **BY)

    assert version.number == 2


def test_reverting_publishes_the_previous_content_again(tmp_path):
    city = town()
    first = actions.publish(stage("parcels", parcels(tmp_path / "a.geojson", "A"), city), **BY)
    actions.publish(stage("parcels", parcels(tmp_path / "b.geojson", "B"), city), **BY)

    third = actions.revert(Dataset.objects.get(), **BY)

    assert (third.number, third.sha256, found(third)) == (3, first.sha256, ["A"])


def test_without_a_previous_version_there_is_nothing_to_revert_to(tmp_path):
    actions.publish(stage("parcels", parcels(tmp_path / "a.geojson", "A"), town()), **BY)

    with pytest.raises(Refusal):
        actions.revert(Dataset.objects.get(), **BY)


def test_a_failure_half_way_leaves_what_was_there(tmp_path, monkeypatch):
    city = town()
    first = actions.publish(stage("parcels", parcels(tmp_path / "a.geojson", "A"), city), **BY)
    monkeypatch.setattr(actions, "_put_in_force", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        actions.publish(stage("parcels", parcels(tmp_path / "b.geojson", "B"), city), **BY)

    assert Dataset.objects.get().current == first
    assert Parcel.objects.count() == 1


def test_the_first_layer_settles_the_reference_system(tmp_path):
    city = town(srid_from_data=True)
    actions.publish(stage("parcels", parcels(tmp_path / "a.geojson", "A"), city), **BY)

    city.refresh_from_db()
    assert (
        (city.srid, city.settings) == (32614, {})
        if WEST > -102
        else (city.srid, city.settings) == (32613, {})
    )


def test_a_matrix_brings_its_activities_until_they_have_their_own(tmp_path):
    city = town()
    (tmp_path / "m.csv").write_text(
        "distrito,codigo_actividad,actividad,compatibilidad\nA,1.1,Tienda,C\nA,1.2,Bar,NP\nB,1.1,Tienda,x\nB,1.2,Bar,\n"
    )

    staged = stage("use-matrix", tmp_path / "m.csv", city)
    actions.publish(staged, **BY)

    assert list(UseCellRow.objects.order_by("pk").values_list("value", flat=True)) == [
        "permitted",
        "prohibited",
        "",
        "",
    ]
    assert staged.counts["unknown_cell"] == 1
    assert Dataset.objects.get(kind="activities").current.rows == 2


def test_a_lone_c_beside_a_p_means_condicionado(tmp_path):
    (tmp_path / "m.csv").write_text("giro;H1;C1\nTienda;P;C\nBar;X;P\n")

    staged = stage("use-matrix", tmp_path / "m.csv", town())

    assert [(c.zone_code, c.value) for c in staged.rows] == [
        ("H1", "permitted"), ("C1", "conditional"), ("H1", ""), ("C1", "permitted"),
    ]  # fmt: skip


def test_a_city_goes_out_as_files_and_comes_back_equal(tmp_path):
    city = town()
    zones = write(tmp_path / "z.geojson", feature({"codigo": "H", "fos": "0,5", "n": "=1"}, square(0)))
    (tmp_path / "n.csv").write_text("zona;cos;altura\nH;0,6;6 mts sobre calle - 9 mts sobre avda\n")
    for kind, path in (
        ("zones", zones),
        ("parcels", parcels(tmp_path / "a.geojson", "A")),
        ("norms", tmp_path / "n.csv"),
    ):
        actions.publish(stage(kind, path, city), **BY)
    export(city, tmp_path / "out")
    plan = recipe.read(tmp_path / "out", tmp_path)
    again = actions.describe_municipality(slug="vuelta", given=plan.given, **BY)
    for source in plan.sources:
        actions.publish(stage(source.kind, source.file, again, source.options), **BY)

    def rows(model, city, *names):
        return list(
            model.objects.filter(version__dataset__municipality=city).order_by("pk").values_list(*names)
        )

    for model, names in (
        (NormRow, ("zone_code", "parameter", "bound", "value", "condition")),
        (Feature, ("code", "attributes", "metric")),
        (Parcel, ("key", "area_m2")),
    ):
        assert rows(model, again, *names) == rows(model, city, *names)


def test_a_file_that_would_be_read_otherwise_today_is_published_again(tmp_path, monkeypatch):
    city, path = town(), parcels(tmp_path / "a.geojson", "A")
    actions.publish(stage("parcels", path, city), **BY)
    monkeypatch.setattr("alcaldia.land.importing.staging.READER", -1)

    assert actions.publish(stage("parcels", path, city), **BY).number == 2
