"""The plan on paper: norms, activities, matrix, land values; made from the small tables beside this file."""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from alcaldia.land.demo.neighbourhoods import EVERY

FOLDER = Path(__file__).parent / "tables"
Row = dict[str, str]
_OUTCOMES = {"P": "permitido", "C": "condicionado", "N": "prohibido", "": ""}
PROTECTED = "PC"
RESERVE = "RU"
ZONE_NAMES = {"PC": "Protección a cauces", "RU": "Reserva urbana (sin normas todavía)"}


def read(name: str) -> list[Row]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def street_names(theme: str) -> tuple[str, ...]:
    return {row["tema"]: tuple(row["nombres"].split(";")) for row in read("streets")}[theme]


def zone_names() -> dict[str, str]:
    return {row["zona"]: row["nombre"] for row in read("norms")} | ZONE_NAMES


def norm_rows() -> Iterator[Row]:
    """Table 9 of the plan, one row per zone, as planners write it ("12 m sobre calle - 18 m sobre avenida")."""
    for row in read("norms"):
        yield {name: text for name, text in row.items() if name not in {"nombre", "impacto_max"}}


def matrix_rows() -> Iterator[Row]:
    """Every cell of zone × activity; the reserve's cells are blank and the river's are all "prohibido"."""
    groups = {row["grupo"]: row for row in read("groups")}
    special = {(row["zona"], row["codigo"]): row["celda"] for row in read("overrides")}
    conditions = {row["clave"]: row["texto"] for row in read("conditions")}
    impact = {row["zona"]: row["impacto_max"] for row in read("norms")}
    for zone in (*impact, PROTECTED, RESERVE):
        for activity in read("activities"):
            code, group = activity["codigo"], activity["grupo"]
            cell = {PROTECTED: "N", RESERVE: ""}.get(zone) if zone in ZONE_NAMES else groups[group][zone]
            text = special.get((zone, code), cell or "")
            yield _cell(text, conditions) | {
                "zona": zone, "codigo_giro": code, "impacto_maximo": impact.get(zone, ""),
                "articulo": f"art. 58, cuadro 12, {group.lower()}",
            }  # fmt: skip


def _cell(text: str, conditions: dict[str, str]) -> Row:
    """ "C olores horario 60" → conditional, two sentences, up to 60 m²."""
    letter, *words = text.split() or [""]
    return {
        "compatibilidad": _OUTCOMES[letter],
        "condiciones": ";".join(conditions[word] for word in words if not word.isdigit()),
        "superficie_maxima": next((word for word in words if word.isdigit()), ""),
    }


def land_value_rows() -> Iterator[Row]:
    """Homogeneous zones of the fiscal year; the exempt one has the value 0, which is not "no value"."""
    for hood in EVERY:
        yield _value(f"ZH-{hood.number:02d}-C", f"{hood.name}, calles", hood.value)
        if hood.zone not in {"AR", "RU"}:
            yield _value(f"ZH-{hood.number:02d}-A", f"{hood.name}, avenidas", round(hood.value * 1.25, 2))
    yield _value("ZH-EXENTO", "Bienes de dominio público (exentos)", 0)


def _value(code: str, name: str, value: float) -> Row:
    return {"codigo": code, "nombre": name, "anio": "2026", "valor_m2": f"{value:.2f}"}
