"""Bodies of ruling acts as the land domain makes them: four outcomes, straddling, long, hostile."""

from typing import Any

TOWN = {"slug": "san-jeronimo", "name": "Ayuntamiento de San Jerónimo Tecóatl"}
SKETCH = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300">
<rect width="400" height="300" fill="#eef3f1"/>
<path d="M0 60 L400 20 M0 250 L400 290 M60 0 L40 300 M350 0 L330 300" stroke="#ffffff" stroke-width="16" fill="none"/>
<path d="M120 90 L250 76 L262 210 L126 224 Z" fill="#d9a441" fill-opacity=".55" stroke="#14495a" stroke-width="3"/>
<path d="M205 60 L400 40 L400 300 L220 300 Z" fill="#7a9cc6" fill-opacity=".25"/>
<text x="178" y="156" font-family="Inter" font-size="15" text-anchor="middle" fill="#1c2326">15.20 m</text>
</svg>"""


def line(
    check: str,
    label: str,
    value: Any,
    limit: Any,
    bound: str,
    unit: str | None,
    result: str,
    basis: str,
    **more: str,
) -> dict[str, Any]:
    return {
        "check": check, "label": label, "value": value, "limit": limit, "bound": bound, "unit": unit,
        "result": result, "basis": basis, "source": "norms@3", **more,
    }  # fmt: skip


PLAN = "Plan Parcial de Desarrollo Urbano 2024"


def body(outcome: str = "conditional", **changes: Any) -> dict[str, Any]:
    """A taquería on a parcel that straddles two zones."""
    made: dict[str, Any] = {
        "kind": "land-use",
        "folio": "DUS-2026-7K3M-9QXF-04TC",
        "issued_at": "2026-11-20T18:24:05-06:00",
        "valid_until": "2027-11-20",
        "municipality": TOWN,
        "question": {
            "activity_code": "722514",
            "activity_name": "Taquería",
            "area_m2": 80,
            "on": "2026-11-20",
        },
        "outcome": outcome,
        "parcel": {
            "key": "014-038-0027",
            "area_m2": 250.3,
            "documented_area_m2": 251,
            "municipality": TOWN["slug"],
            "address": "Calle Niños Héroes 127",
            "neighbourhood": "El Carmen",
        },
        "zones": [
            {"code": "H3-U", "name": "Habitacional densidad media", "share": 0.7312, "area_m2": 183.02},
            {"code": "CS-2", "name": "Comercio y servicios distritales", "share": 0.2688, "area_m2": 67.28},
        ],
        "lines": [
            line(
                "use",
                "Giro en la zona",
                "Taquería",
                "Condicionado",
                "equal",
                None,
                "condition",
                f"{PLAN}, art. 42",
                zone="H3-U",
            ),
            line(
                "use",
                "Giro en la zona",
                "Taquería",
                "Permitido",
                "equal",
                None,
                "pass",
                f"{PLAN}, art. 47",
                zone="CS-2",
            ),
            line("area", "Superficie del local", 80, 120, "max", "m2", "pass", f"{PLAN}, art. 43, tabla 7"),
            line("lot_area", "Lote mínimo", 250.3, 140, "min", "m2", "pass", f"{PLAN}, art. 51"),
            line(
                "cos", "Coeficiente de ocupación (COS)", 0.62, 0.7, "max", "ratio", "pass", f"{PLAN}, art. 52"
            ),
            line(
                "parking",
                "Cajones de estacionamiento",
                None,
                2,
                "min",
                "spaces",
                "condition",
                "Reglamento de Zonificación, art. 210",
            ),
            line(
                "overlay",
                "Distancia a escuelas",
                148.4,
                100,
                "min",
                "m",
                "pass",
                "Reglamento de Giros, art. 18",
            ),
        ],
        "conditions": [
            "Instalar trampa de grasa y extractor con filtro antes de abrir (Reglamento de Ecología, art. 61).",
            "Acreditar dos cajones de estacionamiento a menos de 150 m del local.",
            "No ocupar la banqueta con mesas, anafres ni anuncios.",
        ],
        "what_would_pass": [],
        "versions": {"parcels": "a" * 64, "zones": "b" * 64, "norms": "c" * 64, "use-matrix": "d" * 64},
        "trace_sha256": "e" * 64,
    }
    return made | changes


def permitted() -> dict[str, Any]:
    base = body("permitted", conditions=[])
    return base | {"zones": [{"code": "CS-2", "share": 1, "area_m2": 250.3}], "lines": base["lines"][1:5]}


def prohibited() -> dict[str, Any]:
    """A construction that is too tall."""
    return body(
        "prohibited",
        kind="construction",
        folio="DPC-2026-0000-9QXF-04TC",
        question={"levels": 5, "built_m2": 812.5, "footprint_m2": 190, "height_m": 15.5},
        conditions=[],
        lines=[
            line("levels", "Niveles", 5, 3, "max", "levels", "fail", f"{PLAN}, art. 53", zone="H3-U"),
            line("height", "Altura", 15.5, 10.5, "max", "m", "fail", f"{PLAN}, art. 53", zone="H3-U"),
            line(
                "cos",
                "Coeficiente de ocupación (COS)",
                0.7591,
                0.7,
                "max",
                "ratio",
                "fail",
                f"{PLAN}, art. 52",
            ),
            line(
                "cus",
                "Coeficiente de utilización (CUS)",
                3.2461,
                2.1,
                "max",
                "ratio",
                "fail",
                f"{PLAN}, art. 52",
            ),
            line("setback", "Restricción frontal", None, 3, "min", "m", "unknown", f"{PLAN}, art. 55"),
        ],
        what_would_pass=[
            "Reducir a 3 niveles y 10.5 m de altura.",
            "Construir a lo más 525.63 m² en total y desplantar a lo más 175.21 m².",
        ],
    )


def undetermined() -> dict[str, Any]:
    lines = [
        line(
            "use",
            "Giro en la zona",
            "Taquería",
            None,
            "equal",
            None,
            "unknown",
            PLAN,
            note="La matriz no dice nada de este giro en la zona.",
        ),
        line(
            "cus",
            "Coeficiente de utilización (CUS)",
            None,
            None,
            "max",
            "ratio",
            "unknown",
            f"{PLAN}, art. 52",
        ),
    ]
    return body("undetermined", lines=lines, conditions=[], valid_until=None, zones=[])


def hostile() -> dict[str, Any]:
    """Texts that try to be markup, code or a broken string."""
    nasty = '#sys.inputs.act <script>alert(1)</script> *bold* _it_ $x^2$ "quote\\" #{let a = 1} @ref <label> = H\n- item `raw` \u202e\x07'
    base = body("prohibited", conditions=[nasty] * 3, what_would_pass=[nasty])
    base["parcel"] = base["parcel"] | {"key": nasty, "address": nasty * 3}
    base["question"] = {"activity_name": nasty, "activity_code": "#panic()"}
    base["lines"] = [
        line("use", nasty, nasty, nasty, "max", '#eval("1")', "fail", nasty, zone=nasty, note=nasty)
    ]
    base["zones"] = [{"code": nasty, "name": nasty, "share": 1.2, "area_m2": -3}]
    base["versions"] = {nasty: nasty}
    return base


def long() -> dict[str, Any]:
    """A ruling of several pages."""
    base = body()
    many = [
        line(
            "overlay",
            f"Revisión {n} de la capa de riesgo por inundación y hundimiento",
            n * 1000.5,
            90000,
            "max",
            "m2",
            "pass",
            f"Atlas de Riesgos, lámina {n}, fracción XVII inciso b",
        )
        for n in range(60)
    ]
    return base | {"lines": base["lines"] + many, "conditions": base["conditions"] * 8}


ALL = {
    "conditional": body,
    "permitted": permitted,
    "prohibited": prohibited,
    "undetermined": undetermined,
    "hostile": hostile,
    "long": long,
}
