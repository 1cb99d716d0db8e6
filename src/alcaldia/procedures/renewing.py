"""A paper that ends is renewed by a request that begins with what the earlier one said; how, the procedure of today says."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import definitions
from alcaldia.procedures.models import Case, Draft
from alcaldia.procedures.rules.definition import Renewal
from alcaldia.procedures.rules.flow import FAVOURABLE, State
from alcaldia.procedures.rules.program import Program

LONGEST = 80
OVER = (State.WITHDRAWN, State.LAPSED, State.ANNULLED)


@dataclass(frozen=True)
class Offer:
    """How a paper in force is renewed: by which procedure, from which day on until which."""

    procedure: str
    since: date
    until: date


def offer(row: Case) -> Offer | None:
    """None for what no paper says, what does not end, and what the town does not renew."""
    if row.valid_until is None or row.state != State.ISSUED or row.outcome not in FAVOURABLE:
        return None
    found = _renewal(row.municipality.slug, row.procedure)
    if found is None:
        return None
    return Offer(found.procedure, row.valid_until - timedelta(days=found.notice_days), row.valid_until)


def given(row: Case, target: Program) -> dict[str, Any]:
    """The answers with which the new request begins: the number of the paper, and what nobody needs to say again."""
    found, data = _renewal(row.municipality.slug, row.procedure), target.definition.data
    asked = [
        name for name in (found.carry if found else ())
        if name in row.answers and name not in row.protected and name in data and data[name].source == "asked"
    ]  # fmt: skip
    number = target.definition.document.renews if target.definition.document else ""
    return {name: row.answers[name] for name in asked} | ({number: row.document} if number else {})


def begins(row: Case, day: date) -> date:
    """From which day on the paper of a request counts: that day, or where it renews one in its last days, the end of that one."""
    renewed = Case.objects.select_related("municipality").filter(
        municipality=row.municipality, document=row.renews
    )
    found = next((one for earlier in renewed if (one := offer(earlier))), None) if row.renews else None
    return (
        found.until
        if found and found.procedure == row.procedure and found.since <= day <= found.until
        else day
    )


def named(program: Program, answers: Mapping[str, Any]) -> str:
    """The paper whose place these answers ask for, as papers are numbered; "" for a new one."""
    number = program.definition.document.renews if program.definition.document else ""
    return str(answers.get(number) or "").strip().upper()[:LONGEST] if number else ""


def under_way(rows: Iterable[Case]) -> dict[str, Case]:
    """Of these papers, those that their own account asked to renew and was not told no, or that are renewed: by folio, the newest.

    The number of a paper is known to anybody: what a stranger asks for stops nobody from being told.
    """
    papers = {row.document: row for row in rows if row.document and row.valid_until}
    if not papers:
        return {}
    towns = {row.municipality_id for row in papers.values()}
    asked = Case.objects.filter(municipality__in=towns, renews__in=papers).exclude(renews="")
    found = asked.exclude(state__in=OVER).exclude(outcome="denied").order_by("submitted_at")
    return {one.renews: one for one in found if _of_the_same(papers[one.renews], one)}


def _of_the_same(row: Case, asked: Case) -> bool:
    renewed = asked.state == State.ISSUED and asked.outcome in FAVOURABLE
    return row.municipality_id == asked.municipality_id and (
        renewed or (row.account != "" and row.account == asked.account)
    )


def begun(row: Case, target: Program) -> Draft | None:
    """The draft with which the account of this case began to renew its paper, where there is one."""
    number = target.definition.document.renews if target.definition.document else ""
    drafts = Draft.objects.filter(person=row.account, municipality=row.municipality, procedure=target.definition.sheet.key,
                                  folio="") if row.account and number else ()  # fmt: skip
    return next((one for one in drafts if one.answers.get(number) == row.document), None)


def ending(town: Municipality, day: date, limit: int) -> Iterator[str]:
    """Folios of the cases whose paper ends soon and whose person was not told, by procedure and then by last day."""
    for key, program in definitions.programs(town.slug).items():
        found = program.definition.document.renewal if program.definition.document else None
        if found is not None:
            until = day + timedelta(days=found.notice_days)
            rows = Case.objects.filter(
                municipality=town, procedure=key, valid_until__range=(day, until), reminded_on=None
            )
            rows = rows.filter(state=State.ISSUED, outcome__in=FAVOURABLE).order_by("valid_until")
            yield from rows.values_list("folio", flat=True)[:limit]


def _renewal(town: str, procedure: str) -> Renewal | None:
    """As the procedure of today says: papers of before it said so are renewed too."""
    try:
        paper = definitions.program_in(town, procedure).definition.document
    except NotFound:
        return None
    return paper.renewal if paper else None
