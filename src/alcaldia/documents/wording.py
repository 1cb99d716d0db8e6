"""How the values of a ruling are said in Spanish: numbers, units, limits, results, dates."""

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

_ABBREVIATION = re.compile(r"\b((?:art|arts|frac|fracc|núm|pág|inc)\.)\s+", re.IGNORECASE)
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
UNITS = {
    "m2": "m²",
    "ratio": "",
    "m": "m",
    "levels": "niveles",
    "dwellings": "viviendas",
    "dwellings_per_ha": "viv./ha",
    "spaces": "cajones",
    "percent": "%",
    "m2_per_space": "m² por cajón",
    "m2_per_dwelling": "m² por vivienda",
    "impact_level": "",
    "people_per_ha": "hab./ha",
}
COEFFICIENTS = {
    "cos": ("COS", "lo que ocupa en el suelo"),
    "cus": ("CUS", "lo construido en total"),
}
# Of a notice: sign and colour on the page, and the word that says the same.
NOTICES = {
    "prohibits": ("fail", "Restricción"),
    "conditions": ("condition", "Condición"),
    "informs": ("inform", "Aviso"),
    "unknown": ("unknown", "Falta el dato"),
}
FACINGS = {"front": "frente", "side": "costado", "rear": "fondo"}
MINUS = "\u2212"
UNKNOWN = "Sin dato"
BOUNDS = {"max": "máx.", "min": "mín.", "equal": "igual a"}
RESULTS = {"pass": "Cumple", "condition": "Con condición", "unknown": "Falta el dato", "fail": "No cumple"}
OUTCOMES = {
    "permitted": ("PERMITIDO", "Las normas vigentes lo permiten en este predio."),
    "conditional": (
        "PERMITIDO CON CONDICIONES",
        "Las normas vigentes lo permiten en este predio si se cumplen las condiciones de este dictamen.",
    ),
    "prohibited": (
        "NO PERMITIDO",
        "Las normas vigentes no lo permiten en este predio; abajo se dice por qué.",
    ),
    "undetermined": (
        "NO SE PUEDE DETERMINAR",
        "Falta un dato o una norma. No es una negativa: una persona de la oficina lo revisará.",
    ),
}
PROJECT = {
    "footprint_m2": ("Desplante", "m2"),
    "built_m2": ("Construcción total", "m2"),
    "levels": ("Niveles", "levels"),
    "height_m": ("Altura", "m"),
    "setback_front_m": ("Restricción frontal", "m"),
    "setback_side_m": ("Restricción lateral", "m"),
    "setback_rear_m": ("Restricción posterior", "m"),
    "dwellings": ("Viviendas", "dwellings"),
    "parking": ("Estacionamiento", "spaces"),
    "permeable_m2": ("Área permeable", "m2"),
}


def number(value: Any) -> str:
    """1234.5 → ``1,234.5``, with at most four decimals; text stays as it is; None is a dash."""
    if value is None:
        return "—"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    whole, _, rest = f"{value:,.4f}".partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


def quantity(value: Any, unit: str | None) -> str:
    """A value with its unit, joined by a no-break space."""
    text, name = number(value), UNITS.get(unit or "", unit or "")
    return f"{text}\u00a0{name}" if name and value is not None and not isinstance(value, str) else text


def known(value: Any, unit: str | None) -> str:
    """A quantity, or that nobody has the figure: never a zero, never an empty cell."""
    return UNKNOWN if value is None else quantity(value, unit)


def money(value: Any, currency: str) -> str:
    """1234.5 → ``$1,234.50 MXN``, −12.4 → ``−$12.40 MXN``; None is a dash."""
    if value is None:
        return "—"
    return f"{MINUS if value < 0 else ''}${abs(value):,.2f}\u00a0{currency}".strip()


def limit(value: Any, bound: str, unit: str | None) -> str:
    """``máx. 0.6``; an unreadable limit says so, and no limit is not the same as an unknown one."""
    if bound == "none":
        return "Sin límite" if value is None else quantity(value, unit)
    if value is None:
        return "No se conoce"
    if bound == "equal" and isinstance(value, str):
        return value
    return f"{BOUNDS.get(bound, bound)} {quantity(value, unit)}".strip()


def share(value: Any) -> str:
    """0.9312 → ``93.1 %``."""
    return f"{float(value) * 100:.1f}\u00a0%"


def unbroken(citation: str) -> str:
    """``art. 41`` stays on one line."""
    return _ABBREVIATION.sub("\\1\u00a0", citation)


def day(text: str | None, zone: str = "UTC") -> str:
    """``4 de marzo de 2026`` from an ISO date or date-time, on the calendar of the municipality."""
    if not text:
        return "—"
    if "T" in text:
        moment = datetime.fromisoformat(text)
        found = moment.astimezone(ZoneInfo(zone)).date() if moment.tzinfo else moment.date()
    else:
        found = date.fromisoformat(text)
    return f"{found.day} de {MONTHS[found.month - 1]} de {found.year}"
