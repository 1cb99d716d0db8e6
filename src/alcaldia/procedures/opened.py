"""A draft opened: by the code that its person keeps, or by their own account for what is not personal."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.utils import timezone

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared
from alcaldia.procedures import definitions, quotas, sealing
from alcaldia.procedures.calendars import today
from alcaldia.procedures.city import city_of
from alcaldia.procedures.models import Case, DefinitionVersion, Draft
from alcaldia.procedures.registries import Consulted, consult
from alcaldia.procedures.registries.earlier import earlier
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.evaluate import City, Evaluation, evaluate
from alcaldia.procedures.rules.form import Form, form, typed
from alcaldia.procedures.rules.program import Program

FILES = "_files"
"""Where the names and keys of attached files lie among the sealed answers."""
KNOWN = "_known"
"""Where it lies among them what the person's vault answered, and by whom it was said there."""


@dataclass
class Opened:
    """A draft with all of its answers; `code` "" means that the personal ones stay closed."""

    draft: Draft
    program: Program
    town: Municipality
    code: str
    personal: dict[str, Any] = field(default_factory=dict)
    case: int | None = None
    """The case that is gone over again, by its key: what it holds already is not taken from it."""
    _form: tuple[dict[str, Any], Form] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def today(self) -> date:
        return today(self.town)

    @cached_property
    def city(self) -> City:
        return city_of(self.town, self.program)

    @property
    def answers(self) -> dict[str, Any]:
        """Every answer as typed by the person, with who they are where the definition asks for the profile."""
        found = {**self.draft.answers, **{k: v for k, v in self.personal.items() if k not in (FILES, KNOWN)}}
        if self.draft.person:
            for name, one in self.program.definition.data.items():
                if one.source == "profile":
                    found[name] = self.draft.person
        return found

    @property
    def changed(self) -> tuple[str, ...]:
        """Answered data that the procedure asks otherwise, or no longer, since the draft was last kept."""
        if self.draft.version == self.program.version:
            return ()
        kept = DefinitionVersion.objects.filter(
            municipality=self.town, procedure=self.draft.procedure, version=self.draft.version
        ).first()
        if kept is None:
            return ()
        before, now = definitions.pinned(kept).definition.data, self.program.definition.data
        return tuple(
            name for name in self.answers if name in before and _asks(before[name]) != _asks(now.get(name))
        )

    def form(self) -> Form:
        """The screens with these answers; worked out once until an answer changes."""
        given = self.answers
        if self._form is None or self._form[0] != given:
            self._form = (given, form(self.program, given, today=self.today, city=self.city))
        return self._form[1]

    def consult(self) -> Consulted:
        """What the registers hold for these answers, and what the person said in an earlier request."""
        values = typed(self.program, self.answers, today=self.today, city=self.city)
        found = consult(self.program, self.town, values, today=self.today)
        if self.program.definition.reserves:
            left = quotas.what_is_left(self.program, found.values, self.town, values, self.today, self.case)
            found = replace(found, values=left)
        known = earlier(self.program, self.town, self.draft.person)
        return replace(found, values={**found.values, **known}) if known else found

    def evaluate(self, consulted: Consulted) -> Evaluation:
        """What the rules say of answers and registers together."""
        given = {**self.answers, **consulted.values}
        values = typed(self.program, given, today=self.today, city=self.city)
        return evaluate(self.program, values, today=self.today, city=self.city)


def _asks(one: DataField | None) -> Any:
    """What makes a question another question: wording may change, type and options may not."""
    return None if one is None else (one.type, tuple(option.value for option in one.options), one.source)


def by_code(public_id: str, code: str, *, hold: bool = False) -> Opened:
    """The draft of this code, its row locked with `hold`. Raises NotFound, Refusal("wrong_code")."""
    draft = _draft(public_id, hold=hold)
    if not code or sealing.code_hash(code) != draft.code_hash:
        detail = "Escriba el código de su solicitud para seguir; lo recibió al empezar."
        raise Refusal("wrong_code", detail, status=403)
    personal = sealing.unseal(bytes(draft.sealed), code=code, draft=draft.public_id)
    return _opened(draft, code, personal)


def named_by(code: str) -> Draft | None:
    """The draft, or the sent request, that this code is of; None where there is none: a code needs no other name."""
    found = Draft.objects.filter(code_hash=sealing.code_hash(code)).only("public_id", "folio", "expires_on")
    return found.first() if sealing.spelled(code) else None


def by_person(public_id: str, person: str) -> Opened:
    """The draft that this account writes, with its personal answers closed. Raises NotFound where it is another's."""
    draft = _draft(public_id)
    if not person or (draft.representative or draft.person) != person:
        raise _unknown()
    return _opened(draft, "", {})


def of_case(row: Case, program: Program, answers: Mapping[str, Any]) -> Opened:
    """A case gone over again with these answers, under the definition that it was sent under; nothing of it is kept."""
    draft = Draft(
        municipality=row.municipality, procedure=row.procedure, version=program.version, person=row.account, answers=dict(answers)
    )  # fmt: skip
    return Opened(draft, program, row.municipality, "", case=row.pk)


_DRAFT = Prepared(lambda named: Draft.objects.select_related("municipality").filter(public_id=named), str)
_HELD_DRAFT = Prepared(
    lambda named: (
        Draft.objects.select_for_update(of=("self",)).select_related("municipality").filter(public_id=named)
    ),
    str,
)


def _draft(public_id: str, *, hold: bool = False) -> Draft:
    found = (_HELD_DRAFT if hold else _DRAFT).first(public_id)
    if found is None:
        raise _unknown()
    if found.expires_on < timezone.localdate():
        detail = "Este borrador venció y sus datos se borraron. Empiece de nuevo; toma pocos minutos."
        raise Refusal("draft_expired", detail, status=410)
    return found


def _unknown() -> NotFound:
    return NotFound("unknown_draft", "No encontramos ese borrador. Empiece de nuevo o escriba su código.")


def _opened(draft: Draft, code: str, personal: dict[str, Any]) -> Opened:
    program = definitions.program_in(draft.municipality.slug, draft.procedure)
    return Opened(draft, program, draft.municipality, code, personal)
