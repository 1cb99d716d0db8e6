"""The legal sheets of a municipality as open data: what its definitions say, without anything of any person."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from alcaldia.kernel.canonical import digest
from alcaldia.kernel.csv_cells import csv_safe
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.shape import Text
from alcaldia.procedures import definitions
from alcaldia.procedures.names import agency_name
from alcaldia.procedures.rules import privacy
from alcaldia.procedures.rules.definition import Definition
from alcaldia.procedures.rules.program import Program

COLUMNS = (
    "key", "official_code", "kind", "name", "plain_name", "agency", "agency_name", "modality", "channels", "can_start_online",
    "can_finish_online", "requirements", "cost", "cost_legal_basis", "deadline", "deadline_unit", "tacit", "validity",
    "validity_unit", "legal_basis", "sanctions", "curp", "rfc", "risk", "place", "form_kind", "form_name", "form_published",
    "ask_correction_within", "comply_within", "correction_medium", "costs", "offices", "non_working_days", "version",
)  # fmt: skip


def sheets(town: Municipality) -> list[dict[str, Any]]:
    """Every sheet of the town by its key, as JSON values."""
    return [sheet(town, one) for _, one in sorted(definitions.programs(town.slug).items())]


def sheet(town: Municipality, program: Program) -> dict[str, Any]:
    """All fields of the sheet under the names of `procedure/1`, with what the rest of the definition says for the catalogue:
    what is asked, visits, opinions, fee and figures. `version` names the definition.
    """
    one = program.definition
    return {
        **plain(one.sheet), "costs": costs(one), "agency_name": str(agency_name(town, one.sheet.agency)), "version": program.version,
        "fee": plain(one.fee), "figures": plain(one.parameters or {}), "inspections": plain(one.inspections),
        "reviews": plain(one.reviews), "document": plain(one.document),
        "data": [
            {"name": name, "type": field.type, "label": plain(field.label), "required": field.required, "personal": privacy.is_personal(field)}
            for name, field in one.data.items() if field.source == "asked"
        ],
    }  # fmt: skip


def costs(one: Definition) -> list[dict[str, Any]]:
    """What is paid, one by one: as the sheet lists it, or else the fee and the formula that computes it."""
    if one.sheet.costs or one.fee is None:
        return [plain(charge) for charge in one.sheet.costs]
    fee = one.fee
    method = {"es": fee.formula}
    return [
        {"concept": plain(fee.concept), "amount": None, "method": method, "legal_basis": fee.legal_basis,
         "to_confirm": one.sheet.cost.to_confirm}
    ]  # fmt: skip


def plain(value: Any) -> Any:
    """A part of a definition as JSON values: texts by language, figures as they are written."""
    if isinstance(value, Text):
        return dict(value.words)
    if is_dataclass(value):
        return {one.name.rstrip("_"): plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, Decimal) else value


def rows(town: Municipality) -> list[list[str]]:
    """The sheets as a table: a row for each, in the order of COLUMNS; no spreadsheet runs a cell."""
    return [[csv_safe(_cell(row, name)) for name in COLUMNS] for row in sheets(town)]


def _spanish(words: Any) -> str:
    return words["es"] if words else ""


def _charge(one: dict[str, Any]) -> str:
    told = (_spanish(one["concept"]), one["amount"] or "", _spanish(one["method"]), one["legal_basis"])
    return ", ".join(text for text in told if text)


def _cell(row: dict[str, Any], name: str) -> str:
    special = {
        "cost": lambda: row["cost"]["summary"]["es"],
        "cost_legal_basis": lambda: row["cost"]["legal_basis"],
        "deadline": lambda: row["deadline"]["amount"],
        "deadline_unit": lambda: row["deadline"]["unit"],
        "validity": lambda: (row["validity"] or {}).get("amount", ""),
        "validity_unit": lambda: (row["validity"] or {}).get("unit", ""),
        "requirements": lambda: "; ".join(one["name"]["es"] for one in row["requirements"]),
        "place": lambda: _spanish(row["place"]),
        "form_name": lambda: _spanish(row["form_name"]),
        "ask_correction_within": lambda: row["correction"]["ask_within"],
        "comply_within": lambda: row["correction"]["comply_within"],
        "correction_medium": lambda: row["correction"]["medium"],
        "costs": lambda: "; ".join(_charge(one) for one in row["costs"]),
        "offices": lambda: "; ".join(_spanish(one["name"]) for one in row["offices"]),
        "non_working_days": lambda: "; ".join(_spanish(one["non_working_days"]) for one in row["offices"]),
        "legal_basis": lambda: "; ".join(f"{one['ordinance']} {one['articles']}".strip() for one in row["legal_basis"]),
        "channels": lambda: " ".join(row["channels"]),
        "name": lambda: row["name"]["es"],
        "plain_name": lambda: row["plain_name"]["es"],
    }  # fmt: skip
    value = special[name]() if name in special else row[name]
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def mark(town: Municipality) -> str:
    """Changes when a sheet does: for caches."""
    versions = {key: one.version for key, one in definitions.programs(town.slug).items()}
    return digest({"sheets": versions, "agencies": town.catalogue})
