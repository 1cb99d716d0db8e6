"""What the registers of the demo town say: accounts of its parcels, and a handful of fines, courses, jobs and records.

Everything is invented; the numbers to try stand in the tables below.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from alcaldia.kernel.models import Municipality
from alcaldia.land.demo.accounts import TAX_RATE
from alcaldia.procedures import registers

Row = tuple[str, dict[str, Any]]
FINES: tuple[Row, ...] = (
    ("M-1001", {"dias": 4, "umas": 5, "pagada": False, "descuento": True}),
    ("M-1002", {"dias": 40, "umas": 10, "pagada": False, "descuento": True}),
    ("M-1003", {"dias": 8, "umas": 20, "pagada": False, "descuento": False}),
)
COURSES: tuple[Row, ...] = tuple(
    (name, {"lugares": seats})
    for name, seats in (("natacion", 12), ("idiomas", 20), ("computo", 8), ("oficios", 15), ("arte", 0))
)
JOBS: tuple[Row, ...] = tuple(
    (name, {"vacantes": seats})
    for name, seats in (("cocina", 4), ("ventas", 9), ("albañil", 6), ("chofer", 3), ("costura", 2))
)
STREETS: tuple[Row, ...] = (
    ("general", {"zona": "permitida", "libres": 25}),
    ("plaza de armas", {"zona": "especial", "libres": 3}),
    ("calle hidalgo", {"zona": "prohibida", "libres": 0}),
)
SPACES: tuple[Row, ...] = (("plaza de armas 2027-09-15", {"ocupado": True}),)
CIVIL: tuple[Row, ...] = (
    ("XEXX010101HNEXXXA4", {"coincidencias": 1}),
    ("GOMC900514MJCMRR01", {
        "coincidencias": 1, "nombre": "Carmen Gómez Del Ejemplo", "nacimiento": "1990-05-14",
        "lugar": "Villa Ejemplo, Jalisco", "madre": "Ramona Del Ejemplo", "padre": "Casimiro Gómez Inventado",
    }),
    ("Ramona Del Ejemplo 1990-05-14", {"coincidencias": 2}),
)  # fmt: skip
ADDRESSES: tuple[Row, ...] = (
    ("Benito Juárez 12", {"desde": "2020-01-01"}),
    ("Hidalgo 45, Centro", {"desde": "2018-06-01"}),
)
LICENCES: tuple[Row, ...] = (
    ("LIC-2025-0001", {"vigente": True, "infraccion": False, "adeudo": 0, "cuota": "800.00", "m2": 40}),
    ("LIC-2025-0002", {"vigente": True, "infraccion": True, "adeudo": 0, "cuota": "1500.00", "m2": 120}),
)
OTHERS: Mapping[str, tuple[Row, ...]] = {
    "fines": FINES, "courses": COURSES, "jobs": JOBS, "street_zones": STREETS, "public_spaces": SPACES,
    "civil_registry": CIVIL, "address_proofs": ADDRESSES, "licences": LICENCES,
    "beneficiaries": (("XEXX010101HNEXXXA4", {"activo": True, "adeudo": 0}),),
    "power_lines": (("Benito Juárez 12", {"cfe": False}), ("Hidalgo 45", {"cfe": True})),
}  # fmt: skip


def load(town: Municipality) -> None:
    """Everything but the accounts."""
    for registry, rows in OTHERS.items():
        registers.keep(town, registry, rows)


def keep_accounts(town: Municipality, accounts: list[dict[str, str]]) -> None:
    """Property tax and water under account and parcel: what each owes today, never who."""
    registers.keep(town, "property_tax", _taxes(accounts))
    registers.keep(town, "water", _water(accounts))


def _taxes(accounts: list[dict[str, str]]) -> Iterator[Row]:
    for row in accounts:
        due = Decimal(row["predial_pendiente"])
        value = (due + Decimal(row["predial_pagado"])) / Decimal(str(TAX_RATE))
        late, older = _as_its_last_figure_says(row["cuenta"])
        owed = due > 0 and late
        told = {
            "valor": str(value.quantize(Decimal("0.01"))), "anterior": str(due) if owed else "0", "inapam": older,
            "atraso": 8 if owed else 0,
            "adeudo": str(due), "pagado": due == 0, "also": [row["cuenta"], row["clave"]], "parcel": row["clave"],
        }  # fmt: skip
        yield row["cuenta"], told
        yield row["clave"], told


def _as_its_last_figure_says(account: str) -> tuple[bool, bool]:
    """Whether who owes also owes last year's, eight months late (0 to 2), and whether an older person lives there (7)."""
    return account[-1] in "012", account[-1] == "7"


def _water(accounts: list[dict[str, str]]) -> Iterator[Row]:
    for row in accounts:
        due = Decimal(row["agua_pendiente"])
        told = {
            "consumo": "18", "uso": "domestico", "adeudo": str(due), "pagado": due == 0,
            "also": [row["cuenta"], row["clave"]], "parcel": row["clave"],
        }  # fmt: skip
        yield row["cuenta"], told
        yield row["clave"], told
