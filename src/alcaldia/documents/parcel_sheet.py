"""From the plain values of a parcel sheet to the texts of its page. Pure: everything the layout prints is decided here.

The body is made by `procedures.queries.sheet_body`: JSON values, areas in m², shares as ratios, None for unknown.
"""

from itertools import groupby
from typing import Any

from alcaldia.documents import wording
from alcaldia.documents.content import Letterhead

TITLE = "Ficha del predio"
NOTE = (
    "Documento informativo. No es un certificado ni un dictamen, no lleva firma y no autoriza obras ni negocios. "
    "Para una respuesta con validez pida el dictamen del predio en la misma dirección."
)


def texts(body: dict[str, Any], head: Letterhead, address: str) -> dict[str, Any]:
    """Every text of the sheet, ready to print; `address` is where the sheet itself lives (the QR)."""
    key = body["key"]
    return {
        "title": TITLE,
        "note": NOTE,
        "head": head.__dict__,
        "stamp": {"verify_url": address, "key": key or "Sin clave", "day": wording.day(body["consulted_on"])},
        "place": body["address"] or (f"Predio {key}" if key else f"Predio {body['public_id']}"),
        "around": _around(body),
        "parcel": _parcel(body),
        "sketch_alt": _described(body["sides"]),
        "zones": [_zone(zone) for zone in body["zones"]],
        "coefficients": [_coefficient(one) for one in body["coefficients"]],
        "building": _building(body),
        "notices": [_notice(notice) for notice in body["notices"]],
        "norms": _norms(body["norms"]),
        "services": [_service(one) for one in body["services"]],
        "layers": [[theme, [_hit(hit) for hit in hits]] for theme, hits in body["layers"]],
        "versions": [f"{name} {value[:16]}" for name, value in sorted(body["versions"].items())],
    }


def _around(body: dict[str, Any]) -> str:
    postcode = f"C. P. {body['postcode']}" if body["postcode"] else ""
    return ", ".join(part for part in (body["neighbourhood"], postcode) if part)


def _parcel(body: dict[str, Any]) -> list[list[str]]:
    currency, unit_value = body["currency"], body["land_value_m2"]
    value = "Sin valor" if unit_value is None else "Exento" if unit_value == 0 else ""
    rows = [
        ["Superficie medida", wording.quantity(body["area_m2"], "m2")],
        ["Superficie en documentos", wording.known(body["documented_area_m2"], "m2")],
        ["Frente", wording.known(body["front_m"], "m")],
        ["Uso actual", body["current_use"] or wording.UNKNOWN],
        ["Construcción", wording.known(body["built_m2"], "m2")],
        ["Niveles construidos", wording.known(body["levels"], None)],
        ["Año de construcción", str(body["year_built"] or wording.UNKNOWN)],
        ["Valor del suelo por m²", value or wording.money(unit_value, currency)],
    ]
    if not value:
        rows.append(["Valor del suelo", wording.money(body["land_value"], currency)])
    return rows


def _described(sides: list[dict[str, Any]]) -> str:
    """The sketch in words, for whoever cannot see it."""
    said = [
        f"{wording.FACINGS[side['facing']]} de {wording.quantity(side['length_m'], 'm')}" for side in sides
    ]
    return "Croquis del predio" + (f": {', '.join(said)}." if said else ".")


def _zone(zone: dict[str, Any]) -> dict[str, Any]:
    name = zone["name"] if zone["name"] != zone["code"] else ""
    return {
        "code": zone["code"] or "Sin clave",
        "name": name,
        "share": wording.share(zone["share"]),
        "part": min(1.0, max(0.0, float(zone["share"]))),
        "area": wording.quantity(zone["area_m2"], "m2"),
    }


def _coefficient(one: dict[str, Any]) -> dict[str, Any]:
    name, meaning = wording.COEFFICIENTS[one["name"]]
    existing, permitted = one["existing"], one["permitted"]
    used = None if existing is None or not permitted else existing / permitted
    return {
        "name": name,
        "meaning": meaning,
        **{
            column: {
                "ratio": wording.known(one[column], "ratio"),
                "area": "" if one[f"{column}_m2"] is None else wording.quantity(one[f"{column}_m2"], "m2"),
            }
            for column in ("existing", "permitted", "remaining")
        },
        "exceeded": one["remaining_m2"] is not None and one["remaining_m2"] < 0,
        "used": None if used is None else min(1.0, max(0.0, used)),
        "basis": wording.unbroken(one["basis"]),
    }


def _building(body: dict[str, Any]) -> list[list[str]]:
    """What else says how much may be built: what the setbacks leave, and floor area that can be bought."""
    rows = [["Área edificable según retiros", wording.known(body["buildable_m2"], "m2")]]
    if body["cus_optional"] is not None:
        more = wording.quantity(body["purchasable_m2"], "m2")
        price = body["purchase_price"]
        rows += [
            ["CUS con pago", f"{wording.number(body['cus_optional'])} (+{more})"],
            [
                "Costo de ese CUS adicional",
                wording.UNKNOWN if price is None else wording.money(price, body["currency"]),
            ],
        ]
    return rows


def _notice(notice: dict[str, Any]) -> dict[str, str]:
    sign, word = wording.NOTICES[notice["effect"]]
    reach = ""
    if notice["area_m2"]:
        reach = f"Ocupa {wording.quantity(notice['area_m2'], 'm2')} del predio ({wording.share(notice['share'])})."
    elif notice["distance_m"] is not None:
        reach = f"A {wording.quantity(notice['distance_m'], 'm')} del predio."
    return {
        "sign": sign,
        "word": word,
        "title": notice["title"],
        "text": " ".join(part for part in (notice["text"], reach) if part),
        "basis": wording.unbroken(notice["basis"]),
    }


def _norms(norms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Norms by zone, in the order of the zones; `basis` is the citation that all of a zone share, or ""."""
    found = []
    for zone, group in groupby(norms, key=lambda norm: norm["zone"]):
        rows = [_norm(norm) for norm in group]
        bases = {row["basis"] for row in rows}
        found.append({"zone": zone, "rows": rows, "basis": bases.pop() if len(bases) == 1 else ""})
    return found


def _norm(norm: dict[str, Any]) -> dict[str, str]:
    page = f"pág. {norm['page']}" if norm["page"] else ""
    cited = ", ".join(part for part in (norm["basis"], page) if part)
    return {
        "label": norm["label"],
        "limit": wording.limit(norm["value"], norm["bound"], norm["unit"]),
        "condition": norm["condition"],
        "raw": norm["raw"] if norm["value"] is None and norm["bound"] != "none" else "",
        "basis": wording.unbroken(cited or "Sin fundamento capturado"),
    }


def _service(one: dict[str, Any]) -> dict[str, str]:
    figures = [one["capacity"], one["used"], one["reserved"]]
    free = None if None in figures else figures[0] - figures[1] - figures[2]
    names = ("capacity", "used", "reserved", "free")
    figures = [None if figure is None else round(figure, 4) for figure in (*figures, free)]
    return {
        "network": one["network"][:1].upper() + one["network"][1:],
        "sector": one["sector"],
        **{name: wording.known(figure, one["unit"]) for name, figure in zip(names, figures, strict=True)},
    }


def _hit(hit: dict[str, Any]) -> str:
    named = f": {hit['name']}" if hit["name"] and hit["name"] != hit["title"] else ""
    share = f" ({wording.share(hit['share'])})" if hit["share"] else ""
    return f"{hit['title']}{named}{share}"
