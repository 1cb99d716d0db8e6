"""Tax and water accounts of people who do not exist, for the procedures that will need them."""

from collections.abc import Iterator

import numpy as np

from alcaldia.land.demo.lot import Lot

FIRST = (
    *("Prudencia", "Eleuterio", "Casilda", "Hermenegildo", "Nicanor", "Filomena", "Tiburcio", "Ramona"),
    *("Leocadio", "Eduviges", "Cipriano", "Gertrudis", "Anacleto", "Rutilia", "Silverio", "Dionisia"),
)
LAST = (
    *("Delrío", "Piedraluna", "Campoverde", "Solórzano Ficticio", "Mezquital", "Del Ejemplo"),
    *("Nopaltitlán", "Luzbel", "Ríoseco", "Aguamiel", "Montealto", "De la Muestra"),
)
TAX_RATE = 0.0019
WATER_BIMONTHLY = 312.0


SECOND = 0.15
"""The share of lots whose owner already has another."""


def rows(lots: tuple[Lot, ...], rng: np.random.Generator) -> Iterator[dict[str, str]]:
    """One account per taxable lot: amounts in MXN with two decimals; about 7 of 10 have paid.

    `identificador` is shaped like nobody's: a CURP never begins with XF and a number.
    """
    owners: list[tuple[str, str]] = []
    for number, lot in enumerate((one for one in lots if one.facts["valor_m2"]), start=1):
        base = float(lot.facts["valor_m2"] or 0) * lot.shape.area
        tax, water = round(base * TAX_RATE, 2), WATER_BIMONTHLY * 6 if lot.building is not None else 0.0
        tax_share = 1.0 if rng.random() < 0.72 else float(rng.choice([0.0, 0.5]))
        water_share = 1.0 if rng.random() < 0.68 else float(rng.choice([0.0, 1 / 3, 2 / 3]))
        if not owners or rng.random() >= SECOND:
            owners.append((f"XF{number:06d}DEMO", f"{rng.choice(FIRST)} {rng.choice(LAST)}"))
        person, name = owners[-1] if rng.random() < 0.5 else owners[int(rng.integers(len(owners)))]
        yield {
            "cuenta": f"U{number:06d}",
            "clave": lot.key,
            "identificador": person,
            "titular": name,
            "predial_pagado": f"{tax * tax_share:.2f}",
            "predial_pendiente": f"{tax - round(tax * tax_share, 2):.2f}",
            "agua_pagada": f"{water * water_share:.2f}",
            "agua_pendiente": f"{water - round(water * water_share, 2):.2f}",
        }
