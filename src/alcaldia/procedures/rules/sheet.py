"""The legal sheet (ficha) of a procedure and its parts, as a municipal catalogue publishes them (format `procedure/1`)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from alcaldia.kernel.shape import Text

Prose = Literal[""] | Text
"""Words for people that may be left out."""
Channel = Literal["portal", "kiosk", "counter", "api"]
ONLINE = ("portal", "api")
"""Of these windows, those at which nobody stands before an official or a machine of the city."""
Level = Literal["none", "code", "passkey", "verified"]
"""How sure the city must be of who sends, by the names of `identity.rules.assurance`; `none`: anybody."""
TermUnit = Literal["working_days", "days", "months", "years", "minutes"]


@dataclass(frozen=True)
class Citation:
    """The norm that founds something: ordinance, articles, where and when it was published."""

    ordinance: str
    articles: str = ""
    medium: str = ""
    published: str = ""
    to_confirm: bool = False


@dataclass(frozen=True)
class Term:
    """An amount of time with the article that says so; 0 working days is at once."""

    amount: int
    unit: TermUnit = "working_days"
    legal_basis: str = ""
    to_confirm: bool = False


@dataclass(frozen=True)
class Requirement:
    """A document or condition asked; what government itself issued may not be asked (LNETB)."""

    name: Text
    form: Literal["original", "copy", "digital", "data"] = "digital"
    field: str = ""
    issued_by: Prose = ""
    issued_by_government: bool = False
    consulted: bool = False
    remarks: Prose = ""


@dataclass(frozen=True)
class Correction:
    """How fast the city may ask, once, for what is missing, and the citizen answer, in working days.

    `ask_within`: the first third of the term, as the procedure acts say, or so many working days.
    """

    ask_within: Literal["third"] | int = "third"
    comply_within: int = 10
    medium: str = "portal y correo"
    legal_basis: str = "por confirmar"


@dataclass(frozen=True)
class Cost:
    """What it costs, in words for the card; the amount itself is the fee's formula."""

    summary: Text
    legal_basis: str = ""
    variable: bool = False
    forms_of_payment: tuple[str, ...] = ("en línea", "tienda", "caja municipal")
    to_confirm: bool = True


@dataclass(frozen=True)
class Charge:
    """One of several things that are paid: an amount, or the method by which it is found."""

    concept: Text
    amount: Decimal | None = None
    method: Prose = ""
    legal_basis: str = ""
    to_confirm: bool = True


@dataclass(frozen=True)
class Office:
    """Where one goes in person, and the days on which it is closed."""

    name: Prose
    address: str = ""
    hours: Prose = ""
    non_working_days: Prose = ""


@dataclass(frozen=True)
class NextStep:
    """What to do elsewhere once the paper is in hand, and where."""

    text: Text
    url: str = ""


@dataclass(frozen=True)
class Related:
    """Another procedure and what it is to this one."""

    procedure: str
    relation: Literal["before", "after", "instead", "together"]


@dataclass(frozen=True)
class Sheet:
    """The legal sheet (ficha) of a municipal catalogue, published as open data."""

    key: str
    official_code: str
    name: Text
    plain_name: Text
    also_called: tuple[str, ...]
    summary: Text
    family: str
    agency: str
    result: Text
    deadline: Term
    tacit: Literal["approval", "denial", "none"]
    legal_basis: tuple[Citation, ...]
    cost: Cost
    channels: tuple[Channel, ...] = ("portal", "kiosk", "counter", "api")
    kind: Literal["procedure", "service"] = "procedure"
    catalogue_authority: str = "Portal Ciudadano Único (LNETB)"
    subject: str = ""
    modality: str = ""
    unit: str = ""
    receiving_area: str = ""
    resolving_area: str = ""
    issuing_authority: str = ""
    liaison: str = ""
    can_start_online: bool = True
    can_finish_online: bool = True
    url: str = ""
    place: Prose = ""
    form_kind: Literal["online", "paper", "free_text"] = "online"
    form_name: Prose = ""
    form_published: str = ""
    cases: Prose = ""
    exceptions: Prose = ""
    requirements: tuple[Requirement, ...] = ()
    related: tuple[Related, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    offices: tuple[Office, ...] = ()
    costs: tuple[Charge, ...] = ()
    tacit_basis: str = ""
    appeal: Term = Term(15, "working_days", "LFPA art. 85 o su equivalente estatal, por confirmar", True)
    correction: Correction = Correction()
    validity: Term | None = None
    renewal: Prose = ""
    criteria: Prose = ""
    cases_per_year: int | None = None
    sanctions: str = ""
    personal_data: str = ""
    privacy_notice: str = ""
    complaints: str = "Órgano interno de control municipal"
    curp: Literal["required", "optional", "not_asked"] = "not_asked"
    rfc: Literal["required", "optional", "not_asked"] = "not_asked"
    least_assurance: Level = "none"
    risk: Literal["none", "low", "medium", "high"] = "none"
    activity_codes: tuple[str, ...] = ()
    audience: tuple[str, ...] = ("personas",)
    life_events: tuple[str, ...] = ()

    def begins_at(self, window: str) -> bool:
        """May it be begun there? What is no window of citizens (the console) is not closed by a sheet."""
        if window in ONLINE and not self.can_start_online:
            return False
        return window in self.channels or window not in get_args(Channel)
