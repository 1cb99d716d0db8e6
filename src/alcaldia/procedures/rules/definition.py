"""The format `procedure/1`: one declarative document for everything that a procedure is.

Keys, types and enumerated values are English; texts and the names that officials coin are Spanish.
References are names, never numbers or addresses, so a file moves between installations unchanged.
`version_of` of the plain tree is the version that each case stores.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from alcaldia.kernel.canonical import digest
from alcaldia.kernel.shape import Text
from alcaldia.kernel.text import Sentence, named
from alcaldia.procedures.rules.sheet import Prose, Sheet

FORMAT = "procedure/1"
Outcome = Literal["granted", "conditional", "denied", "missing_data", "review"]
OUTCOMES: tuple[Outcome, ...] = ("granted", "conditional", "denied", "missing_data", "review")
FieldType = Literal[
    "text", "long_text", "number", "integer", "money", "date", "yes_no", "choice", "choices", "email", "phone",
    "curp", "rfc", "postcode", "cadastral_key", "address", "place", "parcel", "person", "file", "group",
]  # fmt: skip
NOTICES = (
    "received", "payment_due", "correction_asked", "term_near", "opinion", "silence", "inspection", "paid", "decided", "issued", "lapsed",
    "appeal_resolved", "annulled", "appointment_near", "escalated", "verification", "visited", "waiting_list",
    "place_given", "list_closed", "appeal_came", "payment_disputed", "account_changed", "renewal_due",
)  # fmt: skip
"""What may be told: the keys of `notices`, one for each text of notices/rules/templates.py.

