"""Files of every format and temper."""

import gzip
import sqlite3
import zipfile

import numpy as np
import pytest
import shapely

from alcaldia.kernel.errors import Refusal
from alcaldia.land.importing.readers import read
from alcaldia.land.importing.staging import Options, stage
from tests.unit.land.importing.helpers import SOUTH, WEST, feature, square, town, write

SHAPES = shapely.polygons([square(0)[0], square(1)[0]])


def ogr(path, driver, crs="EPSG:4326", shapes=SHAPES):
    import pyogrio

    names = np.array(["Peñón", "B"], dtype=object)[: len(shapes)]
    fields = (
        {"fields": ["clave"], "field_data": [names]} if driver != "DXF" else {"fields": [], "field_data": []}
    )
    kinds = {shape.geom_type for shape in shapes}
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), driver=driver, crs=crs, geometry_type=kinds.pop(), **fields
    )
    return path


@pytest.mark.parametrize(("suffix", "driver"), [("gpkg", "GPKG"), ("kml", "LIBKML")])
def test_vector_formats_give_the_same_shapes(tmp_path, suffix, driver):
    table = read(ogr(tmp_path / f"p.{suffix}", driver))

    assert table.rows[0].get("clave", table.rows[0].get("Name")) == "Peñón"
    assert shapely.equals_exact(shapely.force_2d(table.shapes), SHAPES, tolerance=1e-9).all()
    assert "4326" in table.crs


def test_a_zipped_shapefile_is_read_with_its_accents(tmp_path):
    ogr(tmp_path / "p.shp", "ESRI Shapefile")
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        for path in sorted(tmp_path.glob("p.*")):
            if path.suffix != ".zip":
                archive.write(path, path.name)

    table = read(tmp_path / "p.zip")

    assert table.rows[0]["clave"] == "Peñón"
    assert len(table.shapes) == 2


