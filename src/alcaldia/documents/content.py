"""From the body of a ruling to the texts of its page. Pure: everything the layout prints is decided here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from alcaldia.documents import wording

TITLES = {
    "land-use": "Dictamen de uso de suelo",
    "construction": "Dictamen previo de construcción",
    "no-debt": "Certificado de no adeudo predial",
    "payment-order": "Orden de pago",
    "receipt": "Recibo de pago",
}
COLOUR = "#14495a"
_HEX = set("0123456789abcdef")
Rows = Sequence[tuple[str, str]]
"""Label and value of each line of a table."""


@dataclass(frozen=True)
class Letterhead:
    """Who issues: `colour` is ``#rrggbb``, `emblem_svg` the municipal emblem or ""."""

    name: str
    state: str
    office: str = ""
    address: str = ""
    colour: str = COLOUR
    emblem_svg: str = ""


@dataclass(frozen=True)
class Stamp:
    """What the ledger says of the act: place in the log (from 1), hash, address to verify it."""

    folio: str
    place: int
    sha256: str
    verify_url: str
    timezone: str


def letterhead(name: str, state: str, theme: dict[str, Any]) -> Letterhead:
    """The letterhead of a municipality's theme; a colour that is not one falls back to ours."""
    colour = str(theme.get("colour") or theme.get("color") or COLOUR).lower()
    if len(colour) != 7 or colour[0] != "#" or not set(colour[1:]) <= _HEX:
        colour = COLOUR
    texts = {key: str(theme.get(key) or "") for key in ("office", "address", "emblem_svg")}
    return Letterhead(name, state, colour=colour, **texts)


def ruling(body: dict[str, Any], head: Letterhead, stamp: Stamp) -> dict[str, Any]:
    """Every text of a ruling's page, ready to print. KeyError where the body is not a ruling."""
    outcome, meaning = wording.OUTCOMES[body["outcome"]]
    parcel = body["parcel"]
    issued, valid = body.get("issued_at"), body.get("valid_until")
    return {
        "title": TITLES.get(body.get("kind", ""), "Dictamen"),
        "head": head.__dict__,
        "stamp": {**stamp.__dict__, "sha256": _grouped(stamp.sha256)},
        "question": question(body),
        "outcome": {"code": body["outcome"], "word": outcome, "meaning": meaning},
        "issued": wording.day(issued, stamp.timezone),
        "valid_until": wording.day(valid, stamp.timezone),
        "parcel": _parcel(parcel),
        "zones": [_zone(zone) for zone in body.get("zones", ())],
        "lines": [_line(line) for line in body.get("lines", ())],
        "conditions": list(body.get("conditions", ())),
        "what_would_pass": list(body.get("what_would_pass", ())),
        "versions": [f"{name} {value[:8]}" for name, value in sorted((body.get("versions") or {}).items())],
        "trace": body.get("trace_sha256") or "",
    }


def question(body: dict[str, Any]) -> str:
    """What was asked, as a sentence."""
    asked = body.get("question") or {}
    if body.get("kind") == "construction":
        return _project(asked.get("project") or asked)
    activity = asked.get("activity")
    fields = activity if isinstance(activity, dict) else {"code": activity}
    code = asked.get("activity_code") or fields.get("code") or ""
    name = asked.get("activity_name") or fields.get("name") or code or "la actividad solicitada"
    area = f", en {wording.quantity(asked['area_m2'], 'm2')}" if asked.get("area_m2") is not None else ""
    known = f" (clave {code})" if code and code != name else ""
    return f"¿Se puede operar «{name}»{known}{area} en este predio?"


def _project(project: dict[str, Any]) -> str:
    said = []
    for key, (label, unit) in wording.PROJECT.items():
        if project.get(key) is not None:
            value, name = wording.quantity(project[key], unit), label.lower()
            said.append(value if value.endswith(name) else f"{name} de {value}")
    if not said:
        return "¿Qué se puede construir en este predio?"
    return f"¿Se puede construir en este predio un proyecto con {', '.join(said)}?"


def _parcel(parcel: dict[str, Any]) -> list[list[str]]:
    rows: list[list[Any]] = [
        ["Clave catastral", parcel.get("key") or "Sin clave"],
        ["Domicilio", parcel.get("address")],
        ["Colonia", parcel.get("neighbourhood")],
        ["Superficie medida", wording.quantity(parcel.get("area_m2"), "m2")],
    ]
    if parcel.get("documented_area_m2") is not None:
        rows.append(["Superficie en documentos", wording.quantity(parcel["documented_area_m2"], "m2")])
    return [[label, str(value)] for label, value in rows if value]


def _zone(zone: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": zone["code"],
        "name": zone.get("name") or "",
        "share": wording.share(zone["share"]),
        "part": min(1.0, max(0.0, float(zone["share"]))),
        "area": wording.quantity(zone.get("area_m2"), "m2"),
    }


def _line(line: dict[str, Any]) -> dict[str, str]:
    unit, bound, value = line.get("unit"), line.get("bound") or "none", line.get("value")
    covers = line.get("check") == "zone"
    silent = bound == "none" and line.get("limit") is None and (covers or line["result"] != "pass")
    zone = line.get("zone") or ""
    return {
        "label": line["label"],
        "zone": "" if line["label"].endswith(zone) else zone,
        "note": line.get("note") or "",
        "value": wording.share(value) if covers and unit == "ratio" else wording.quantity(value, unit),
        "limit": "—" if silent else wording.limit(line.get("limit"), bound, unit),
        "result": line["result"],
        "word": wording.RESULTS[line["result"]],
        "basis": wording.unbroken(line.get("basis") or "Sin fundamento capturado"),
    }


