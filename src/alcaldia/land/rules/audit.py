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
    "blank_key": ("warning", "{n} filas no traen clave o traen cero. Se cargan sin clave; complete «{column}»."),
    "duplicate_key": ("warning", "{n} filas repiten su clave. Se cargan todas; corrija «{column}» en el catastro."),
    "identical_rows": ("info", "{n} filas repiten otra sin cambiar nada; se cargó una sola vez cada una."),
    "empty_geometry": ("warning", "{n} filas no traen figura. Se cargan sin ella y no aparecen en el mapa."),
    "unreadable_geometry": ("error", "{n} figuras no se pudieron leer. Sus filas quedan sin figura; expórtelas de nuevo."),
    "too_many_vertices": ("error", "{n} figuras pasan de {limit} vértices. Quedan fuera; simplifíquelas o divídalas."),
    "repaired_geometry": ("warning", "{n} figuras inválidas se repararon sin cambiar su área en 1 % o más. Revíselas."),
    "invalid_geometry": ("error", "{n} figuras inválidas no se pueden reparar sin cambiar su área. Quedan sin figura; corríjalas."),
    "wrong_geometry": ("error", "{n} figuras no son polígonos. Quedan sin figura; esta capa necesita polígonos cerrados."),
    "open_lines": ("warning", "{n} líneas del dibujo están abiertas y no se cargan. Ciérrelas en el CAD."),
    "overlap": ("warning", "{n} pares de polígonos se enciman ({area} m² en total). Decida a cuál pertenece cada franja."),
    "uncovered": ("warning", "{n} predios quedan total o parcialmente fuera de toda zona ({area} m²). No tendrán dictamen automático ahí."),
    "area_mismatch": ("warning", "{n} filas declaran un área que difiere más de 2 % de la calculada. Se conservan ambas; revíselas."),
    "unread_number": ("warning", "{n} números de «{column}» no se entienden y se cargan vacíos. Escríbalos sin texto."),
    "ambiguous_number": ("warning", "{n} números de «{column}» pueden ser miles o decimales y se cargan vacíos. Use siempre el mismo signo decimal."),
    "number_in_text": ("info", "{n} normas venían dentro de un texto y se leyeron. Compruebe que se entendieron bien."),
    "refused_norm": ("warning", "{n} normas no se pueden leer con seguridad. Se cargan sin valor: el dictamen dirá «no determinable»."),
    "mixed_units": ("warning", "{n} celdas de «{column}» usan otra unidad que el resto. Escriba todas en la misma."),
    "min_over_max": ("error", "{n} filas traen un mínimo mayor que su máximo. Esas normas se cargan sin valor; corríjalas."),
    "range_by_maximum": ("info", "{n} intervalos declarados se toman por su máximo como límite ({column})."),
    "zones_without_norms": ("warning", "{n} zonas no tienen ninguna norma legible. Sus predios no tendrán dictamen de construcción."),
    "norms_unknown_zone": ("warning", "{n} zonas de este archivo no existen en la capa de zonas vigente. Revise sus códigos."),
    "norms_differ": ("warning", "{n} códigos traen normas distintas en polígonos distintos y no se pueden atribuir. Se cargan sin valor."),
    "zone_without_code": ("warning", "{n} zonas no traen código. No se les puede aplicar la matriz de usos; complete «{column}»."),
    "zones_without_cells": ("warning", "{n} zonas vigentes no aparecen en la matriz. Ahí ningún giro se puede dictaminar."),
    "cells_unknown_zone": ("warning", "{n} zonas de la matriz no existen en la capa de zonas vigente. Revise sus códigos."),
    "blank_cells": ("warning", "{n} celdas de la matriz están vacías. Para ellas el dictamen dirá «no determinable»."),
    "blank_zone": ("warning", "{n} zonas tienen toda su columna de la matriz vacía. Complete la matriz antes de dictaminar ahí."),
    "unknown_cell": ("warning", "{n} celdas traen un valor que no se entiende y se cargan vacías. Use permitido, condicionado o prohibido."),
    "low_confidence": ("warning", "{n} celdas se leyeron con poca confianza. Una persona debe compararlas con el plano original."),
    "conflicting_cells": ("error", "{n} celdas aparecen dos veces con respuestas distintas. Se cargan ambas: el dictamen dirá «no determinable»."),
    "activity_names_differ": ("info", "{n} giros traen varios nombres para el mismo código. Se tomó el más corto."),
    "without_code": ("error", "{n} filas no traen código y no se cargan. Complete «{column}»."),
    "values_without_number": ("warning", "{n} valores del suelo no traen número. Se cargan vacíos (vacío no es exento)."),
    "hostile_text": ("warning", "{n} textos contienen HTML o fórmulas. Se guardan como texto y nunca se ejecutan; revise su origen."),
    "personal_columns": ("warning", "{n} columnas parecen datos personales y no se cargan: {columns}."),
    "text_cut": ("warning", "{n} textos de «{column}» son demasiado largos y se cortaron."),
    "ragged_rows": ("warning", "{n} renglones no tienen las mismas columnas que el encabezado. Revise comillas y separadores."),
    "notes": ("info", "{n} filas traen una nota de su origen que pide revisión."),
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
_FORMULA = re.compile(r"^\s*[=@+\-\t\r]")
_NUMERIC = re.compile(r"^\s*[+\-]?[\d.,\s]+$")


def hostile(text: str) -> bool:
    """Does the text carry markup or a spreadsheet formula?"""
    return bool(_HOSTILE.search(text))


def csv_safe(text: str) -> str:
    """The text for a CSV cell: what a spreadsheet would run as a formula gets a leading apostrophe."""
    return "'" + text if _FORMULA.match(text) and not _NUMERIC.match(text) else text


def csv_plain(text: str) -> str:
    """The inverse of `csv_safe`, for reading our own exports back."""
    return text[1:] if text.startswith("'") and csv_safe(text[1:]) == text else text
