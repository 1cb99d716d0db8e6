"""The parameters a norm may limit: one table for parser, importer, rules, sheet and editor."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Parameter:
    """`check` is the ruling line it feeds; `low`–`high` is what a sane plan may say, in `unit`."""

    name: str
    check: str
    label: str
    unit: str | None
    low: Decimal
    high: Decimal
    default_bound: str
    aliases: tuple[str, ...]


def _row(
    name: str, check: str, label: str, unit: str | None, low: str, high: str, bound: str, *aliases: str
) -> Parameter:
    return Parameter(name, check, label, unit, Decimal(low), Decimal(high), bound, aliases)


# Aliases are folded column names seen in real files of several countries (land.md, 4.3 and 5).
TABLE: tuple[Parameter, ...] = (
    _row("cos", "cos", "Coeficiente de ocupación del suelo (COS)", "ratio", "0.01", "1", "max",
         "cos", "cos max", "fos", "fos max", "coverage ratio", "ocupacion", "factor de ocupacion del suelo"),
    _row("cos_min", "cos", "COS mínimo", "ratio", "0.01", "1", "min", "cos min", "fos min"),
    _row("cus", "cus", "Coeficiente de utilización del suelo (CUS)", "ratio", "0.01", "40", "max",
         "cus", "cus max", "fot", "fot max", "floor area ratio", "far", "ocupacion total", "cus base"),
    _row("cus_min", "cus", "CUS mínimo", "ratio", "0.01", "40", "min", "cus min", "fot min"),
    _row("cus_optional", "cus", "CUS máximo optativo (con pago)", "ratio", "0.01", "40", "max",
         "cus optativo", "cus max optativo", "icus", "cus maximo optativo"),
    _row("lot_area", "lot_area", "Superficie mínima de lote", "m2", "1", "10000000", "min",
         "lote min", "lote minimo", "sup lote min", "superficie minima", "lot min", "min lot", "lot area"),
    _row("lot_area_max", "lot_area", "Superficie máxima de lote", "m2", "1", "100000000", "max",
         "lote max", "lote maximo", "sup lote max", "superficie maxima", "lot max", "max lot"),
    _row("lot_front", "lot_area", "Frente mínimo de lote", "m", "1", "10000", "min",
         "frente min", "frente minimo", "frente", "frontage", "lot front"),
    _row("height", "height", "Altura máxima", "m", "1", "500", "max",
         "altura", "altura max", "altura maxima", "height", "max height"),
    _row("levels", "levels", "Niveles máximos", "levels", "1", "150", "max",
         "niveles", "niveles max", "pisos", "plantas", "levels", "max levels"),
    _row("setback_front", "setback", "Retiro frontal", "m", "0", "200", "min",
         "retiro frente", "retiro frontal", "restriccion frontal", "setback front", "retiro", "rem frontal"),
    _row("setback_side", "setback", "Retiro lateral", "m", "0", "200", "min",
         "retiro lateral", "restriccion lateral", "setback side"),
    _row("setback_rear", "setback", "Retiro posterior", "m", "0", "200", "min",
         "retiro fondo", "retiro posterior", "restriccion posterior", "setback rear"),
    _row("density", "density", "Densidad de vivienda", "dwellings_per_ha", "0.1", "2000", "max",
         "densidad", "densidad max", "densidad viv", "viv ha", "density", "densidad vivienda"),
    _row("density_people", "density", "Densidad de habitantes", "people_per_ha", "1", "5000", "max",
         "densidad hab", "hab ha", "densidad habitantes"),
    _row("parking_dwelling", "parking", "Estacionamiento por vivienda", "spaces", "0", "20", "min",
         "cajones vivienda", "estacionamiento vivienda", "parking dwelling"),
    _row("parking_area", "parking", "Un cajón de estacionamiento por cada", "m2_per_space", "1", "1000", "min",
         "m2 por cajon", "estacionamiento m2", "parking area"),
    _row("permeable", "permeable", "Superficie permeable", "ratio", "0.01", "1", "min",
         "cas", "permeable", "area permeable", "coeficiente de absorcion"),
)

BY_NAME: dict[str, Parameter] = {row.name: row for row in TABLE}
BY_ALIAS: dict[str, Parameter] = {alias: row for row in TABLE for alias in (row.name, *row.aliases)}