def _grouped(text: str) -> str:
    return " ".join(text[at : at + 8] for at in range(0, len(text), 8))


def no_debt(body: dict[str, Any], head: Letterhead, stamp: Stamp) -> dict[str, Any]:
    """Every text of a no-debt certificate: of the parcel, nothing of its owner. KeyError where the body is not one."""
    place = stamp.timezone
    return {
        "title": TITLES["no-debt"],
        "head": head.__dict__,
        "stamp": {**stamp.__dict__, "sha256": _grouped(stamp.sha256)},
        "issued": wording.day(body["issued_at"], place),
        "valid_until": wording.day(body["valid_until"], place),
        "parcel": _facts_of(body["parcel"]),
        "basis": body["basis"],
    }


def _facts_of(parcel: dict[str, Any]) -> list[list[str]]:
    rows = [["Clave catastral", "key"], ["Domicilio", "address"], ["Colonia", "neighbourhood"]]
    return [[label, str(parcel[name])] for label, name in rows if parcel.get(name)]


# Outcome of a case → colour of the page, word, what it means.
CASE_OUTCOMES = {
    "granted": ("permitted", "Procede", "Se resolvió a favor de quien lo pidió."),
    "conditional": (
        "conditional",
        "Procede con condiciones",
        "Vale mientras se cumplan las condiciones de abajo.",
    ),
    "denied": (
        "prohibited",
        "No procede",
        "Se explica por qué. Puede corregirlo y pedirlo de nuevo, o inconformarse.",
    ),
}
OPINIONS = {"favourable": "Favorable", "unfavourable": "Desfavorable"}
TACIT = "Resolvió el silencio: venció el plazo de la autoridad."


def case(body: dict[str, Any], head: Letterhead, stamp: Stamp) -> dict[str, Any]:
    """Every text of the paper of a case. KeyError where the body is not one."""
    code, word, meaning = CASE_OUTCOMES[body["outcome"]]
    return {
        "title": body["title"],
        "head": head.__dict__,
        "stamp": {**stamp.__dict__, "sha256": _grouped(stamp.sha256)},
        "procedure": body["procedure"],
        "case": body["case"],
        "outcome": {"code": code, "word": word, "meaning": TACIT if body.get("tacit") else meaning},
        "issued": wording.day(body["issued_at"], stamp.timezone),
        "valid_until": wording.day(body.get("valid_until"), stamp.timezone),
        "wording": body.get("wording", ""),
        "personal": [],
        "printed": "",
        "facts": [[label, wording.unbroken(str(value))] for label, value in body["facts"]],
        "parcel": _facts_of(body["parcel"]),
        "reasons": list(body["reasons"]),
        "conditions": list(body["conditions"]),
        "opinions": [[one["name"], _opinion(one)] for one in body["opinions"]],
        "legal_basis": "; ".join(dict.fromkeys(body["legal_basis"])) + ".",
        "signed": f"Firmó: {body['signed_by']}." if body.get("signed_by") else "",
    }


def with_personal(texts: dict[str, Any], rows: Rows, on: str) -> dict[str, Any]:
    """The texts of the paper of a case with what is printed for its person alone, and the day (in words) it is printed.

    KeyError for any other paper.
    """
    said = [[label, wording.unbroken(value)] for label, value in rows]
    return {**texts, "personal": [*texts["personal"], *said], "printed": on}


def _opinion(one: dict[str, Any]) -> str:
    return f"{OPINIONS[one['opinion']]}{' (por silencio)' if one['silence'] else ''}"


def title_of(body: dict[str, Any]) -> str:
    """What the act of this body is called; "" where it is no document."""
    return str(body.get("title") or TITLES.get(body.get("kind", ""), ""))


def receipt(body: dict[str, Any], head: Letterhead, stamp: Stamp) -> dict[str, Any]:
    """Every text of a receipt: what was paid, by which means, and nobody's name. KeyError where the body is not one."""
    currency = body["currency"]
    facts = [
        ["Orden de pago", body["order"]], ["Asunto", body["subject"].partition(":")[2] or body["subject"]],
        ["Forma de pago", body["means"]], ["Operación", body["charge"]],
    ]  # fmt: skip
    if body.get("change"):
        facts.append(["Cambio", _money(body["change"], currency)])
    return {
        "title": TITLES["receipt"],
        "head": head.__dict__,
        "stamp": {**stamp.__dict__, "sha256": _grouped(stamp.sha256)},
        "issued": wording.day(body["issued_at"], stamp.timezone),
        "received": _money(body["received"], currency),
        "total": _money(body["total"], currency),
        "facts": facts,
        "lines": [
            {"concept": one["concept"], "account": one["account"], "basis": wording.unbroken(one["legal_basis"] or "—"),
             "amount": _money(one["amount"], currency)}
            for one in body["lines"]
        ],
    }  # fmt: skip


def _money(text: str, currency: str) -> str:
    return wording.money(Decimal(text), currency)


TEXTS = {"ruling": ruling, "no_debt": no_debt, "receipt": receipt, "case": case}
"""Layout → who writes its texts from the body of the act."""
