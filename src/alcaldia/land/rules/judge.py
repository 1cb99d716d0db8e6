"""One figure against the norms of one zone: pass, fail or unknown, never a guess."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from alcaldia.land.rules.types import Norm, Result

Applies = Literal["yes", "no", "maybe"]

# Condition words the parser writes, and the fact of the parcel or project that settles each.
STREET_CLASSES = ("calle", "avenida")
RESIDENTIAL = "habitacional"


@dataclass(frozen=True)
class Circumstance:
    """What is known that a conditional norm may ask for; "" is unknown."""

    street_class: str = ""
    use: str = ""


@dataclass(frozen=True)
class Judgement:
    """The result, and the norm that gave it (the strictest of those that apply)."""

    result: Result
    norm: Norm | None
    note: str = ""


def has_limit(norms: Iterable[Norm], names: str) -> bool:
    """Is there a readable, unconditional answer for this parameter ("a|b": for one of them)?

    An explicit "no limit" counts as an answer; a text we refused to guess does not.
    """
    wanted = names.split("|")
    return any(
        norm.parameter in wanted and (norm.value is not None or norm.bound == "none") and not norm.condition
        for norm in norms
    ) or _exhaustive(
        {norm.condition for norm in norms if norm.parameter in wanted and norm.value is not None}
    )


def judge(norms: Iterable[Norm], value: Decimal | None, circumstance: Circumstance) -> Judgement:
    """Judge `value` by every norm that applies; where they may or may not apply, only agreement decides."""
    listed = list(norms)
    sure = [norm for norm in listed if applies(norm, circumstance) == "yes"]
    if sure:
        return _strictest(sure, value)
    doubtful = [norm for norm in listed if applies(norm, circumstance) == "maybe"]
    if not doubtful:
        return Judgement(Result.UNKNOWN, None, "La zona no tiene este valor publicado.")
    results = {_against(norm, value) for norm in doubtful}
    if len(results) == 1 and _exhaustive({norm.condition for norm in doubtful}):
        return Judgement(results.pop(), _tightest(doubtful))
    conditions = " o ".join(sorted(norm.condition for norm in doubtful))
    return Judgement(Result.UNKNOWN, doubtful[0], f"Depende de si aplica: {conditions}.")


def applies(norm: Norm, circumstance: Circumstance) -> Applies:
    """Does this norm's condition hold?"""
    if not norm.condition:
        return "yes"
    if norm.condition in STREET_CLASSES and circumstance.street_class:
        return "yes" if norm.condition == circumstance.street_class else "no"
    if norm.condition == RESIDENTIAL and circumstance.use:
        return "yes" if circumstance.use == RESIDENTIAL else "no"
    return "maybe"


def _exhaustive(conditions: set[str]) -> bool:
    return set(STREET_CLASSES) <= conditions


def _strictest(norms: list[Norm], value: Decimal | None) -> Judgement:
    results = [(_against(norm, value), norm) for norm in norms]
    unreadable = [norm for norm in norms if norm.value is None and norm.bound != "none"]
    if unreadable:
        note = f"El plan dice «{unreadable[0].raw}», que no se puede leer como un número."
        return Judgement(Result.UNKNOWN, unreadable[0], note)
    if len({(norm.bound, norm.value) for norm in norms}) > 1 and len({r for r, _ in results}) > 1:
        return Judgement(Result.UNKNOWN, norms[0], "El plan trae valores distintos para lo mismo.")
    result = results[0][0]
    missing = value is None and result is Result.UNKNOWN
    return Judgement(result, _tightest(norms), "Falta este dato del proyecto." if missing else "")


def _against(norm: Norm, value: Decimal | None) -> Result:
    if norm.bound == "none" or (norm.bound == "min" and norm.value == 0):
        return Result.PASS  # at least zero holds whatever the project says
    if norm.value is None or value is None:
        return Result.UNKNOWN
    within = {"max": value <= norm.value, "min": value >= norm.value, "equal": value == norm.value}[
        norm.bound
    ]
    return Result.PASS if within else Result.FAIL


def _tightest(norms: list[Norm]) -> Norm:
    limited = [norm for norm in norms if norm.value is not None]
    if not limited:
        return norms[0]
    return min(limited, key=lambda n: (n.value or Decimal(0)) * (-1 if n.bound == "min" else 1))