`escalated`, `appeal_came`, `payment_disputed` and `account_changed` are told to whoever heads the agency, by e-mail where
the file does not name them; the rest to the person.
"""


@dataclass(frozen=True)
class Option:
    """One of the answers of a choice."""

    value: str
    label: Text


@dataclass(frozen=True)
class DataField:
    """One datum of the dictionary; where it comes from says whether it is asked.

    `source` is asked | registry:NAME.ITEM | earlier:PROCEDURE.FIELD | computed; `visible` is a formula.
    `personal` left out: free text (text, long_text, email, phone, curp, rfc, address, person) and files are kept sealed, the
    rest is not; `none` leaves a free text readable in the case and its acts, and `why` must say why that is harmless.
    `keep`: what becomes of it once the request has ended and `sheet.appeal` has passed. `case` stays until its person
    erases it; `delete` (sealed data) is destroyed, with its files; `anonymise` (readable data) stays, and everything that
    links the request to its person is destroyed. The paper that was issued stays in every case.
    `vault`: the field of the person's vault (GROUP.FIELD, or `address` whole) that answers it while their vault is open;
    they see it and may change it, and it is kept sealed.
    `min` and `max` bound figures, or the characters of a text, or the rows of a group.
    """

    type: FieldType
    label: Text
    help: Text | None = None
    source: str = "asked"
    vault: str = ""
    required: bool = True
    visible: str = ""
    options: tuple[Option, ...] = ()
    min: Decimal | None = None
    max: Decimal | None = None
    unit: str = ""
    personal: Literal["none", "personal", "sensitive"] | None = None
    consent: str = ""
    keep: Literal["case", "anonymise", "delete"] = "case"
    fields: dict[str, "DataField"] | None = None
    accepts: tuple[Literal["pdf", "image", "dwg", "video"], ...] = ()
    why: Prose = ""


@dataclass(frozen=True)
class Bracket:
    """A step of a progressive tariff: from this figure, this much plus this rate of the excess."""

    from_: Decimal
    base: Decimal
    rate: Decimal


@dataclass(frozen=True)
class Dated:
    """What a figure is from a day on (ISO date), until the next one: the UMA of a year, a new Ley de Ingresos."""

    from_: str
    value: Decimal | None = None
    brackets: tuple[Bracket, ...] = ()
    choices: dict[str, Decimal] | None = None
    legal_basis: str = ""


@dataclass(frozen=True)
class Parameter:
    """A figure that each municipality sets: fee, limit, term; the file brings a default to confirm.

    The newest of `dated` that has begun stands before the figure itself.
    """

    label: Text
    value: Decimal | None = None
    brackets: tuple[Bracket, ...] = ()
    choices: dict[str, Decimal] | None = None
    dated: tuple[Dated, ...] = ()
    unit: str = ""
    legal_basis: str = "por confirmar"
    to_confirm: bool = True


def in_force(parameter: Parameter, on: date) -> Parameter | Dated:
    """The figure of that day: of several with the same day, the last one written."""
    begun = [one for one in parameter.dated if one.from_ <= on.isoformat()]
    return max(begun, key=lambda one: one.from_, default=parameter)  # type: ignore[type-var]


@dataclass(frozen=True)
class Lookup:
    """A registry that the procedure reads, and by which field; `on` is the datum with the day that is asked about.

    `with`: what else the registry is told, each under its own name of it: the datum that says it, or a fixed "text" in
    double quotes.
    `papers`: procedures whose papers the registry of licences takes for an answer; those of any other are none.
    """

    registry: str
    by: str
    on: str = ""
    with_: dict[str, str] | None = None
    papers: tuple[str, ...] = ()
    consent: bool = False
    label: str = ""

    @property
    def told(self) -> dict[str, str]:
        """What is told by a datum, without the fixed texts."""
        return {name: one for name, one in (self.with_ or {}).items() if not one.startswith('"')}

    @property
    def fixed(self) -> dict[str, str]:
        """The fixed texts that are told."""
        return {name: one.strip('"') for name, one in (self.with_ or {}).items() if one.startswith('"')}


@dataclass(frozen=True)
class Reserve:
    """What a favourable answer takes of something that runs out, from the decision (or the payment asked before it) on.

    `of` is the datum in which a register says how much is offered: a figure, or yes/no where it is one and taken; by days
    where its lookup names a day (`on`). `units` is how many (a formula), `when` for whom. It is given back when the request
    is withdrawn, denied, annulled or lapses or its order expires, and `days` (a formula) after the paper, else with
    `sheet.validity`. `waiting_list`: who comes when there is none waits in order, pays nothing, and is given the next one.
    """

    of: str
    units: str = "1"
    when: str = ""
    days: str = ""
    waiting_list: bool = False


@dataclass(frozen=True)
class Screen:
    """One screen of the citizen's side: the same for portal, kiosk and counter."""

    id: str
    title: Text
    fields: tuple[str, ...]
    help: Text | None = None


@dataclass(frozen=True)
class Row:
    """A line of a decision table: cells, results, article. A reason or condition may be {es: …, en: …}."""

    if_: tuple[Any, ...]
    then: tuple[Any, ...]
    legal_basis: str
    offer: str = ""


