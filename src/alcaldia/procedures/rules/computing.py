"""Formulas as closures: one function per node, made once, run for every case."""

import operator
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from alcaldia.procedures.rules.definition import Bracket
from alcaldia.procedures.rules.formulas import COMPARISONS, UMA, Compiled, Node
from alcaldia.procedures.rules.values import UNKNOWN, Span, shifted

WORKING_DAYS, BRACKETS, CHOICES, ON_A_DAY = " dias_habiles", " tramos", " opciones", " ese_dia"
"""Names of the surroundings in the values of a run; no name that people write begins with a space."""
LARGEST = Decimal(10) ** 15


class Undefined(ArithmeticError):
    """A formula without a result for these values; its message says why, in Spanish."""


def compiled(node: Node) -> Compiled:
    """The closure of a tree; it gives UNKNOWN where an input is unknown or blank and that matters."""
    if node.op == "literal":
        value = node.args[0]
        return lambda env: value
    if node.op == "name":
        name = node.args[0]
        return lambda env: env.get(name, UNKNOWN)
    parts = [compiled(one) for one in node.args]
    if node.op in _SPECIAL:
        return _SPECIAL[node.op](*parts)
    return _strict(_FUNCTIONS[node.op], parts)


def _strict(function: Callable[..., Any], parts: list[Compiled]) -> Compiled:
    if len(parts) == 2:
        first, second = parts

        def two(env: Mapping[str, Any]) -> Any:
            a, b = first(env), second(env)
            if a is UNKNOWN or b is UNKNOWN or a is None or b is None:
                return UNKNOWN
            return function(env, a, b)

        return two

    def many(env: Mapping[str, Any]) -> Any:
        values = [part(env) for part in parts]
        if any(value is UNKNOWN or value is None for value in values):
            return UNKNOWN
        return function(env, *values)

    return many


def _and(first: Compiled, second: Compiled) -> Compiled:
    def run(env: Mapping[str, Any]) -> Any:
        a = _truth(first(env))
        if a is False:
            return False
        b = _truth(second(env))
        return b if a is True or b is False else UNKNOWN

    return run


def _or(first: Compiled, second: Compiled) -> Compiled:
    def run(env: Mapping[str, Any]) -> Any:
        a = _truth(first(env))
        if a is True:
            return True
        b = _truth(second(env))
        return b if a is False or b is True else UNKNOWN

    return run


def _truth(value: Any) -> Any:
    return UNKNOWN if value is None else value


def _not(only: Compiled) -> Compiled:
    def run(env: Mapping[str, Any]) -> Any:
        value = _truth(only(env))
        return value if value is UNKNOWN else not value

    return run


def _if(condition: Compiled, yes: Compiled, no: Compiled) -> Compiled:
    def run(env: Mapping[str, Any]) -> Any:
        value = _truth(condition(env))
        if value is UNKNOWN:
            return UNKNOWN
        return yes(env) if value else no(env)

    return run


def _equal(wanted: bool) -> Callable[[Compiled, Compiled], Compiled]:
    """Equality is the one comparison that a blank value answers."""

    def make(first: Compiled, second: Compiled) -> Compiled:
        def run(env: Mapping[str, Any]) -> Any:
            a, b = first(env), second(env)
            return UNKNOWN if a is UNKNOWN or b is UNKNOWN else (a == b) is wanted

        return run

    return make


def _blank_is_zero_rows(only: Compiled) -> Compiled:
    def run(env: Mapping[str, Any]) -> Any:
        value = only(env)
        return UNKNOWN if value is UNKNOWN else Decimal(len(value or ()))

    return run


