"""What a person reads that several packages know together."""

from decimal import Decimal
from itertools import groupby
from typing import Any

from alcaldia.documents import queries as documents
from alcaldia.kernel.canonical import plain
from alcaldia.land import sketch
from alcaldia.land.facts import SHARE
from alcaldia.land.plan import Rulebook
from alcaldia.land.queries import capacity_promised, today
from alcaldia.land.rulebook import published
from alcaldia.land.rules.types import Overlay, ParcelFacts, Policy
from alcaldia.land.sheet import LayerHit, NormLine, Sheet, sheet

GROUND = "Base"
"""Layers of this theme are the ground of the map: drawn, never listed."""


def parcel_sheet_pdf(slug: str, public_id: str, *, address: str) -> bytes:
    """The parcel sheet as PDF; `address` is the sheet's own page, for its QR. Nothing is kept. Raises NotFound."""
    book, found = published(slug), sheet(slug, public_id)
    drawing = ""
    if found.record.shape is not None:
        title = f"Croquis del predio {found.record.key or public_id}"
        drawing = sketch.draw(found.record, list(found.neighbours), title=title, buildable=found.buildable)
    body = sheet_body(found, book)
    return documents.sheet_pdf(body, municipality=book.municipality, address=address, sketch_svg=drawing)


def sheet_body(found: Sheet, book: Rulebook) -> dict[str, Any]:
    """The sheet as JSON values, the shape that `documents.parcel_sheet` prints. None is unknown everywhere."""
    parcel, known, potential = found.parcel, found.facts, found.potential
    names = (
        "key",
        "public_id",
        "neighbourhood",
        "postcode",
        "current_use",
        "built_m2",
        "levels",
        "year_built",
    )
    body = {
        "address": found.address,
        **{name: getattr(parcel, name) for name in names},
        "area_m2": known.area_m2,
        "documented_area_m2": known.documented_area_m2,
        "front_m": known.front_m,
        "land_value_m2": known.land_value_m2,
        "land_value": found.land_value,
        "currency": _currency(book),
        "zones": [
            {"code": part.code, "name": part.name, "share": part.share, "area_m2": part.area_m2}
            for part in known.zones
        ],
        "coefficients": [vars(one) for one in (potential.cos, potential.cus)],
        "cus_optional": potential.cus_optional,
        "purchasable_m2": potential.purchasable_m2,
        "purchase_price": potential.price,
        "buildable_m2": found.buildable_m2,
        "notices": [*_zone_notices(known, book.policy), *map(_notice, known.overlays)],
        "norms": [_norm(line) for line in found.norms],
        "services": _services(found, book),
        "layers": _by_theme(found.layers),
        "sides": [{"facing": side.facing, "length_m": side.length_m} for side in found.sides],
        "versions": found.versions,
        "consulted_on": today(book.municipality),
    }
    answer: dict[str, Any] = plain(body)
    return answer


def _currency(book: Rulebook) -> str:
    """The one of the municipality's formula; Mexico's own; else only the sign, since we are not told."""
    if book.extra is not None:
        return book.extra.currency
    return "MXN" if book.municipality.country == "MX" else ""


def _zone_notices(known: ParcelFacts, policy: Policy) -> list[dict[str, Any]]:
    """What makes the zones of this parcel doubtful; slivers of the drawing are not worth a notice."""
    said: list[tuple[str, str, str, Decimal | None]] = []
    if not known.zones:
        text = "No está en ninguna zona del plan: ningún dictamen automático puede decir que sí. Pregunte en la oficina de desarrollo urbano."
        said.append(("unknown", "Predio sin zona", text, None))
    elif known.uncovered_m2 >= max(policy.sliver_m2, policy.sliver_share * known.area_m2):
        text = "Esta parte del predio no está en ninguna zona del plan."
        said.append(("unknown", "Parte sin zona", text, known.uncovered_m2))
    if known.doubtful_zones:
        text = f"El dibujo de estas zonas está dañado y podría tocar el predio: {', '.join(known.doubtful_zones)}."
        said.append(("unknown", "Zonas por revisar", text, None))
    if len({part.code for part in known.zones}) > 1:
        text = "Está en más de una zona: cada parte se revisa con sus propias normas."
        said.append(("informs", "Varias zonas", text, None))
    return [
        {
            "effect": effect, "title": title, "text": text, "area_m2": area, "distance_m": None, "basis": "",
            "share": (area / known.area_m2).quantize(SHARE) if area and known.area_m2 else 0,
        }
        for effect, title, text, area in said
    ]  # fmt: skip


def _notice(overlay: Overlay) -> dict[str, Any]:
    """A layer that failed is said; one that concerns only some activities informs."""
    failed = overlay.health != "ok"
    effect = "unknown" if failed else "informs" if overlay.activities else overlay.effect
    text = overlay.text or (
        "No se pudo consultar esta capa; el dictamen lo revisará una persona." if failed else ""
    )
    return {
        "effect": effect, "title": overlay.title, "text": text, "area_m2": overlay.area_m2, "share": overlay.share,
        "distance_m": overlay.distance_m, "basis": overlay.citation.basis,
    }  # fmt: skip


def _norm(line: NormLine) -> dict[str, Any]:
    norm = line.norm
    return {
        "zone": line.zone, "label": line.label, "unit": line.unit, "bound": norm.bound, "value": norm.value,
        "condition": norm.condition, "raw": norm.raw, "basis": norm.citation.basis, "page": norm.citation.page,
    }  # fmt: skip


def _services(found: Sheet, book: Rulebook) -> list[dict[str, Any]]:
    known = found.facts
    promised = capacity_promised(book, found.record, known, today(book.municipality))
    return [
        {
            "network": one.network, "sector": one.sector, "unit": one.unit, "capacity": one.capacity, "used": one.used,
            "reserved": float(promised.get(one.network, "0")),
        }
        for one in known.capacity
    ]  # fmt: skip


def _by_theme(hits: tuple[LayerHit, ...]) -> list[tuple[str, list[dict[str, Any]]]]:
    listed = sorted((hit for hit in hits if hit.theme != GROUND), key=lambda hit: hit.theme)
    return [
        (theme or "Otras", [{"title": hit.title, "name": hit.name, "share": hit.share} for hit in group])
        for theme, group in groupby(listed, key=lambda hit: hit.theme)
    ]