@dataclass(frozen=True)
class Table:
    """A decision table: first row that matches, the only one, or all of them."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...]
    policy: Literal["first", "unique", "collect"] = "first"


@dataclass(frozen=True)
class Rules:
    """Tables and formulas; the table `decision` gives the outcome."""

    tables: dict[str, Table]
    formulas: dict[str, str] | None = None


@dataclass(frozen=True)
class Review:
    """An agency's opinion: when, after whom, in how many working days, and what its silence means.

    `reads`: the personal data that its opinion needs; left out, all that the request gives. Who the person is and how to
    reach them is only for who resolves and who visits.
    """

    agency: str
    asks: Text
    days: int
    silence: Literal["favourable", "unfavourable", "escalate"]
    when: str = ""
    after: tuple[str, ...] = ()
    reads: tuple[str, ...] | None = None
    legal_basis: str = "por confirmar"


@dataclass(frozen=True)
class Inspection:
    """A visit: aim, authority, when, what is looked at, in so many working days. Of those of a moment whose `when` holds, the
    first is made.

    `after_issue` verifies what was declared: its days count from the paper, and a bad result leaves the paper as it is until a
    person who signs annuls it or upholds it.
    """

    agency: str
    aim: Text
    days: int
    checklist: tuple[Text, ...]
    when: str = ""
    moment: Literal["before_decision", "after_issue"] = "before_decision"
    legal_basis: str = "por confirmar"

    @property
    def points(self) -> tuple[Sentence, ...]:
        """The checklist in Spanish, as findings name it, with what the definition says in other languages."""
        return tuple(named(one) for one in self.checklist)


@dataclass(frozen=True)
class Signature:
    """Which post signs, and when a person must; otherwise the municipal seal does."""

    post: str
    when: str = ""


@dataclass(frozen=True)
class Fee:
    """The formula of what is owed, when it is paid, and its account in the books.

    `before_submission`: no agency receives the request until it is paid. `before_review`: the agency has it, and reviews
    and visits begin when it is paid; what a rule decides at once is paid before its paper. In both the term begins with
    the payment, a request that nobody pays in `voucher_days` lapses, and what a rule denies at once is not charged.
    """

    formula: str
    concept: Text
    moment: Literal["before_submission", "before_review", "before_issue"] = "before_issue"
    account: str = ""
    voucher_days: int = 5
    legal_basis: str = "Ley de Ingresos municipal, por confirmar"


MERGED = re.compile(r"\{(\w+)\}")
"""A datum in the wording of a paper."""


@dataclass(frozen=True)
class Renewal:
    """Which procedure gives the paper that takes this one's place, and how many days before `sheet.validity` ends its person is told
    and may begin.

    `carry`: data that the new request begins with as this one kept them, where it asks for them by the same name; what is
    personal or declared is said anew.
    """

    procedure: str
    notice_days: int = 30
    carry: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paper:
    """The document that is issued: its template, folio prefix, seal and code.

    `fields` are printed from the act, which anybody may read; `personal` only for the person, in a file drawn for them.
    `wording` is what it says in its own words where the answer is favourable, in Spanish, the language of the act; {NAME} stands
    for one of `fields`. `renews` is the datum that names the paper whose place this one takes, "" where it is a new one.
    """

    template: str
    prefix: str
    title: Text
    fields: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    wording: str = ""
    map: str = ""
    qr: bool = True
    renews: str = ""
    renewal: Renewal | None = None

    @property
    def merged(self) -> list[str]:
        """The data that its wording names."""
        return MERGED.findall(self.wording)


@dataclass(frozen=True)
class Appointments:
    """An agenda from which a time is taken, and how many are served at once."""

    agenda: str
    minutes: int
    capacity: int
    when: str = ""


@dataclass(frozen=True)
class Trial:
    """A test that travels with the definition: given answers, expected results."""

    given: dict[str, Any]
    expect: dict[str, Any]
    name: str = ""
    today: str = ""


@dataclass(frozen=True)
class Definition:
    """A whole procedure."""

    format: Literal["procedure/1"]
    sheet: Sheet
    data: dict[str, DataField]
    steps: tuple[Screen, ...]
    rules: Rules
    parameters: dict[str, Parameter] | None = None
    lookups: dict[str, Lookup] | None = None
    reserves: tuple[Reserve, ...] = ()
    reviews: tuple[Review, ...] = ()
    join: Literal["all", "majority", "any_denies"] = "all"
    inspections: tuple[Inspection, ...] = ()
    signature: Signature | None = None
    fee: Fee | None = None
    document: Paper | None = None
    notices: dict[str, tuple[Literal["email", "sms", "whatsapp", "portal"], ...]] | None = None
    appointments: tuple[Appointments, ...] = ()
    tests: tuple[Trial, ...] = ()


def version_of(tree: Any) -> str:
    """SHA-256 of the canonical JSON of the plain tree, lower-case hexadecimal: the version of a definition."""
    return digest(tree)
