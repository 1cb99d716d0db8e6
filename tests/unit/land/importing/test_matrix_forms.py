"""The forms in which cities keep their use matrix."""

import pytest

from alcaldia.land.importing.staging import stage
from tests.unit.land.importing.helpers import codes, town

pytestmark = pytest.mark.django_db


def staged(tmp_path, text):
    path = tmp_path / "m.csv"
    path.write_text(text, encoding="utf-8")
    return stage("use-matrix", path, town())


def told(found):
    return [(c.zone_code, c.activity_code, c.value, c.conditions) for c in found.rows]


@pytest.mark.parametrize("between", [";", "|", " | ", "\n"])
def test_conditions_are_split_however_they_are_listed(tmp_path, between):
    found = staged(
        tmp_path,
        f'zona,codigo_giro,compatibilidad,condiciones\nH1,722515,condicionado,"Cerrar a las 22{between}Sin música"\n',
    )
    assert found.rows[0].conditions == ["Cerrar a las 22", "Sin música"]


def test_a_long_matrix_says_largest_area_impact_article_and_page(tmp_path):
    found = staged(
        tmp_path,
        "zona,codigo_giro,giro,compatibilidad,superficie_max,impacto_max,articulo,pagina\n"
        'H1,722515,Taquerías,condicionado,"1,250.50",2,art. 30,51\n',
    )
    (cell,) = found.rows
    assert (float(cell.max_area_m2), cell.max_impact, cell.article, cell.page) == (1250.5, 2, "art. 30", "51")


def test_a_wide_matrix_keeps_what_its_row_says_apart_from_its_zones(tmp_path):
    found = staged(
        tmp_path,
        "clave,giro,H1,C1,condiciones,superficie_max,articulo,observaciones\n"
        "722515,Taquerías,COND,P,Sin música | Cerrar a las 22,60,art. 30,revisar en campo\n",
    )
    assert told(found) == [
        ("H1", "722515", "conditional", ["Sin música", "Cerrar a las 22"]), ("C1", "722515", "permitted", []),
    ]  # fmt: skip
    assert {(float(c.max_area_m2), c.article) for c in found.rows} == {(60.0, "art. 30")}
    assert "unknown_cell" not in codes(found)


def test_a_wide_matrix_may_have_the_code_inside_the_name(tmp_path):
    found = staged(tmp_path, "Uso;H1;C1\n1.2.3 Bar;NP;P\n")
    assert told(found) == [("H1", "1.2.3", "prohibited", []), ("C1", "1.2.3", "permitted", [])]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        # Compatible and prohibido, or condicionado and permitido? The file does not say.
        ("giro,H1,C1\nBar,C,P\nTienda,P,C\n", ["", "", "", ""]),
        ("giro,H1,C1\nBar,C,P\nTienda,NP,C\n", ["conditional", "permitted", "prohibited", "conditional"]),
        ("giro,H1,C1\nBar,no compatible,permitido con condiciones\n", ["prohibited", "conditional"]),
    ],
)
def test_a_letter_counts_only_where_the_file_tells_its_meaning(tmp_path, text, values):
    assert [c.value for c in staged(tmp_path, text).rows] == values


def test_a_description_decides_what_a_mark_means(tmp_path):
    found = staged(
        tmp_path,
        "zona,giro,compatibilidad,compatibilidad_desc\nH1,Bar,P,Prohibido\nH1,Tienda,C,Compatible\n",
    )
    assert [c.value for c in found.rows] == ["prohibited", "permitted"]


def test_a_zone_with_two_columns_keeps_both_answers_where_they_differ(tmp_path):
    found = staged(tmp_path, "giro,CH,H1,CH\n722514,si,no,no\n461110,si,si,si\n")
    assert [(zone, activity, value) for zone, activity, value, _ in told(found)] == [
        ("CH", "722514", "permitted"), ("CH", "722514", "prohibited"), ("H1", "722514", "prohibited"),
        ("CH", "461110", "permitted"), ("H1", "461110", "permitted"),
    ]  # fmt: skip
    assert "conflicting_cells" in codes(found)
