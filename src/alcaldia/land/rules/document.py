"""The ruling document of CONTRACT.md: one shape for the command line, the API, the page and the PDF."""

import hashlib
from decimal import Decimal
from typing import Any

import orjson

from alcaldia.kernel.canonical import canonical, digest
from alcaldia.land.rules.types import Line, ParcelFacts, Ruling


def ruling_document(
    ruling: Ruling, facts: ParcelFacts, kind: str, question: dict[str, Any], versions: dict[str, str]
) -> dict[str, Any]:
    """Plain JSON values. `trace_sha256` covers everything but itself and the folio.

    The same facts, question and versions give the same bytes on every engine and machine.
    """
    document = {
        "kind": kind,
        "outcome": ruling.outcome.value,
        "parcel": {
            "key": facts.key,
            "area_m2": facts.area_m2,
            "documented_area_m2": facts.documented_area_m2,
            "municipality": facts.municipality,
        },
        "zones": _zones(facts),
        "lines": [_line(line) for line in ruling.lines],
        "conditions": list(ruling.conditions),
        "what_would_pass": list(ruling.what_would_pass),
        "review_flags": list(ruling.review_flags),
        "question": question,
        "versions": dict(sorted(versions.items())),
    }
    trace = canonical(document)
    return {"folio": None, **orjson.loads(trace), "trace_sha256": hashlib.sha256(trace).hexdigest()}


def trace_of(document: dict[str, Any]) -> str:
    """The trace digest that a ruling document should carry."""
    return digest({k: v for k, v in document.items() if k not in _OUTSIDE_TRACE})


_OUTSIDE_TRACE = ("folio", "trace_sha256", "issued_at", "valid_until", "municipality")


def _zones(facts: ParcelFacts) -> list[dict[str, Any]]:
    """Parts with one code are one zone to the reader, whatever norms its polygons carry."""
    areas: dict[str, Decimal] = {}
    shares: dict[str, Decimal] = {}
    for part in facts.zones:
        areas[part.code] = areas.get(part.code, Decimal(0)) + part.area_m2
        shares[part.code] = shares.get(part.code, Decimal(0)) + part.share
    order = sorted(areas, key=lambda code: (-areas[code], code))
    return [{"code": code, "share": shares[code], "area_m2": areas[code]} for code in order]


def _line(line: Line) -> dict[str, Any]:
    return {
        "check": line.check,
        "label": line.label,
        "value": line.value,
        "limit": line.limit,
        "bound": line.bound,
        "unit": line.unit,
        "result": line.result.value,
        "basis": line.basis,
        "source": line.source,
        "zone": line.zone,
        "note": line.note,
    }
