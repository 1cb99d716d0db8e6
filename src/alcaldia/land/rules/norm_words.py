"""The words beside a number in a long norm table: which parameter, which sense, which condition. Closed lists."""

import re
from dataclasses import replace

from alcaldia.kernel.text import fold
from alcaldia.land.rules.norm_text import BOUND_WORDS, BY_BOUND, CONDITIONS, HARMLESS, NO_LIMIT, Refused
from alcaldia.land.rules.parameters import BY_ALIAS, BY_NAME, TABLE
from alcaldia.land.rules.types import Bound, Norm

_IN_BRACKETS = re.compile(r"\(.*?\)")
_NAMES = {
    **{fold(_IN_BRACKETS.sub(" ", row.label)): row.name for row in TABLE},
    **{fold(row.label): row.name for row in TABLE},
    **{fold(alias): row.name for alias, row in BY_ALIAS.items()},
}
_ALLOWED = frozenset({"permitido", "permitida", "permitidos", "permitidas", "autorizado", "autorizada"})
_SIGNS: dict[str, Bound] = {
    "<": "max",
    "<=": "max",
    "≤": "max",
    ">": "min",
    ">=": "min",
    "≥": "min",
    "=": "equal",
}
_SENSES: dict[str, Bound] = {
    **{fold(word): bound for word, bound in BOUND_WORDS.items()},
    **dict.fromkeys(("maximas", "como maximo", "a lo mas", "no mas de", "superior"), "max"),
    **dict.fromkeys(("minimas", "como minimo", "al menos", "por lo menos", "no menos de", "inferior"), "min"),
    **dict.fromkeys(
        ("equal", "igual", "igual a", "exacto", "exacta", "exactamente", "fijo", "fija"), "equal"
    ),
    **dict.fromkeys(("none", *map(fold, NO_LIMIT)), "none"),
}
_NO_CONDITION = frozenset({"", "ninguna", "sin condicion", "no aplica", "n a", "na"})
# What a unit column says of a plain ratio; anything else is read with the number.
_NO_UNIT = frozenset(
    {"", "ratio", "coeficiente", "coef", "adimensional", "factor", "veces", "n a", "na", "sin unidad"}
)

_PERCENT = frozenset({"porcentaje", "por ciento", "pct", "percent"})


def parameter_named(text: str) -> tuple[str, Bound | None] | None:
    """Parameter and, where its name says so, the sense: «COS máximo» → (cos, max). None: no such parameter."""
    whole, bare = fold(text), fold(_IN_BRACKETS.sub(" ", text))
    words = [word for word in bare.split() if word not in _ALLOWED]
    senses = {BOUND_WORDS[word] for word in words if word in BOUND_WORDS}
    plain = " ".join(word for word in words if word not in BOUND_WORDS)
    base = next((_NAMES[name] for name in (whole, bare, plain) if name in _NAMES), None)
    if base is None or len(senses) > 1:
        return None
    return base, senses.pop() if senses else None


def sense_named(text: str) -> Bound | None:
    """max, min, equal or none (no limit); None for a word we do not know."""
    return _SIGNS.get(text.strip()) or _SENSES.get(fold(text))


def condition_named(text: str) -> str:
    """The condition as the rules know it («sobre avenida» → avenida), else as written; "" where there is none."""
    folded = fold(text)
    if folded in _NO_CONDITION:
        return ""
    words = [word for word in folded.split() if word not in HARMLESS]
    known = {CONDITIONS.get(word, "") for word in words}
    return known.pop() if len(known) == 1 and known != {""} else text.strip()


def with_unit(parameter: str, number: str, unit: str) -> str:
    """The number with its unit where the unit says more than the parameter does."""
    folded, own = fold(unit), fold(BY_NAME[parameter].unit or "")
    if "%" in unit or folded in _PERCENT:
        return f"{number} %"
    return number if folded in _NO_UNIT or folded == own else f"{number} {unit}"


def in_sense(norm: Norm, sense: Bound) -> Norm | Refused:
    """The norm with the sense its table states; a minimum of a maximum moves to the sister parameter."""
    if norm.bound in (sense, "none"):
        return norm
    if norm.bound != BY_NAME[norm.parameter].default_bound:
        return Refused("dice mínimo y máximo del mismo número")
    if sense == "equal":
        return replace(norm, bound="equal")
    sister = BY_BOUND.get((norm.parameter, sense))
    if sister is None:
        return Refused("mínimo y máximo están cambiados para este parámetro")
    return replace(norm, parameter=sister, bound=sense)
