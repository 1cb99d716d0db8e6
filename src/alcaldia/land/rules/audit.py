"""What an audit of incoming data can find, how grave it is, and the sentence that says what to do.

One table for the terminal, the JSON report and the back office. Nothing here reads data.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["info", "warning", "error"]
SAMPLES = 10


@dataclass(frozen=True)
class Finding:
    """One kind of trouble in one import. `samples` are at most ten {row, …} facts; rows count from 0."""

    code: str
    severity: Severity
    count: int
    sentence: str
    samples: tuple[dict[str, Any], ...] = ()


# code: (severity, sentence). {n} is the count; other names come from the caller.
CATALOGUE: dict[str, tuple[Severity, str]] = {
    "blank_key": ("warning", "Filas sin clave o con cero: {n}. Se cargan sin clave; complete «{column}»."),
    "duplicate_key": ("warning", "Filas que repiten su clave: {n}. Se cargan todas; corrija «{column}» en el catastro."),
    "identical_rows": ("info", "Filas que repiten otra sin cambiar nada: {n}. Se cargó una sola de cada una."),
    "empty_geometry": ("warning", "Filas sin figura: {n}. Se cargan sin ella y no aparecen en el mapa."),
    "unreadable_geometry": ("error", "Figuras que no se pudieron leer: {n}. Sus filas quedan sin figura; expórtelas de nuevo."),
    "too_many_vertices": ("error", "Figuras de más de {limit} vértices: {n}. Quedan fuera; simplifíquelas o divídalas."),
    "repaired_geometry": ("warning", "Figuras inválidas que se repararon sin que su área cambie 1 % o más: {n}. Revíselas."),
    "invalid_geometry": ("error", "Figuras inválidas que no se pueden reparar sin cambiar su área: {n}. Sus filas quedan sin figura; corríjalas."),
    "wrong_geometry": ("error", "Figuras que no son polígonos: {n}. Quedan fuera; esta capa necesita polígonos cerrados."),
    "open_lines": ("warning", "Líneas abiertas del dibujo: {n}. No se cargan; ciérrelas en el CAD."),
    "overlap": ("warning", "Pares de polígonos que se enciman: {n} ({area} m² en total). Decida a cuál pertenece cada franja."),
    "uncovered": ("warning", "Predios que quedan en todo o en parte fuera de las zonas: {n} ({area} m²). Ahí no habrá dictamen automático."),
    "area_mismatch": ("warning", "Filas cuya área declarada difiere más de 2 % de la calculada: {n}. Se conservan ambas; revíselas."),
    "unread_number": ("warning", "Números de «{column}» que no se entienden: {n}. Se cargan vacíos; escríbalos sin texto."),
    "ambiguous_number": ("warning", "Números de «{column}» que pueden ser miles o decimales: {n}. Se cargan vacíos; use siempre el mismo signo decimal."),
    "number_in_text": ("info", "Normas que venían dentro de un texto y se leyeron: {n}. Compruebe que se entendieron bien."),
    "refused_norm": ("warning", "Normas que no se pueden leer con seguridad: {n}. Se cargan sin valor; el dictamen dirá «no determinable»."),
    "mixed_units": ("warning", "Celdas de «{column}» con otra unidad que el resto: {n}. Escriba todas en la misma."),
    "min_over_max": ("error", "Filas con un mínimo mayor que su máximo: {n}. Esas normas se cargan sin valor; corríjalas."),
    "unused_columns": ("warning", "Columnas de las que no se leyó nada: {n} ({columns}). Si alguna es una norma, diga cuál en «Columnas» (en la consola, con --map)."),
    "code_from_name": ("info", "El archivo no trae columna de código: se tomó «{column}» como código de {n} zonas."),
    "range_by_maximum": ("info", "Intervalos declarados que se toman por su máximo como límite: {n} ({column})."),
    "zones_without_norms": ("warning", "Zonas sin ninguna norma legible: {n}. Sus predios no tendrán dictamen de construcción."),
    "norms_unknown_zone": ("warning", "Zonas de este archivo que no existen en la capa vigente: {n}. Revise sus códigos."),
    "norms_differ": ("warning", "Códigos con normas distintas en renglones distintos: {n}. No se pueden atribuir y se cargan sin valor."),
    "norm_clash": ("error", "Zonas con valores distintos para el mismo parámetro: {n}. Se cargan sin valor; deje uno solo o diga la condición o la vigencia de cada uno."),
    "unread_date": ("error", "Vigencias que no se pueden leer: {n}. Sus normas se cargan sin valor; escriba las fechas como 2026-11-22 o 22/11/2026."),
    "zone_without_code": ("warning", "Zonas sin código: {n}. No se les puede aplicar la matriz de usos; complete «{column}»."),
    "zones_without_cells": ("warning", "Zonas vigentes que no aparecen en la matriz: {n}. Ahí ningún giro se puede dictaminar."),
    "cells_unknown_zone": ("warning", "Zonas de la matriz que no existen en la capa vigente: {n}. Revise sus códigos."),
    "blank_cells": ("warning", "Celdas vacías de la matriz: {n}. Para ellas el dictamen dirá «no determinable»."),
    "blank_zone": ("warning", "Zonas con toda su columna de la matriz vacía: {n}. Complétela antes de dictaminar ahí."),
    "unknown_cell": ("warning", "Celdas con un valor que no se entiende: {n}. Se cargan vacías; use permitido, condicionado o prohibido."),
    "low_confidence": ("warning", "Celdas leídas con poca confianza: {n}. Una persona debe compararlas con el plano original."),
    "conflicting_cells": ("error", "Celdas que aparecen dos veces con respuestas distintas: {n}. Se cargan ambas; el dictamen dirá «no determinable»."),
    "activity_names_differ": ("info", "Giros con varios nombres para el mismo código: {n}. Se tomó el más corto."),
    "without_code": ("error", "Filas sin código: {n}. No se cargan; complete «{column}»."),
    "values_without_number": ("warning", "Valores del suelo sin número: {n}. Se cargan vacíos (vacío no es exento)."),
    "hostile_text": ("warning", "Textos con HTML o fórmulas: {n}. Se guardan como texto y nunca se ejecutan; revise su origen."),
    "personal_columns": ("warning", "Columnas que parecen datos personales: {n}. No se cargan: {columns}."),
    "text_cut": ("warning", "Textos de «{column}» demasiado largos: {n}. Se cortaron."),
    "ragged_rows": ("warning", "Renglones que no tienen las columnas del encabezado: {n}. Revise comillas y separadores."),
}  # fmt: skip


def finding(
    code: str, samples: Sequence[dict[str, Any]], count: int | None = None, **facts: object
) -> Finding:
    """A finding of the catalogue; `count` defaults to the number of samples given."""
    severity, sentence = CATALOGUE[code]
    number = len(samples) if count is None else count
    return Finding(code, severity, number, sentence.format(n=number, **facts), tuple(samples[:SAMPLES]))


def report(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings as JSON values, the gravest first."""
    order = {"error": 0, "warning": 1, "info": 2}
    return [asdict(f) for f in sorted(findings, key=lambda f: (order[f.severity], -f.count, f.code))]


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many of each code, added over columns: what the ledger keeps of an audit."""
    total: dict[str, int] = {}
    for each in findings:
        total[each.code] = total.get(each.code, 0) + each.count
    return dict(sorted(total.items()))


def lines(findings: Iterable[Finding]) -> list[str]:
    """The findings for a terminal, with a few samples each."""
    marks = {"error": "✗", "warning": "!", "info": "·"}
    out: list[str] = []
    for each in report(findings):
        out.append(f"{marks[each['severity']]} {each['sentence']}")
        out.extend("    " + _sample(sample) for sample in each["samples"][:3])
    return out


def _sample(sample: dict[str, Any]) -> str:
    parts = [f"fila {sample['row']}"] if "row" in sample else []
    parts += [f"{name}: {value}" for name, value in sample.items() if name != "row"]
    return ", ".join(parts)[:160]


_HOSTILE = re.compile(r"^\s*[=@]\s*\S|^\s*[+\-][A-Za-z@=(]|<\s*[A-Za-z/!]|javascript:", re.IGNORECASE)


def hostile(text: str) -> bool:
    """Does the text carry markup or a spreadsheet formula?"""
    return bool(_HOSTILE.search(text))
