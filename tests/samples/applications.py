"""Answers with which each procedure of the first day is completed in the demo town; files by kind."""

from io import BytesIO

import pikepdf
from PIL import Image

PARCEL = "juarez 12"
PLOT = "calle morelos 227"
"""A regular one, whose tax is paid: a small house may stand on it."""
BUILT = {
    "niveles": "1", "desplante": "40", "altura": "3", "frente_libre": "5", "lado_libre": "3", "fondo_libre": "5", "jardin": "80",
    "cajones": "2",
}  # fmt: skip
"""A small house in the middle of its plot."""
ANSWERS: dict[str, dict[str, str]] = {
    "acta-nacimiento": {"tiene_curp": "si", "curp": "GOMC900514MJCMRR01"},
    "alineamiento": {"predio": PARCEL},
    "anuncio-letrero": {"predio": PARCEL, "tipo": "adosado", "m2": "2", "foto": "image"},
    "constancia-no-adeudo-predial": {"predio": PARCEL},
    "constancia-residencia": {"domicilio": "Benito Juárez 12", "meses": "24"},
    "correccion-acta": {
        "acta": "123", "tipo_error": "ortografico", "dice": "Ramon", "debe": "Ramón", "prueba": "image",
    },
    "dictamen-uso-de-suelo": {"predio": PARCEL, "giro": "tienda", "area": "40"},
    "factibilidad-agua": {"predio": PARCEL, "demanda": "0.5"},
    "inconformidad-multa": {"folio": "M-1001", "motivo": "No era yo quien manejaba", "prueba": "image"},
    "inscripcion-cursos": {"curso": "natacion", "nacimiento": "14/05/1990", "apoyo": "no"},
    "licencia-bajo-riesgo": {
        "predio": PARCEL, "giro": "tienda", "area": "40", "aforo": "10", "vende_alcohol": "no",
        "rfc": "XAXX010101000", "declara_seguridad": "si",
    },
    "licencia-construccion-no-habitacional": {
        "predio": PLOT, "uso_obra": "comercial", "m2": "80", **BUILT, "impacto": "no", "planos": "pdf", "calculo": "pdf",
    },
    "licencia-construccion-vivienda": {"predio": PLOT, "tipo": "casa", "m2": "50", "m2_total": "50", **BUILT, "viviendas": "1", "planos": "pdf"},
    "licencia-mediano-alto-riesgo": {
        "predio": PARCEL, "giro": "restaurante", "area": "90", "aforo": "60", "alcohol": "no", "programa_pc": "pdf",
        "dictamen_estructural": "pdf",
    },
    "microcredito-mujeres": {
        "curp": "GOMC900514MJCMRR01", "negocio": "Vendo comida en casa y quiero crecer", "meses": "14", "ingreso": "4000", "monto": "8000",
    },
    "numero-oficial": {"predio": PARCEL, "frente": "juarez"},
    "ocupacion-via-publica": {"lugar": "Calle Morelos 10", "que": "comida", "m2": "3", "dias": "10"},
    "pago-agua": {"contrato": "U000002"},
    "pago-multas": {"folio": "M-1001"},
    "pago-predial": {"cuenta_predial": "U000003"},
    "permiso-evento": {
        "lugar": "Parque Norte", "fecha": "15/06/2027", "personas": "50", "alcohol": "no", "ruido": "no",
        "cierra_calle": "no",
    },
    "poda-derribo-arbol": {
        "lugar": "Benito Juárez 12", "accion": "poda", "cuantos": "1", "propio": "si",
        "motivo": "Las ramas tapan la ventana", "fotos": "image",
    },
    "pre-dictamen-construccion": {
        "predio": PLOT, "m2": "60", **BUILT, "viviendas": "1", "uso_obra": "habitacional",
    },
    "refrendo-licencia": {"licencia": "LIC-2025-0001", "sin_cambios": "si"},
    "reporte-ciudadano": {"que": "bache", "lugar": "Hidalgo y Morelos", "peligro": "no"},
    "terminacion-obra": {"licencia": "LIC-2025-0001", "m2_final": "40", "fotos": "image"},
    "vinculacion-empleo": {"oficio": "cocina", "jornada": "completa", "nacimiento": "14/05/1990"},
}  # fmt: skip


def file(kind: str) -> tuple[str, str, bytes]:
    """Name, type and bytes of a harmless file."""
    out = BytesIO()
    if kind == "image":
        Image.new("RGB", (800, 600), (90, 120, 60)).save(out, "JPEG")
        return "foto.jpg", "image/jpeg", out.getvalue()
    made = pikepdf.new()
    made.add_blank_page()
    made.save(out)
    return "plano.pdf", "application/pdf", out.getvalue()
