"""What the audit finds before anything is published."""

import pytest

from alcaldia.kernel.csv_cells import csv_plain, csv_safe
from alcaldia.land.importing.staging import Options, stage
from alcaldia.land.rules.audit import hostile
from tests.unit.land.importing.helpers import SIDE, SOUTH, WEST, codes, feature, square, town, write

pytestmark = pytest.mark.django_db
BOWTIE = [
    [[WEST, SOUTH], [WEST + SIDE, SOUTH + SIDE], [WEST + SIDE, SOUTH], [WEST, SOUTH + SIDE], [WEST, SOUTH]]
]


def test_blank_and_repeated_keys_are_told_and_kept(tmp_path):
    rows = [feature({"clave": key}, square(i)) for i, key in enumerate(["A", "A", "0", None, "B"])]

    staged = stage("parcels", write(tmp_path / "p.geojson", *rows), town())

    assert [row.key for row in staged.rows] == ["A", "A", "", "", "B"]
    assert codes(staged) == {"blank_key": 2, "duplicate_key": 2}
    assert len({row.public_id for row in staged.rows}) == 5


def test_an_invalid_shape_whose_area_would_change_stays_out(tmp_path):
    path = write(tmp_path / "p.geojson", feature({"clave": "A"}, BOWTIE), feature({"clave": "B"}, square(3)))

    staged = stage("parcels", path, town())

    assert codes(staged) == {"invalid_geometry": 1}
    assert staged.rows[0].geom is None
    assert staged.rows[1].geom is not None


def test_an_invalid_shape_of_the_same_area_is_repaired_and_told(tmp_path):
    ring = square(0)[0]
    spike = [[*ring[:2], [ring[1][0] + SIDE, ring[1][1]], ring[1], *ring[2:]]]

    staged = stage("parcels", write(tmp_path / "p.geojson", feature({"clave": "A"}, spike)), town())

    assert codes(staged) == {"repaired_geometry": 1}
    assert staged.rows[0].area_m2 == pytest.approx(460, rel=0.01)


def test_overlaps_are_measured(tmp_path):
    path = write(
        tmp_path / "z.geojson",
        feature({"codigo": "A"}, square(0, width=1.5)),
        feature({"codigo": "B"}, square(1)),
    )

    (found,) = [f for f in stage("zones", path, town()).findings if f.code == "overlap"]

    assert found.samples[0]["area_m2"] == pytest.approx(230, rel=0.02)


def test_declared_hectares_are_compared_with_the_drawing(tmp_path):
    path = write(
        tmp_path / "z.geojson",
        feature({"codigo": "A", "superficie_ha": "0,046"}, square(0)),
        feature({"codigo": "B", "superficie_ha": "0,92"}, square(1)),
        feature({"codigo": "C", "superficie_ha": "0"}, square(2)),
    )

    (found,) = [f for f in stage("zones", path, town()).findings if f.code == "area_mismatch"]

    assert [sample["row"] for sample in found.samples] == [1]


def test_zones_of_one_code_keep_the_norms_of_their_own_polygon(tmp_path):
    path = write(
        tmp_path / "z.geojson",
        feature({"codigo": "H", "fos": "0,5", "fot": None}, square(0)),
        feature({"codigo": "H", "fos": "0,4 a 0,7", "fot": "1"}, square(1)),
    )

    staged = stage("zones", path, town())

    assert [(n.feature_row, n.parameter, n.value and float(n.value)) for n in staged.extra] == [
        (0, "cos", 0.5), (1, "cos", None), (1, "cus", 1.0),
    ]  # fmt: skip


def test_a_norm_table_that_contradicts_itself_loses_the_value(tmp_path):
    path = tmp_path / "n.csv"
    path.write_text("zona;cos;cus\nH;0,5;1,5\nH;0,6;1,5\n", encoding="utf-8")

    staged = stage("norms", path, town())

    assert {n.parameter: n.value and float(n.value) for n in staged.rows} == {"cos": None, "cus": 1.5}
    assert codes(staged)["norms_differ"] == 1


