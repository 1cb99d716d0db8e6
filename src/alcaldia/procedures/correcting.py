"""A correction as its person fills it in: which data are asked, what was said before, and what the rules say of both together.

The definition is the one that the case was sent under; registers and figures are those of today. What lies sealed is opened
only where a rule reads it, by whoever corrects.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.shape import Text
from alcaldia.procedures import choosing, definitions, engine, judging, own_data, permitting, protected
from alcaldia.procedures.bearing import Bearer
from alcaldia.procedures.calendars import today
from alcaldia.procedures.judging import Review
from alcaldia.procedures.models import Case
from alcaldia.procedures.opened import Opened, of_case
from alcaldia.procedures.permitting import Permitted
from alcaldia.procedures.protected import VISIT, Signed, field_of
from alcaldia.procedures.rules import flow, privacy, routing
from alcaldia.procedures.rules.definition import Screen
from alcaldia.procedures.rules.flow import State
from alcaldia.procedures.rules.form import FieldView, ScreenView
from alcaldia.procedures.rules.form import asked as asked_of
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.rules.values import UNKNOWN
from alcaldia.vault import purposes
from alcaldia.vault.rules.grant import MOST_FIELDS, Send

TITLE = Text((("es", "Completar"), ("en", "Complete")))
Files = Mapping[str, Mapping[str, str]]
"""Datum → a file that lies encrypted already: "file" (its public id), "name" and "key"."""


@dataclass(frozen=True)
class Correcting:
    """A case that waits for its person. `asked`: datum → what the office wrote; `known`: earlier answers, UNKNOWN
    where they lie sealed and no rule reads them.
    """

    row: Case
    state: flow.Case
    program: Program
    asked: Mapping[str, str]
    known: Mapping[str, Any]

    @property
    def town(self) -> Municipality:
        return self.row.municipality

    def opened(self, given: Mapping[str, Any]) -> Opened:
        """Everything said so far with what is said now; nothing of it is kept."""
        answers = {
            name: value
            for name, value in {**self.known, **given}.items()
            if name in self.program.definition.data
        }
        return of_case(self.row, self.program, answers)

    @cached_property
    def before(self) -> frozenset[str]:
        """The data that applied before the correction."""
        return frozenset(judging.shown_now(self.opened({})))

    def screen(self, given: Mapping[str, Any]) -> ScreenView:
        """The fields to answer: those asked that apply, and those that apply only now."""
        views = [
            _blank(one)
            for screen in self.opened(given).form().screens
            for one in screen.fields
            if one.path in self.asked or one.path not in self.before
        ]
        return ScreenView(Screen("corregir", TITLE, tuple(one.path for one in views)), tuple(views))


def _blank(view: FieldView) -> FieldView:
    """What lies sealed is asked anew, with nothing in it."""
    return FieldView(view.path, view.field, None, view.error, view.rows) if view.value is UNKNOWN else view


@dataclass(frozen=True)
class Said:
    """A correction without faults: `answers` are all that may lie in the open, `plain` those said now, `sealed` what
    goes to the vault; `review` is what the rules say of everything.
    """

    review: Review
    answers: dict[str, Any]
    plain: dict[str, Any]
    sealed: dict[str, Any] = field(repr=False)
    fields: tuple[str, ...]

    @property
    def denied(self) -> bool:
        """Whether the rules say no: then nobody else has to look."""
        return self.review.route.at_once == "denied"


def begin(row: Case, bearer: Bearer, token: str = "") -> Correcting:
    """The correction that the case waits for; `token` is the person's own session at the broker, "" without one.

    Raises Refusal: "not_now", and "needs_code" or "needs_vault" where a rule reads what only they can open.
    """
    state = engine.state_of(row)
    if state.state is not State.CORRECTION_REQUESTED:
        now = flow.LABELS[state.state].lower()
        raise Refusal("not_now", f"Esto ya no se puede hacer: la solicitud está «{now}».", status=409)
    if state.correction_due and today(row.municipality) > state.correction_due:
        detail = f"El plazo para completarla terminó el {state.correction_due:%d/%m/%Y}. Presente una nueva solicitud."
        raise Refusal("not_now", detail, status=409)
    program = definitions.pinned(row.definition)
    last = row.events.filter(kind="correction_asked").order_by("-number").first()
    facts = last.facts if last else {"fields": []}
    asked = {name: facts.get("messages", {}).get(name, "") for name in facts["fields"]}
    known = {**_sealed(row, program, bearer, token), **row.answers}
    return Correcting(row, state, program, asked, known)


def _sealed(row: Case, program: Program, bearer: Bearer, token: str) -> dict[str, Any]:
    """What lies in the vault, by name; UNKNOWN where no rule reads it, and then nothing is opened."""
    names = [name for name in row.protected if name in program.definition.data and name not in row.answers]
    found: dict[str, Any] = dict.fromkeys(names, UNKNOWN)
    if not set(names) & _read(program):
        return found
    places = {field_of(name): name for name in names}
    for one in own_data.of_case(row, bearer, token, to="completar esta solicitud"):
        if one.name in places:
            found[places[one.name]] = one.value
    return found


def _read(program: Program) -> set[str]:
    """What any formula, table, condition or register of the definition reads."""
    formulas = [*program.formulas.values(), *program.whens.values(), *program.visible.values()]
    found = {name for one in formulas for name in one.reads}
    found |= {name for table in program.tables.values() for name in table.inputs}
    return found | {one.by for one in (program.definition.lookups or {}).values()}


def said(work: Correcting, answers: Mapping[str, Any], files: Files) -> Said:
    """The correction, judged. Raises Refusal("wrong_answers", errors={datum: sentence}); others than those asked are ignored."""
    given, wrong = _given(work, answers, files)
    screen = work.screen(given)
    paths = {one.path for one in screen.fields}
    wrong = {name: text for name, text in wrong.items() if name in paths} or _errors(screen)
    if wrong:
        raise Refusal("wrong_answers", "Revise los datos señalados.", errors=wrong)
    given = {name: value for name, value in given.items() if name in paths}
    review = judging.judge(work.opened(given))
    everything, _ = protected.split(work.program, judging.plain(review.opened))
    plain, personal = protected.split(work.program, given)
    sealed = {name: value for name, value in personal.items() if value not in (None, "", [])}
    sealed |= {name: dict(files[name]) for name in given if name in files}
    return Said(review, everything, plain, sealed, tuple(sorted(given)))


def _given(
    work: Correcting, answers: Mapping[str, Any], files: Files
) -> tuple[dict[str, Any], dict[str, str]]:
    """Answers with parcels and activities by their keys and files by their ids, and what is wrong with them.

    A file that was asked and did not come is missing, whatever lay there before; one that is optional stays.
    """
    given: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for _ in range(len(work.program.visible) + 1):
        fields = {one.path: one.field for one in work.screen(given).fields}
        if set(fields) <= set(given):
            break
        for name, spec in fields.items():
            if spec.type != "file":
                given[name] = _chosen(work, name, answers.get(name), wrong)
            elif name in files:
                given[name] = files[name]["file"]
            else:
                given[name] = None if spec.required else work.known.get(name)
    return given, wrong


def _chosen(work: Correcting, name: str, value: Any, wrong: dict[str, str]) -> Any:
    if not choosing.kind_of(work.program, name) or not isinstance(value, str | int):
        return value
    found = choosing.choose_alone(work.program, work.town, name, str(value))
    if not found.value and str(value).strip():
        wrong[name] = found.told()
    return found.value


def _errors(screen: ScreenView) -> dict[str, str]:
    cells = [cell for one in screen.fields for row in one.rows for cell in row]
    return {one.path: one.error for one in (*screen.fields, *cells) if one.error}


def needs_permit(work: Correcting, told: Said) -> tuple[str, ...]:
    """The data for which the permits of the case do not serve: those sealed now, and the photos of a visit that is new."""
    visited = bool(told.review.found.inspections) and not told.denied
    new = visited and not work.row.inspection_agency and work.state.visit is None
    return (*sorted(told.sealed), *((VISIT,) if new else ()))


def to_sign(work: Correcting, told: Said, salt: str) -> Send:
    """What was said and the permits, for a person with a key."""
    return permitting.to_sign(work.row, **_permit(work, told), salt=salt)


def signs(work: Correcting, told: Said, bearer: Bearer, *, vault_open: bool) -> bool:
    """Whether a key signs before this is sent: it must, for what is personal; what is not it signs where it has just
    opened the vault, as at sending. Raises Refusal where the person shows neither key nor code for what is personal.
    """
    if needs_permit(work, told):
        return permitting.how(work.row, work.program, bearer) == "key"
    return vault_open and _signs_open(work, told, bearer)


def permit(work: Correcting, told: Said, bearer: Bearer, signed: Signed | None) -> Permitted:
    """Give them. Raises Refusal."""
    if not needs_permit(work, told) and (signed is None or not _signs_open(work, told, bearer)):
        return Permitted(work.row.person)
    return permitting.give(work.row, work.program, **_permit(work, told), bearer=bearer, signed=signed)


def _signs_open(work: Correcting, told: Said, bearer: Bearer) -> bool:
    return bool(_open(work, told)) and permitting.may_sign(work.row, bearer)


def _open(work: Correcting, told: Said) -> tuple[str, ...]:
    """The data said now that are not personal. Nothing of them lies in a vault: a permit that names them opens nothing,
    and lets a key sign what it comes with.
    """
    sealed = privacy.names(work.program)
    return tuple(name for name in told.fields if name not in sealed)[:MOST_FIELDS]


def _permit(work: Correcting, told: Said) -> dict[str, Any]:
    return {
        "purpose": purposes.CHANGES, "names": needs_permit(work, told) or _open(work, told), "agencies": protected.agencies(work.program),
        "said": {"corrected": list(told.fields), "answers": told.plain}, "given": told.sealed,
    }  # fmt: skip


def facts(work: Correcting, told: Said) -> dict[str, Any]:
    """What the event says: the data, and what follows from them by the rules.

    Opinions asked for go on and those given stand; agencies that are needed now and were not are added. What was paid
    stands: where it is no longer what the rules say, a person looks.
    """
    row, state, review = work.row, work.state, told.review
    rules = judging.rules(review, privacy.unspoken(work.program))
    had = {one.agency for one in state.reviews}
    found: dict[str, Any] = {
        "fields": list(told.fields), "before": {name: row.answers.get(name) for name in told.plain}, "after": told.plain,
        "rules": rules, "reviews": tuple(one for one in review.route.reviews if one.agency not in had),
        "inspection": bool(review.route.inspection), "settles": told.denied, **judging.visit(review),
    }  # fmt: skip
    owed = review.found.fee
    if not state.paid:
        found["fee"] = routing.owed(review.found)
    elif owed != state.fee and not told.denied:
        due = "un costo que no se pudo calcular" if owed is None else f"${owed:,.2f}"
        rules["needs_person"] = True
        rules["reasons"] = [
            *rules["reasons"],
            f"Ya se pagaron ${state.fee:,.2f} y con lo corregido corresponde {due}.",
        ]
    return found


def askable(row: Case, program: Program) -> tuple[str, ...]:
    """The data that an office may ask to correct: those that the person is asked in this case, in their order.

    What a sealed answer would make apply is not known to the office; what was answered applied.
    """
    sealed = {name: UNKNOWN for name in row.protected if name not in row.answers}
    shown = judging.shown_now(Correcting(row, flow.Case(), program, {}, {**sealed, **row.answers}).opened({}))
    answered = {*row.answers, *row.protected}
    return tuple(
        name
        for name in program.definition.data
        if name in shown or (name in answered and asked_of(program, name))
    )