def test_closed_lines_of_a_drawing_are_polygons_and_open_ones_are_told(tmp_path):
    lines = np.array(
        [shapely.LineString(square(0)[0]), shapely.LineString([(WEST, SOUTH), (WEST, SOUTH + 1)])]
    )

    table = read(ogr(tmp_path / "p.dxf", "DXF", shapes=lines))

    assert [s and s.geom_type for s in table.shapes] == ["Polygon", None]
    assert [f.code for f in table.findings] == ["open_lines"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_encoding_and_delimiter_are_detected(tmp_path, encoding, sign):
    path = tmp_path / "a.csv"
    path.write_bytes(f"codigo{sign}nombre\n1{sign}Peñón añejo\n2{sign}Óptica\n".encode(encoding))

    table = read(path)

    assert [row["nombre"] for row in table.rows] == ["Peñón añejo", "Óptica"]


def test_wkt_and_coordinates_become_geometry(tmp_path):
    (tmp_path / "w.csv").write_text('clave,wkt\nA,"POINT (1 2)"\nB,roto\n')
    (tmp_path / "p.csv").write_text("clave;lon;lat\nA;-102,5;20,5\n")

    by_wkt, by_point = read(tmp_path / "w.csv"), read(tmp_path / "p.csv")

    assert [s and s.wkt for s in by_wkt.shapes] == ["POINT (1 2)", None]
    assert by_point.shapes[0].wkt == "POINT (-102.5 20.5)"


def test_a_workbook_is_read(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["zona", "cos"])
    book.active.append(["H1", 0.6])
    book.save(tmp_path / "n.xlsx")

    assert read(tmp_path / "n.xlsx").rows == [{"zona": "H1", "cos": 0.6}]


def bomb_zip(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", b" " * (40 * 2**20))
    return path


def bomb_gz(path):
    path.write_bytes(gzip.compress(b" " * (40 * 2**20)))
    return path


def climbing(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../fuera.geojson", "{}")
    return path


def content(text):
    def make(path):
        path.write_bytes(text)
        return path

    return make


BAD = [
    ("b.zip", bomb_zip, "zip_bomb"),
    ("b.geojson.gz", bomb_gz, "zip_bomb"),
    ("b.zip", climbing, "bad_archive"),
    ("b.zip", content(b"PK not a zip"), "bad_archive"),
    ("b.geojson", content(b'{"type": "FeatureCollection", "features": [{"ty'), "bad_geojson"),
    ("b.geojson", content(b"[" * 100_000), "bad_geojson"),
    ("b.geojson", content(b'{"type": "Topology"}'), "bad_geojson"),
    ("b.geojson", content(b'{"type": "FeatureCollection", "features": [1]}'), "bad_geojson"),
    ("b.geojson", content(b'{"type": "FeatureCollection", "features": []}'), "empty_file"),
    ("b.csv", content(b"clave,nombre\n"), "empty_file"),
    ("b.csv", content(b"\0\1\2\3"), "bad_csv"),
    ("b.xlsx", content(b"nada"), "bad_xlsx"),
    ("b.gpkg", content(b"nada"), "bad_vector"),
    ("b.shp", content(b"nada"), "bad_vector"),
    ("b.exe", content(b"MZ"), "unknown_format"),
    ("b.csv", content(b""), "empty_file"),
    ("b.csv", content(b"c," * 200_000 + b"c\n" + b"1," * 200_000 + b"1\n"), "too_many_columns"),
]


@pytest.mark.parametrize(("name", "make", "code"), BAD)
def test_a_bad_file_is_refused_with_a_sentence(tmp_path, name, make, code):
    path = make(tmp_path / name)

    with pytest.raises(Refusal) as refused:
        read(path)

    assert refused.value.code == code
    assert refused.value.detail.endswith((".", ")"))


def test_what_gdal_warns_of_stays_off_the_terminal(tmp_path, recwarn):
    path = tmp_path / "b.gpkg"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE gpkg_contents (table_name TEXT)")
    with pytest.raises(Refusal, match="No se puede leer"):
        read(path)
    assert not list(recwarn)


def test_a_file_over_the_limit_is_refused_before_reading(tmp_path, settings):
    settings.IMPORT_MAX_BYTES = 10

    with pytest.raises(Refusal, match="límite"):
        read(write(tmp_path / "p.geojson", feature({}, square(0))))


@pytest.mark.django_db
def test_a_polygon_of_a_million_vertices_is_left_out_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr("alcaldia.land.importing.geometry.MAX_VERTICES", 4)
    path = write(tmp_path / "p.geojson", feature({"clave": "A"}, square(0)))

    with pytest.raises(Refusal):
        stage("parcels", path, town())


UTM = [[[749_700, 2_301_700], [749_720, 2_301_700], [749_720, 2_301_720], [749_700, 2_301_700]]]
FAR = [[[10.0, 50.0], [10.1, 50.0], [10.1, 50.1], [10.0, 50.0]]]
SWAPPED = [[[20.8, -102.6], [20.9, -102.6], [20.9, -102.5], [20.8, -102.6]]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("shape", "options", "said"),
    [
        (UTM, Options(), "--srid"),
        (FAR, Options(), "lejos"),
        (SWAPPED, Options(), "longitud primero"),
        (square(0), Options(srid=32613), "parecen grados"),
        (UTM, Options(srid=32618), "lejos"),
        (square(0), Options(srid=99999), "No conozco"),
    ],
)
def test_a_wrong_reference_system_is_refused(tmp_path, shape, options, said):
    path = write(tmp_path / "p.geojson", feature({"clave": "A"}, shape))

    with pytest.raises(Refusal, match=said):
        stage("parcels", path, town(), options)


@pytest.mark.django_db
def test_a_declared_system_is_reprojected(tmp_path):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32613"}}
    path = write(tmp_path / "p.geojson", feature({"clave": "A"}, UTM), crs=crs)

    staged = stage("parcels", path, town())

    assert staged.rows[0].area_m2 == pytest.approx(200)
    assert staged.rows[0].minx == pytest.approx(-102.6, abs=0.01)


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["ewkt", "hex", "unnamed"])
def test_geometry_in_a_table_is_read_in_the_forms_that_databases_export(tmp_path, form):
    lot = shapely.Polygon(UTM[0] if form == "ewkt" else square(0)[0])
    cell = {"ewkt": f"SRID=32613;{lot.wkt}", "hex": shapely.to_wkb(lot, hex=True), "unnamed": lot.wkt}[form]
    path = tmp_path / "p.csv"
    path.write_text(f'clave;{"contorno" if form == "unnamed" else "geom"}\nA;"{cell}"\n', encoding="utf-8")

    (row,) = stage("parcels", path, town()).rows

    assert row.area_m2 == pytest.approx(200 if form == "ewkt" else 461, rel=0.02)
