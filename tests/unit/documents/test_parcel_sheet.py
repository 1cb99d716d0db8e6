"""What the parcel sheet says, decided without drawing it."""

import pytest

from alcaldia.documents import content, parcel_sheet, rendering
from alcaldia.kernel.errors import Refusal

HEAD = content.letterhead("Demo", "Jalisco", {})
BLANK = {
    "key": "", "public_id": "abc", "address": "", "neighbourhood": "", "postcode": "", "current_use": "", "area_m2": 200,
    "documented_area_m2": None, "front_m": None, "built_m2": None, "levels": None, "year_built": None,
    "land_value_m2": None, "land_value": None, "currency": "MXN", "zones": [], "coefficients": [], "buildable_m2": None,
    "cus_optional": None, "purchasable_m2": None, "purchase_price": None, "notices": [], "norms": [], "services": [],
    "layers": [], "sides": [], "versions": {}, "consulted_on": "2026-11-22",
}  # fmt: skip
NORM = {"zone": "H1", "label": "COS", "unit": "ratio", "bound": "max", "value": 0.6, "condition": "", "raw": "", "basis": "Plan, art. 4", "page": ""}  # fmt: skip


def said(**changes):
    return parcel_sheet.texts(BLANK | changes, HEAD, "https://demo/visor/demo/predio/abc/")


@pytest.mark.parametrize(
    ("unit_value", "total", "rows"),
    [
        (None, None, {"Valor del suelo por m²": "Sin valor"}),
        (0, 0, {"Valor del suelo por m²": "Exento"}),
        (
            1800,
            360000,
            {"Valor del suelo por m²": "$1,800.00\u00a0MXN", "Valor del suelo": "$360,000.00\u00a0MXN"},
        ),
    ],
)
def test_no_value_is_not_exempt(unit_value, total, rows):
    parcel = dict(said(land_value_m2=unit_value, land_value=total)["parcel"])
    assert {label: text for label, text in parcel.items() if label.startswith("Valor")} == rows


def test_what_is_not_known_is_said_and_never_a_zero():
    parcel = dict(said()["parcel"])
    assert {parcel[name] for name in ("Frente", "Construcción", "Niveles construidos")} == {"Sin dato"}


def test_an_exceeded_coefficient_is_marked_and_its_bar_ends_at_the_edge():
    one = {
        "name": "cos", "existing": 0.9, "permitted": 0.6, "remaining": -0.3, "existing_m2": 180, "permitted_m2": 120,
        "remaining_m2": -60, "basis": "",
    }  # fmt: skip
    (shown,) = said(coefficients=[one])["coefficients"]
    assert (shown["exceeded"], shown["used"], shown["remaining"]["area"]) == (True, 1.0, "-60\u00a0m²")


def test_norms_with_one_citation_state_it_once_and_others_keep_their_own():
    other = NORM | {"zone": "C1", "basis": "Plan, art. 5", "page": "34"}
    one, two = said(norms=[NORM, NORM | {"label": "CUS"}, other, NORM | {"zone": "C1"}])["norms"]
    assert one["basis"] == "Plan, art.\u00a04"
    assert (two["basis"], two["rows"][0]["basis"]) == ("", "Plan, art.\u00a05, pág.\u00a034")


def test_capacity_without_a_figure_leaves_an_unknown_rest():
    row = {"network": "agua", "sector": "S-1", "unit": "L/s", "capacity": 10, "used": None, "reserved": 0}
    (service,) = said(services=[row])["services"]
    assert (service["network"], service["free"]) == ("Agua", "Sin dato")


def test_a_notice_says_how_much_of_the_parcel_it_takes():
    flood = {"effect": "conditions", "title": "Río", "text": "Zona inundable.", "area_m2": 20, "share": 0.1, "distance_m": None, "basis": ""}  # fmt: skip
    (notice,) = said(notices=[flood])["notices"]
    assert notice["text"] == "Zona inundable. Ocupa 20\u00a0m² del predio (10.0\u00a0%)."


def test_the_sketch_is_described_in_words():
    sides = [{"facing": "front", "length_m": 10}, {"facing": "rear", "length_m": 10.5}]
    assert said(sides=sides)["sketch_alt"] == "Croquis del predio: frente de 10\u00a0m, fondo de 10.5\u00a0m."


def test_what_layouts_share_is_no_layout():
    with pytest.raises(Refusal):
        rendering.draw("_paper", said(), sketch_svg="", made_at=None)
