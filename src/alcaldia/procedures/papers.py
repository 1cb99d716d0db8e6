"""The paper of a case: the act that the ledger keeps, and its PDF once the transaction is over."""

import json
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from django.utils import timezone

from alcaldia.documents import actions as documents
from alcaldia.documents.content import Rows
from alcaldia.documents.models import Document
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.land import events as land_events
from alcaldia.land import parcels, queries, rulings, sketch
from alcaldia.land.rulebook import published
from alcaldia.land.search import address
from alcaldia.ledger import queries as ledger
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.ledger.models import Entry
from alcaldia.procedures import definitions, engine, events, lasting, renewing
from alcaldia.procedures.calendars import today
from alcaldia.procedures.engine import Held
from alcaldia.procedures.models import Case
from alcaldia.procedures.names import OUTCOMES, agency_name, field_name
from alcaldia.procedures.registries.consulting import parcel_of, told_to
from alcaldia.procedures.rules.definition import MERGED
from alcaldia.procedures.rules.flow import FAVOURABLE
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.rules.validators import shown_answer
from alcaldia.procedures.rules.validity import valid_until

DENIAL_PREFIX = "NEG"
RULING, OWN = "ruling", "case"


def issue(held: Held, *, by: str, channel: str) -> Held:
    """Give the case its paper in the caller's transaction; a definition without one only closes the case."""
    program = definitions.pinned(held.row.definition)
    paper = program.definition.document
    favourable = held.state.outcome in FAVOURABLE
    folio, until = "", _until(held, program)
    if paper is not None and paper.template == RULING and not held.row.turns.exists():
        folio, until = _ruling(held, program, by=by, channel=channel)
    elif paper is not None or not favourable:
        folio = _own(held, program, by=by, channel=channel)
    ends = {"valid_until": until} if folio and favourable and until else {}
    return engine.append(held, "issued", {"document": folio, **ends, **_visit(held)}, by=by, channel=channel)


def _until(held: Held, program: Program) -> date | None:
    """The last day of a favourable paper of today: whoever renews in the days for it loses none of those that were left."""
    term = program.definition.sheet.validity
    if term is None or held.state.outcome not in FAVOURABLE:
        return None
    return valid_until(renewing.begins(held.row, today(held.town)), term)


def _visit(held: Held) -> dict[str, Any]:
    """Who will come to verify, and by when; {} where nobody will."""
    visit = held.state.visit
    if visit is None or held.state.outcome not in FAVOURABLE:
        return {}
    by = lasting.days_after(held.row, engine.day_of(held), visit.days)
    return {"visit": {"agency": visit.agency, "by": by.isoformat() if by else ""}}


def draw(case: Case) -> None:
    """The PDF of the case's paper, after its transaction; one that exists stays."""
    if not case.document or Document.objects.filter(folio=case.document).exists():
        return
    entry = ledger.entry(case.document)
    documents.issue(
        entry=entry, template=_template(entry), sketch_svg=_sketch(case), municipality=case.municipality
    )


def pdf(case: Case) -> bytes:
    """The signed paper; one that is not drawn yet (its transaction ended a moment ago) is drawn for this reader alone."""
    entry = ledger.entry(case.document)
    return documents.pdf(entry, _template(entry), _sketch(case), case.municipality)


def has_own_layout(case: Case) -> bool:
    """Whether its paper is drawn from the case itself: a land ruling is drawn from the plan, line by line."""
    return _template(ledger.entry(case.document)) == OWN


def named(case: Case, personal: Rows) -> bytes:
    """The signed paper with lines that only its person may have; it is drawn for this reader and kept nowhere."""
    return documents.make(ledger.entry(case.document), OWN, _sketch(case) or "", case.municipality, personal)


def _template(entry: Entry) -> str:
    return RULING if entry.type == land_events.RULING_ISSUED else OWN


def _ruling(held: Held, program: Program, *, by: str, channel: str) -> tuple[str, date]:
    """A land procedure that a rule decided: its paper is the ruling itself, line by line. Its folio and its last day."""
    row, answers = held.row, held.row.answers
    key = parcel_of(program, answers)
    asked = {one.registry: one for one in (program.definition.lookups or {}).values()}
    if use := asked.get("land_use"):
        told = told_to(use, answers)
        document = queries.land_use_ruling(row.municipality.slug, key, answers[use.by], told.get("area"))
    else:
        rulings.hold(row.municipality.slug)
        told = told_to(asked["construction_ruling"], answers)
        document = queries.construction_ruling(row.municipality.slug, key, told)
    issued, _ = rulings.issue_ruling(document, municipality=row.municipality.slug, by=by, channel=channel)
    return issued.folio, issued.valid_until


def _own(held: Held, program: Program, *, by: str, channel: str) -> str:
    paper = program.definition.document
    favourable = held.state.outcome in FAVOURABLE
    prefix = paper.prefix if paper and favourable else DENIAL_PREFIX
    folio = new_folio(prefix, timezone.now().year)
    act = Act(events.DOCUMENT_ISSUED, folio, body(held, program, folio), held.town)
    record(act, by=by, channel=channel)
    return folio