def test_a_minimum_above_its_maximum_makes_both_unreadable(tmp_path):
    path = tmp_path / "n.csv"
    path.write_text("zona,cos_min,cos_max\nH,0.7,0.5\n", encoding="utf-8")

    staged = stage("norms", path, town())

    assert [n.value for n in staged.rows] == [None, None]
    assert codes(staged)["min_over_max"] == 1


def test_columns_about_people_are_not_loaded(tmp_path):
    path = write(tmp_path / "p.geojson", feature({"clave": "A", "propietario": "Ana", "RFC": "X"}, square(0)))

    staged = stage("parcels", path, town())

    assert staged.rows[0].attributes == {}
    assert codes(staged) == {"personal_columns": 2}


def test_markup_and_formulas_are_flagged_and_stay_text(tmp_path):
    path = write(
        tmp_path / "p.geojson", feature({"clave": "A", "nota": "=HYPERLINK(1)", "x": "<script>"}, square(0))
    )

    staged = stage("parcels", path, town())

    assert codes(staged) == {"hostile_text": 2}
    assert staged.rows[0].attributes == {"nota": "=HYPERLINK(1)", "x": "<script>"}


@pytest.mark.parametrize("text", ["=1+1", "@cmd", "+A1", "-5", "-2,5", "texto", ""])
def test_exported_formulas_are_inert_and_read_back_equal(text):
    assert hostile(csv_safe(text)) is False
    assert csv_plain(csv_safe(text)) == text


def test_a_mapped_column_wins_and_a_wrong_one_is_refused(tmp_path):
    path = write(tmp_path / "p.geojson", feature({"clave": "A", "otra": "B"}, square(0)))

    staged = stage("parcels", path, town(), Options(mapping={"clave": "otra"}))

    assert staged.rows[0].key == "B"


def test_zones_without_a_code_column_are_called_by_their_name(tmp_path):
    staged = stage("zones", write(tmp_path / "z.geojson", feature({"Name": "H1"}, square(0))), town())

    assert [row.code for row in staged.rows] == ["H1"]
    assert codes(staged) == {"code_from_name": 1}


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("ZONA;C.O.S.;Altura máxima (m)", {"cos": 0.6, "height": 7.5}),
        ("Zona;Coeficiente de ocupación del suelo;ALTURA_MAX_MTS", {"cos": 0.6, "height": 7.5}),
        ("Zona;COS;Altura (pisos)", {"cos": 0.6}),  # a figure in another unit is no height
    ],
)
def test_norm_columns_are_known_by_what_people_call_them_under_a_title(tmp_path, header, read):
    path = tmp_path / "n.csv"
    path.write_text(f"Tabla de normas;;\n\n{header}\nH1;0,6;7,5\n", encoding="utf-8")

    staged = stage("norms", path, town())

    assert {norm.parameter: float(norm.value) for norm in staged.rows} == read
    assert ("unused_columns" in codes(staged)) == (len(read) == 1)


@pytest.mark.parametrize(
    ("header", "line", "value"),
    [
        ("zona,cos,cos", "H1,0.5,0.9", None),
        ("zona,COS,niveles,cos", "H1,0.5,2,0.9", None),
        ("zona,cos,cos", "H1,0.5,0.5", 0.5),
        ("zona,cos,cos", "H1,,0.9", 0.9),
    ],
)
def test_a_norm_that_comes_twice_with_two_values_is_never_guessed(tmp_path, header, line, value):
    path = tmp_path / "n.csv"
    path.write_text(f"{header}\n{line}\n", encoding="utf-8")
    found = stage("norms", path, town(), Options())
    read = [None if row.value is None else float(row.value) for row in found.rows if row.parameter == "cos"]
    assert read == [value]
    assert ("refused_norm" in codes(found)) is (value is None)
