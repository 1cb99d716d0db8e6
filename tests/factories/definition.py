"""A small procedure that compiles and passes every look; tests change one thing."""

import copy
from typing import Any

from alcaldia.procedures.rules.program import Program, load

SHEET = {
    "key": "permiso-prueba", "official_code": "MUN-1", "name": "Permiso de prueba", "plain_name": "Pedir un permiso",
    "also_called": ["permiso", "licencia", "autorización"],
    "summary": "Es un permiso para probar. Diga cuántos metros usa y si va a vender. Si son pocos, sale al momento. Si son muchos, lo ve una persona y le responde en diez días con sus razones.",
    "family": "abrir-negocio", "agency": "licencias", "result": "Permiso", "deadline": {"amount": 9}, "tacit": "denial",
    "legal_basis": [{"ordinance": "Reglamento"}], "cost": {"summary": "Gratis"},
}  # fmt: skip
TREE: dict[str, Any] = {
    "format": "procedure/1",
    "sheet": SHEET,
    "data": {
        "area": {"type": "number", "label": "Metros", "min": 1},
        "vende": {"type": "yes_no", "label": "¿Vende?"},
        "que": {"type": "text", "label": "¿Qué?", "visible": "vende", "why": "Se imprime."},
        "adeudo": {"type": "money", "label": "Adeudo", "source": "registry:tesoreria.adeudo"},
    },
    "lookups": {"tesoreria": {"registry": "property_tax", "by": "area"}},
    "parameters": {"por_m2": {"label": "Cuota", "value": 5}},
    "steps": [
        {"id": "uno", "title": "Metros", "fields": ["area"]},
        {"id": "dos", "title": "Venta", "fields": ["vende", "que"]},
    ],
    "rules": {
        "tables": {
            "decision": {
                "inputs": ["area", "vende", "adeudo"],
                "outputs": ["outcome", "reason"],
                "rows": [
                    {"if": ["-", "-", "> 0"], "then": ["denied", "Debe."], "legal_basis": "Art. 1"},
                    {"if": ["> 100", "-", "-"], "then": ["review", "Es grande."], "legal_basis": "Art. 2"},
                    {"if": ["-", "-", "-"], "then": ["granted", "Cumple."], "legal_basis": "Art. 3"},
                ],
            }
        },
        "formulas": {"derechos": "redondear(area * por_m2; 2)"},
    },
    "fee": {"formula": "derechos", "concept": "Permiso"},
    "reviews": [
        {"agency": "licencias", "asks": "Verlo", "days": 3, "silence": "favourable", "when": "area > 100"}
    ],
    "tests": [
        {"given": {"area": n, "vende": False, "adeudo": 0}, "expect": {"outcome": "granted"}}
        for n in range(1, 6)
    ],
}


def tree(**changes: Any) -> dict[str, Any]:
    """The plain tree; `a__b=value` sets `tree["a"]["b"]`."""
    found = copy.deepcopy(TREE)
    for path, value in changes.items():
        *before, last = path.split("__")
        place = found
        for key in before:
            place = place[key]
        place[last] = value
    return found


def program(**changes: Any) -> Program:
    """The compiled procedure; fails where it does not compile."""
    found, problems = load(tree(**changes))
    assert found is not None, problems
    return found


def decision(inputs: list[str], rows: list[list[Any]], policy: str = "first") -> dict[str, Any]:
    """A decision table: each row is its cells and, last, its outcome."""
    lines = [
        {"if": row[:-1], "then": [row[-1], f"renglón {at}"], "legal_basis": f"Art. {at}"}
        for at, row in enumerate(rows, 1)
    ]
    return {"policy": policy, "inputs": inputs, "outputs": ["outcome", "reason"], "rows": lines}
