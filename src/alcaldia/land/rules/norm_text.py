"""A norm as a plan writes it, turned into limits: correct or refused, never guessed.

The vocabulary is closed: a text is read only when every word, number, unit and sign in it is
understood. Whoever adds a word here says that it never changes the meaning of a number beside it.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation

from alcaldia.land.rules import numbers
from alcaldia.land.rules.parameters import BY_NAME, Parameter
from alcaldia.land.rules.types import Bound, Norm


@dataclass(frozen=True)
class Refused:
    """The text says something that cannot be read safely; `reason` is a Spanish clause for the planner."""

    reason: str


class _Unreadable(Exception):
    pass


NO_DATA = frozenset(
    [
        "",
        "null",
        "none",
        "nan",
        "s/d",
        "s/d.",
        "sd",
        "n/d",
        "nd",
        "n/a",
        "-",
        "--",
        "sin dato",
        "sin datos",
        "0.0",
        "0,0",
        "0.00",
        "0,00",
        "0%",
    ]
)
NO_LIMIT = frozenset(
    {"sin limite", "sin limites", "no aplica", "libre", "ilimitado", "ilimitada", "sin restriccion"}
)

# Units people write, the canonical unit, and what one of it is worth there.
_UNITS: tuple[tuple[str, str, Decimal], ...] = (
    (r"hab(?:itantes?)?\.?\s*(?:/|por)\s*(?:has?|hectareas?)", "people_per_ha", Decimal(1)),
    (r"viv(?:iendas?)?\.?\s*(?:/|por)\s*(?:has?|hectareas?)", "dwellings_per_ha", Decimal(1)),
    (r"m2|mts?\.?\s?2|metros\s+cuadrados|mts?\.?\s+cuadrados", "m2", Decimal(1)),
    (r"has?|hectareas?", "m2", Decimal(10000)),
    (r"metros?|mts?|mtrs?|ml|m", "m", Decimal(1)),
    (r"niveles|nivel|pisos?|plantas?", "levels", Decimal(1)),
    (r"cajones|cajon", "spaces", Decimal(1)),
    (r"%|por\s+ciento", "ratio", Decimal("0.01")),
)
_VALUE = re.compile(
    rf"(?<![\w.,])(?P<number>{numbers.TOKEN})\s*"
    "(?:"
    + "|".join(f"(?P<u{i}>{pattern})(?![a-z0-9ñ])" for i, (pattern, _, _) in enumerate(_UNITS))
    + r")?(?![\w%])"
)

CONDITIONS = {
    **dict.fromkeys(("calle", "calles"), "calle"),
    **dict.fromkeys(("avda", "avdas", "av", "avenida", "avenidas"), "avenida"),
    **dict.fromkeys(("residencial", "residenciales", "habitacional", "habitacionales"), "habitacional"),
    **dict.fromkeys(("comercial", "comerciales"), "comercial"),
    "unifamiliar": "unifamiliar",
    "multifamiliar": "multifamiliar",
}
_EDGES = {
    **dict.fromkeys(("frente", "frontal", "fte"), "setback_front"),
    **dict.fromkeys(("lateral", "laterales", "medianera", "medianeras"), "setback_side"),
    **dict.fromkeys(("fondo", "posterior"), "setback_rear"),
}
BOUND_WORDS: dict[str, Bound] = {
    **dict.fromkeys(("min", "mini", "minimo", "minima", "minimos"), "min"),
    **dict.fromkeys(("max", "maxi", "maximo", "maxima", "maximos", "hasta"), "max"),
}
_OPTIONAL = frozenset({"optativo", "optativos", "optativa", "optativas", "opcional", "opcionales"})
HARMLESS = frozenset(
    ["de", "del", "la", "el", "las", "los", "suelo", "factor", "coeficiente", "indice", "sobre", "aproximado"]
) - {"aproximado"}
_HARMLESS_FOR = {
    "cos": frozenset(["ocupacion", "cos", "fos"]),
    "cus": frozenset(["utilizacion", "edificabilidad", "intensidad", "cus", "fot", "total"]),
    "lot_area": frozenset(["lote", "superficie", "parcela", "terreno"]),
    "height": frozenset(["altura", "edificacion"]),
    "setback": frozenset(["retiro", "obligatorio", "obligatoria", "obligatorios", "y"]),
    "density": frozenset(["densidad"]),
}
# The usual tail after "residencial"; alone, "mixto" is not understood and refuses the text.
_MIXED = re.compile(
    r"(?:para\s+)?usos?\s+(?:de\s+tipo\s+)?(residencial|habitacional)(?:\s+o\s+de\s+caracter\s+mixto\s+que\s+incluyan\s+residencia)?"
)

# A bound or a unit that belongs to a sister parameter moves the value there.
BY_BOUND = {
    ("cos", "min"): "cos_min", ("cus", "min"): "cus_min", ("lot_area", "max"): "lot_area_max",
    ("lot_area_max", "min"): "lot_area", ("cos_min", "max"): "cos", ("cus_min", "max"): "cus",
}  # fmt: skip
_BY_UNIT = {
    ("density", "people_per_ha"): "density_people", ("density_people", "dwellings_per_ha"): "density",
    ("height", "levels"): "levels", ("levels", "m"): "height",
}  # fmt: skip


def parse(parameter: str, text: object) -> tuple[Norm, ...] | Refused:
    """The norms that a cell states for a parameter of `parameters.py`; () when it holds no data.

    A returned value always lies within the parameter's low–high. A norm whose value is None
    inside an otherwise readable text (an optional setback with a figure) is present, not readable.
    """
    row = BY_NAME[parameter]
    raw = "" if text is None else str(text).strip()
    if isinstance(text, bool) or len(raw) > 400:
        return Refused("no es un texto de norma")
    clean = _clean(raw)
    if clean in NO_DATA or (clean == "0" and row.low > 0):
        return ()
    if clean.rstrip(".") in NO_LIMIT:
        return (Norm(parameter, "none", None, raw=raw),)
    try:
        if isinstance(text, int | float | Decimal):
            return (_norm(row, _in_range(row, (Decimal(raw),)), row.default_bound, "", raw),)
        return _consistent([norm for part in _split(clean) for norm in _segment(row, part, raw)])
    except (_Unreadable, InvalidOperation) as problem:
        return Refused(str(problem) if isinstance(problem, _Unreadable) else "no es un número")


def _clean(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return _MIXED.sub(r" \1 ", re.sub(r"\s+", " ", bare)).strip()


def _split(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\s[-–—]\s|;|\s/\s", text) if part.strip()]


def _segment(row: Parameter, text: str, raw: str) -> list[Norm]:
    """The norms of one part of a text: one value at most, and words that are all understood."""
    values = list(_VALUE.finditer(text))
    if len(values) > 1:
        raise _Unreadable("trae varios números y no dice cuál es el límite")
    rest = _VALUE.sub(" ", text)
    words = re.findall(r"[a-zñ]+", rest)
    if re.sub(r"[a-zñ\s.:()]", "", rest):
        raise _Unreadable("trae signos o números que no se entienden")
    conditions = {CONDITIONS[word] for word in words if word in CONDITIONS}
    edges = sorted({_EDGES[word] for word in words if word in _EDGES}) if row.check == "setback" else []
    optional = row.check == "setback" and any(word in _OPTIONAL for word in words)
    _refuse_unknown(row, words, edges)
    if len(conditions) > 1:
        raise _Unreadable("trae varias condiciones para un solo número")
    targets = [BY_NAME[edge] for edge in edges] or [row]
    if optional:
        return [Norm(t.name, t.default_bound if values else "none", None, raw=raw) for t in targets]  # type: ignore[arg-type]
    if not values:
        raise _Unreadable("no trae ningún número")
    return [_limit(target, values[0], words, "".join(conditions), raw) for target in targets]


def _refuse_unknown(row: Parameter, words: list[str], edges: list[str]) -> None:
    if row.check == "cus" and "ocupacion" in words and "total" not in words:
        raise _Unreadable("es un factor de ocupación en una columna de intensidad")
    allowed = HARMLESS | _HARMLESS_FOR.get(row.check, frozenset()) | BOUND_WORDS.keys() | CONDITIONS.keys()
    if row.check == "setback":
        allowed = allowed | _EDGES.keys() | _OPTIONAL
    if row.name == "lot_front":
        allowed = allowed | {"frente", "fte"}
    if row.check == "cus" and "total" in words:
        allowed = allowed | {"ocupacion"}
    unknown = [word for word in words if word not in allowed]
    if unknown:
        raise _Unreadable(f"no se entiende «{unknown[0]}»")


def _limit(row: Parameter, match: re.Match[str], words: list[str], condition: str, raw: str) -> Norm:
    bounds = {BOUND_WORDS[word] for word in words if word in BOUND_WORDS}
    if len(bounds) > 1:
        raise _Unreadable("dice mínimo y máximo del mismo número")
    index = next((i for i in range(len(_UNITS)) if match.group(f"u{i}")), None)
    unit, scale = (None, Decimal(1)) if index is None else _UNITS[index][1:]
    if unit is not None:
        row = BY_NAME[_BY_UNIT.get((row.name, unit), row.name)]
        if unit != row.unit and not (row.unit == "m2_per_space" and unit == "m2"):
            raise _Unreadable("la unidad no corresponde a esta columna")
    bound = bounds.pop() if bounds else row.default_bound
    if bound != row.default_bound:
        if (row.name, bound) not in BY_BOUND:
            raise _Unreadable("mínimo y máximo están cambiados para esta columna")
        row = BY_NAME[BY_BOUND[row.name, bound]]
    found = tuple(reading * scale for reading in numbers.readings(match.group("number")))
    return _norm(row, _in_range(row, found), bound, condition, raw)


def _in_range(row: Parameter, found: tuple[Decimal, ...]) -> Decimal:
    sane = [value for value in found if value.is_finite() and row.low <= value <= row.high]
    if not sane:
        raise _Unreadable(f"el valor está fuera de lo razonable ({row.low}–{row.high})")
    if len(sane) == 1:
        return sane[0]
    if row.unit == "m2":  # 1.000 m2: no plan states square metres to the thousandth
        return sane[0]
    raise _Unreadable("no se sabe si el punto o la coma separa miles o decimales")


def _norm(row: Parameter, value: Decimal, bound: str, condition: str, raw: str) -> Norm:
    """Four decimals are kept; the rest is dropped to the strict side, inside low–high."""
    step = value.quantize(Decimal("0.0001"), rounding=ROUND_FLOOR if bound == "max" else ROUND_CEILING)
    return Norm(row.name, bound, min(max(step, row.low), row.high), condition, raw)  # type: ignore[arg-type]


def _consistent(norms: list[Norm]) -> tuple[Norm, ...]:
    seen = [(norm.parameter, norm.condition) for norm in norms]
    if len(set(seen)) < len(seen):
        raise _Unreadable("trae un intervalo o varios valores sin decir cuál es el límite")
    conditional = {norm.parameter for norm in norms if norm.condition}
    if any(norm.parameter in conditional and not norm.condition for norm in norms):
        raise _Unreadable("mezcla un valor con condición y otro sin ella")
    return tuple(norms)