def body(held: Held, program: Program, folio: str) -> dict[str, Any]:
    """The act of the paper: everything it prints, nothing personal."""
    row, town, sheet = held.row, held.town, program.definition.sheet
    facts = engine.facts_of(held, "decided", "term_passed")
    favourable = held.state.outcome in FAVOURABLE
    until = _until(held, program)
    return {
        "kind": "case", "folio": folio, "case": row.folio, "title": _title(held, program),
        "procedure": sheet.name.es, "official_code": sheet.official_code,
        "municipality": {"slug": town.slug, "name": town.name}, "agency": sheet.agency,
        "outcome": held.state.outcome, "outcome_label": OUTCOMES[held.state.outcome], "tacit": held.state.by_silence,
        "wording": _wording(held, program) if favourable else "", "facts": _facts(held, program), "parcel": _parcel(row, program), "reasons": facts.get("reasons", []),
        "conditions": facts.get("conditions", []), "legal_basis": facts.get("bases") or [sheet.legal_basis[0].ordinance],
        "opinions": [
            {"name": agency_name(town, one.agency), "opinion": one.opinion, "silence": one.by_silence}
            for one in held.state.reviews if one.opinion
        ],
        "signed_by": (facts.get("signature") or {}).get("post", ""), "paid": str(held.state.fee) if held.state.paid else "",
        "issued_at": timezone.now().isoformat(timespec="seconds"), "valid_until": until.isoformat() if until else None,
    }  # fmt: skip


def _title(held: Held, program: Program) -> str:
    paper = program.definition.document
    if held.state.by_silence:
        return (
            "Constancia de afirmativa ficta"
            if held.state.outcome in FAVOURABLE
            else "Constancia de negativa ficta"
        )
    if held.state.outcome not in FAVOURABLE or paper is None:
        return "Resolución"
    return paper.title.es


def _rules(held: Held) -> Mapping[str, Any]:
    """What the rules said last: when it was sent, or after a correction."""
    last: Mapping[str, Any] = (
        engine.facts_of(held, "corrected").get("rules") or engine.facts_of(held, "submitted")["rules"]
    )
    return last


def _wording(held: Held, program: Program) -> str:
    """What the paper says in its own words; a datum that this case does not have is a dash."""
    paper, said = program.definition.document, _said(held, program)
    return MERGED.sub(lambda found: said.get(found[1], "—"), paper.wording) if paper else ""


def _said(held: Held, program: Program) -> dict[str, str]:
    """What the paper names, as it is read, by name; what is personal is not on it."""
    row, values = held.row, _rules(held)["values"]
    paper, data = program.definition.document, program.definition.data
    given = {name: row.answers.get(name, values.get(name)) for name in (paper.fields if paper else ())}
    return {
        name: shown_answer(value, data.get(name))
        for name, value in given.items()
        if name not in row.protected and value not in (None, "", "vacío", "desconocido")
    }


def _facts(held: Held, program: Program) -> list[list[str]]:
    """Label and value of what the paper names; the parcel has a table of its own."""
    data, said = program.definition.data, _said(held, program)
    parcels_named = {name for name in said if name in data and data[name].type == "parcel"}
    found = [[field_name(data, name), text] for name, text in said.items() if name not in parcels_named]
    if engine.facts_of(held, "submitted").get("represented_by"):
        found.append(["Presentada", "Por conducto de su representante"])
    return found


def _parcel(row: Case, program: Program) -> dict[str, str]:
    key = parcel_of(program, row.answers)
    if not key:
        return {}
    try:
        book = published(row.municipality.slug)
        known = parcels.by_key(book, key)
        parcel, _ = parcels.whole(book, known.public_id)
    except (NotFound, Refusal):
        return {"key": key}
    return {"key": parcel.key, "address": address(parcel), "neighbourhood": parcel.neighbourhood}


def _sketch(case: Case) -> str | None:
    paper = definitions.pinned(case.definition).definition.document
    key = str(case.answers.get(paper.map) or "") if paper and paper.map else ""
    if not key:
        return None
    try:
        found = parcels.by_key(published(case.municipality.slug), key)
    except Refusal:
        return None
    return sketch.sketch_of(case.municipality.slug, found.public_id)


def act_of(folio: str) -> dict[str, Any]:
    """The body of a paper's act. Raises NotFound."""
    found: dict[str, Any] = json.loads(bytes(ledger.entry(folio).body))
    return found


def draw_missing(limit: int = 50) -> int:
    """Draw papers that have no PDF yet; returns how many. The worker's: a request never waits for a drawing.

    One that cannot be drawn is reported and does not hold up the rest.
    """
    drawn = Document.objects.values("folio")
    rows = Case.objects.exclude(document="").exclude(document__in=drawn)
    count = 0
    for case in rows.select_related("municipality", "definition").order_by("-submitted_at")[:limit]:
        count += documents.drawn(case.document, partial(draw, case))
    return count
