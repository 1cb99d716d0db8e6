"""Norm tables with one limit per row, as plans are typed."""

from datetime import date

import pytest

from alcaldia.land.importing.staging import Options, stage
from tests.unit.land.importing.helpers import codes, town

pytestmark = pytest.mark.django_db


def staged(tmp_path, *lines, **options):
    path = tmp_path / "n.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return stage("norms", path, town(), Options(**options))


def told(found):
    return [
        (n.zone_code, n.parameter, n.bound, None if n.value is None else float(n.value), n.condition)
        for n in found.rows
    ]


def test_each_row_is_one_norm_with_its_own_article_page_and_dates(tmp_path):
    found = staged(
        tmp_path,
        "Zona,Parámetro,Valor,Límite,Condición,Artículo,Página,Vigente desde,Vigente hasta",
        "H1,COS,0.6,máximo,,art. 12,34,01/03/2025,",
        "H1,Altura máxima,7.5,máximo,calle,art. 13,35,2025-03-01,2030-12-31",
        "H1,Altura máxima,9,máximo,sobre avenida,art. 13,35,,",
        "H1,Lote mínimo,120,mínimo,,art. 14,36,,",
        "H1,Niveles,,sin límite,,art. 15,36,,",
        "C1,cus,2.4,,,art. 20,40,,",
    )
    assert told(found) == [
        ("H1", "cos", "max", 0.6, ""), ("H1", "height", "max", 7.5, "calle"), ("H1", "height", "max", 9.0, "avenida"),
        ("H1", "lot_area", "min", 120.0, ""), ("H1", "levels", "none", None, ""), ("C1", "cus", "max", 2.4, ""),
    ]  # fmt: skip
    first, second = found.rows[:2]
    assert (first.article, first.page, first.valid_from, first.valid_to) == (
        "art. 12",
        "34",
        date(2025, 3, 1),
        None,
    )
    assert second.valid_to == date(2030, 12, 31)
    assert codes(found) == {}


@pytest.mark.parametrize(
    ("row", "norm"),
    [
        ("COS máximo;0,6;;", ("cos", "max", 0.6, "")),
        ("Coeficiente de ocupación del suelo;60;;%", ("cos", "max", 0.6, "")),
        ("COS mínimo;0,2;;", ("cos_min", "min", 0.2, "")),
        ("cos;0,2;mín.;", ("cos_min", "min", 0.2, "")),
        ("lot_area;500;máximo;m²", ("lot_area_max", "max", 500.0, "")),
        ("lote mínimo;1.000;mínimo;m²", ("lot_area", "min", 1000.0, "")),
        ("densidad;240;hasta;hab/ha", ("density_people", "max", 240.0, "")),
        ("altura;3;<=;niveles", ("levels", "max", 3.0, "")),
        ("Retiro frontal;3;igual;m", ("setback_front", "equal", 3.0, "")),
        ("altura permitida;Sin límite;máximo;", ("height", "none", None, "")),
    ],
)
def test_names_senses_and_units_are_read_as_people_write_them(tmp_path, row, norm):
    found = staged(tmp_path, "zona;parametro;valor;limite;unidad", f"H1;{row}")
    assert told(found) == [("H1", *norm)]
    assert "refused_norm" not in codes(found)


@pytest.mark.parametrize(
    "row",
    [
        "cos;0.6;más o menos;", "cos;sin límite;sin límite 0.6;", "cos;0.6;sin límite;", "cos máximo;0.6;mínimo;",
        "retiro frontal;3;máximo;", "cos;6;máximo;", "altura;7;;m2", "altura;ver plano;;", "altura;;máximo;",
    ],
)  # fmt: skip
def test_what_cannot_be_read_safely_has_no_value_and_is_told(tmp_path, row):
    found = staged(tmp_path, "zona;parametro;valor;limite;unidad", f"H1;{row}")
    assert [n.value for n in found.rows] == [None]
    assert found.rows[0].bound != "none"
    assert codes(found)["refused_norm"] == 1


def test_an_unknown_parameter_is_told_and_not_loaded(tmp_path):
    found = staged(tmp_path, "zona,parametro,valor", "H1,cos,0.6", "H1,color de fachada,3")
    assert told(found) == [("H1", "cos", "max", 0.6, "")]
    assert codes(found)["refused_norm"] == 1


@pytest.mark.parametrize(
    ("rows", "values", "found_codes"),
    [
        (["H1,cos,0.6,,,", "H1,cos,0.7,,,"], [None, None], {"norm_clash": 1}),
        (["H1,cos,0.6,,,", "H1,COS máximo,0.6,,,"], [0.6], {"identical_rows": 1}),
        (["H1,cos,0.6,calle,,", "H1,cos,0.7,avenida,,"], [0.6, 0.7], {}),
        (["H1,cos,0.6,calle,,", "H1,cos,0.7,calle,,"], [None, None], {"norm_clash": 1}),
        (["H1,cos,0.6,,2020-01-01,2024-12-31", "H1,cos,0.7,,2025-01-01,"], [0.6, 0.7], {}),
        (["H1,cos,0.6,,2020-01-01,", "H1,cos,0.7,,2025-01-01,"], [None, None], {"norm_clash": 1}),
        (["H1,cos,0.6,,,", "H1,cos,ver plano,,,"], [None, None], {"norm_clash": 1, "refused_norm": 1}),
        (["H1,cos,0.6,,pronto,"], [None], {"unread_date": 1}),
        (["H1,cos,0.6,,,", "H1,cos_min,0.8,,,"], [None, None], {"min_over_max": 1}),
        (["H1,cos,0.6,,,", ",cos,0.7,,,"], [0.6], {"without_code": 1}),
    ],
)
def test_one_zone_says_one_thing_at_a_time_or_nothing(tmp_path, rows, values, found_codes):
    found = staged(tmp_path, "zona,parametro,valor,condicion,vigente_desde,vigente_hasta", *rows)
    assert [None if n.value is None else float(n.value) for n in found.rows] == values
    assert {code: n for code, n in codes(found).items() if code != "zones_without_norms"} == found_codes


def test_a_lone_limit_column_is_the_value(tmp_path):
    found = staged(tmp_path, "distrito,norma,limite", "H1,cos,0.6")
    assert told(found) == [("H1", "cos", "max", 0.6, "")]


def test_a_wide_table_may_hold_several_periods_of_one_zone(tmp_path):
    found = staged(
        tmp_path, "zona,cos,vigente_desde,vigente_hasta", "H1,0.6,,2024-12-31", "H1,0.7,2025-01-01,"
    )
    assert [float(n.value) for n in found.rows] == [0.6, 0.7]
    assert codes(found) == {}
