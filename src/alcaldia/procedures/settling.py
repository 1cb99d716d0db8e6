"""The amount that an official sets, with its legal basis, where the rules could not compute the fee."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.shape import Text
from alcaldia.procedures.rules import flow, validators
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.flow import FAVOURABLE

UNKNOWN = "fee_unknown"
"""What the rules of a case say where they could not compute its fee."""
MOST = Decimal(1_000_000_000)
LONGEST_BASIS = 300
_MONEY = DataField(type="money", label=Text((("es", "Costo"),)), min=Decimal(0), max=MOST)


def asked(rules: Mapping[str, Any], state: flow.Case) -> bool:
    """Whether whoever resolves the case must say what it costs: what was paid already is not set again."""
    return bool(rules.get(UNKNOWN)) and not state.paid


def settled(
    rules: Mapping[str, Any], state: flow.Case, *, outcome: str, fee: str, basis: str
) -> dict[str, Any]:
    """The facts `fee` and `fee_basis` of a resolution; {} where the rules computed the fee or the answer is no.

    Raises Refusal where the amount is missing or is none, or nothing founds it.
    """
    if outcome not in FAVOURABLE:
        return {}
    if not asked(rules, state):
        if fee.strip():
            detail = "El costo de esta solicitud ya lo calculó la regla; no se escribe a mano."
            raise Refusal("fee_known", detail, status=422)
        return {}
    if not fee.strip() or not basis.strip():
        detail = "La regla no pudo calcular el costo: escriba cuánto es (0 si no se cobra) y su fundamento."
        raise Refusal("needs_fee", detail, status=422)
    if len(basis) > LONGEST_BASIS:
        raise Refusal("too_long", "El fundamento pasa de 300 letras. Cite sólo la norma y el artículo.")
    try:
        amount = validators.number(fee, _MONEY)
    except validators.Mistyped as mistyped:
        raise Refusal("bad_fee", f"Costo: {mistyped}", status=422) from mistyped
    return {"fee": amount.quantize(Decimal("0.01")), "fee_basis": basis.strip()}
