"""The paper of a case with what is personal of its person: drawn and sealed for them at that moment, and kept nowhere.

Its act tells nothing personal, so neither does the file that is kept, which is what anybody else gets. What was given with
the case is opened by its person; what a register says of them is asked again, and only of a request that was granted.
"""

from typing import Any

from alcaldia.documents import wording
from alcaldia.documents.content import Rows
from alcaldia.kernel.errors import NotFound
from alcaldia.procedures import definitions, own_data, papers, protected
from alcaldia.procedures.bearing import Bearer, check_bearer
from alcaldia.procedures.models import Case, Draft
from alcaldia.procedures.opened import Opened
from alcaldia.procedures.registries import consult
from alcaldia.procedures.rules import privacy
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.flow import FAVOURABLE, State
from alcaldia.procedures.rules.form import typed
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.rules.validators import shown_answer
from alcaldia.vault.queries import Held
from alcaldia.vault.rules.provenance import DECLARED

TO = "imprimir sus datos en el documento de esta solicitud"
PROFILE = "profile"


def offered(row: Case, program: Program, bearer: Bearer) -> tuple[str, ...]:
    """The personal data that this person's copy can print, in their order; none where there is no paper that stands."""
    paper = program.definition.document
    if paper is None or not paper.personal or not row.document or row.state == State.ANNULLED:
        return ()
    if not papers.has_own_layout(row):
        return ()
    return tuple(name for name in paper.personal if _printable(row, program, bearer, name))


def _printable(row: Case, program: Program, bearer: Bearer, name: str) -> bool:
    field = program.definition.data[name]
    if field.source == PROFILE:
        return own_data.named(row, bearer)
    if privacy.from_register(field):
        return row.outcome in FAVOURABLE
    return name in row.protected


def pdf(row: Case, bearer: Bearer, token: str) -> bytes:
    """The signed paper with their data; `token` is their own session at the broker. Raises Refusal; then nothing was drawn."""
    check_bearer(row, bearer)
    program = definitions.pinned(row.definition)
    names = offered(row, program, bearer)
    found = _rows(row, program, names, bearer, token)
    if not found:
        raise NotFound(
            "no_personal_data", "De este documento no hay una copia con datos de la persona para usted."
        )
    return papers.named(row, found)


def _rows(row: Case, program: Program, names: tuple[str, ...], bearer: Bearer, token: str) -> Rows:
    data = program.definition.data
    values = _values(row, program, [name for name in names if data[name].source != PROFILE], bearer, token)
    found = []
    for name in names:
        label, text = data[name].label.es.strip("¿?"), _shown(values.get(name), data[name])
        if data[name].source == PROFILE:
            label, text = _name(label, own_data.full_name(row, bearer, token))
        found.append((label, text))
    return [(label, text) for label, text in found if text]


def _name(label: str, held: Held | None) -> tuple[str, str]:
    """Who they are, and whether only they say so: the seal vouches for no more than the city knows."""
    if held is None:
        return label, ""
    return f"{label} (según declaró)" if held.source == DECLARED else label, str(held.value)


def _values(row: Case, program: Program, names: list[str], bearer: Bearer, token: str) -> dict[str, Any]:
    """Typed values by name: what the person opens, and what registers say of it."""
    if not names:
        return {}
    data = program.definition.data
    found: dict[str, Any] = dict(row.answers)
    if row.protected:
        places = {protected.field_of(name): name for name in row.protected if name in data}
        held = own_data.of_case(row, bearer, token, to=TO)
        found |= {places[one.name]: one.value for one in held if one.name in places}
    draft = Draft(municipality=row.municipality, procedure=row.procedure, version=program.version,
                  person=row.account, answers=found)  # fmt: skip
    asked = Opened(draft, program, row.municipality, "")
    values = typed(program, found, today=asked.today, city=asked.city)
    lookups = frozenset(privacy.from_register(data[name]) for name in names) - {""}
    said = consult(program, row.municipality, values, today=asked.today, only=lookups).values
    return typed(program, {**found, **said}, today=asked.today, city=asked.city)


def _shown(value: Any, field: DataField) -> str:
    if field.type == "date" and value:
        return wording.day(value.isoformat())
    if field.type == "group":
        return "; ".join(", ".join(str(cell) for cell in one.values() if cell) for one in value or ())
    return shown_answer(value, field)