_SPECIAL: dict[str, Callable[..., Compiled]] = {
    "y": _and, "o": _or, "no": _not, "if": _if, "=": _equal(True), "<>": _equal(False),
    "cuenta": _blank_is_zero_rows,
}  # fmt: skip
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def _figure(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def run(env: Mapping[str, Any], a: Decimal, b: Decimal) -> Any:
        return _small(function(a, b))

    return run


def _divide(env: Mapping[str, Any], a: Decimal, b: Decimal) -> Decimal:
    if b == 0:
        raise Undefined("una fórmula divide entre cero; revise los datos o la fórmula")
    return Decimal(_small(a / b))


def _small(found: Any) -> Any:
    """A figure that every later step can hold; 28 digits are what Decimal keeps."""
    if abs(found) > LARGEST:
        raise Undefined("el resultado es un número demasiado grande; revise los datos")
    return found


def _shift(sign: int) -> Callable[..., date]:
    def run(env: Mapping[str, Any], day: date, span: Span) -> date:
        try:
            return shifted(day, span.times(sign))
        except (ValueError, OverflowError):
            raise Undefined("la fecha queda fuera del calendario; revise los datos") from None

    return run


def _rounded(env: Mapping[str, Any], value: Decimal, places: Decimal) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-min(max(int(places), 0), 6)), ROUND_HALF_UP)


def _sum(env: Mapping[str, Any], rows: Any, name: str) -> Any:
    figures = [row.get(name) for row in rows]
    return (
        UNKNOWN if any(one is None or one is UNKNOWN for one in figures) else _small(sum(figures, Decimal(0)))
    )


def _months(env: Mapping[str, Any], start: date, end: date) -> Decimal:
    """Whole months; negative where `end` is earlier."""
    if end < start:
        return -_months(env, end, start)
    return Decimal((end.year - start.year) * 12 + end.month - start.month - (end.day < start.day))


def _age(env: Mapping[str, Any], born: date) -> Any:
    today = env.get("hoy", UNKNOWN)
    return UNKNOWN if today is UNKNOWN else Decimal(int(_months(env, born, today)) // 12)


def _tariff(env: Mapping[str, Any], name: str, value: Decimal) -> Decimal:
    """Progressive: the last step that begins at or below the value."""
    found: Bracket | None = None
    for step in env.get(BRACKETS, {}).get(name, ()):
        if value >= step.from_:
            found = step
    if found is None:
        raise Undefined(f"la tarifa «{name}» no tiene tramo para ese valor; complete el parámetro")
    return Decimal(_small(found.base + (value - found.from_) * found.rate))


def _value_of(env: Mapping[str, Any], name: str, key: str) -> Decimal:
    table: Mapping[str, Decimal] = env.get(CHOICES, {}).get(name, {})
    if key not in table:
        raise Undefined(f"el parámetro «{name}» no dice cuánto es para «{key}»; complételo")
    return table[key]


def _working_days(env: Mapping[str, Any], start: date, end: date) -> Any:
    count = env.get(WORKING_DAYS)
    return UNKNOWN if count is None else Decimal(count(start, end))


def _umas(env: Mapping[str, Any], count: Decimal, day: date) -> Any:
    """So many UMA in money, by its value of that day."""
    on = env.get(ON_A_DAY)
    value = UNKNOWN if on is None else on(UMA, day)
    return UNKNOWN if value is UNKNOWN or value is None else _small(count * value)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{sign: (lambda run: lambda env, a, b: run(a, b))(_ORDER[sign]) for sign in _ORDER},
    **{sign: _figure(_ARITHMETIC[sign]) for sign in _ARITHMETIC},
    "/": _divide,
    "neg": lambda env, a: -a,
    "date+": _shift(1),
    "date-": _shift(-1),
    "min": lambda env, *values: min(values),
    "max": lambda env, *values: max(values),
    "redondear": _rounded,
    "techo": lambda env, a: a.to_integral_value(ROUND_CEILING),
    "piso": lambda env, a: a.to_integral_value(ROUND_FLOOR),
    "abs": lambda env, a: abs(a),
    "suma": _sum,
    "contiene": lambda env, listed, word: word in listed,
    "edad": _age,
    "dias_entre": lambda env, a, b: Decimal((b - a).days),
    "meses_entre": _months,
    "dias_habiles": _working_days,
    "tarifa": _tariff,
    "valor_de": _value_of,
    UMA: _umas,
    "anio": lambda env, day: Decimal(day.year),
    "mes": lambda env, day: Decimal(day.month),
}
assert set(COMPARISONS) <= {*_FUNCTIONS, *_SPECIAL}  # noqa: S101
