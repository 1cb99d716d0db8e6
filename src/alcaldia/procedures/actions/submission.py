"""Sending: one touch keeps the case, its personal data and its permits, and decides what a rule can decide."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.prepared import Prepared
from alcaldia.ledger import actions as ledger
from alcaldia.procedures import (
    definitions,
    engine,
    identified,
    judging,
    protected,
    renewing,
    representing,
    reserving,
)
from alcaldia.procedures.actions import deciding
from alcaldia.procedures.engine import Held
from alcaldia.procedures.judging import Review
from alcaldia.procedures.models import Attachment, Case, Draft
from alcaldia.procedures.opened import FILES, Opened
from alcaldia.procedures.protected import Signed
from alcaldia.procedures.registries import Consulted
from alcaldia.procedures.representing import Acting
from alcaldia.procedures.rules import privacy, quotas, routing
from alcaldia.procedures.rules.evaluate import Evaluation
from alcaldia.vault import actions as vault
from alcaldia.vault.rules.grant import Send

__all__ = ["PREFIX", "Claim", "Signed", "review", "submit", "to_sign"]
PREFIX = "SOL"


@dataclass(frozen=True)
class Claim:
    """What a system sends under a key of its own: the draft's public name and a keyed hash of what it said."""

    name: str
    said: str


def review(draft: Opened) -> Review:
    """What would be decided now; nothing is kept. Raises Refusal where an answer is missing or wrong."""
    filled = draft.form()
    if filled.next_step:
        raise Refusal(
            "not_complete", "Falta completar un dato. Vuelva al paso señalado.", step=filled.next_step
        )
    told = judging.judge(draft)
    later = _once_there_is_a_place(draft, told.consulted, told.found)
    if later is None:
        return told
    return replace(told, found=later, route=routing.route(draft.program, later), full=told.found)


def _once_there_is_a_place(draft: Opened, consulted: Consulted, found: Evaluation) -> Evaluation | None:
    """What the rules will say of a request that only lacks a place for which there is a waiting list; None of any other."""
    free = quotas.as_if_free(draft.program, found, draft.today)
    if not free or found.outcome in ("granted", "conditional"):
        return None
    later = draft.evaluate(replace(consulted, values={**consulted.values, **free}))
    return later if later.outcome in ("granted", "conditional") else None


def to_sign(told: Review, *, folio: str, salt: str) -> Send | None:
    """The bundle that a person with a vault signs to send this draft; None where nothing is personal.

    It covers every answer: those in the open as they are, the personal ones by a hash that `salt` makes.
    """
    draft = told.opened
    person, given = draft.draft.person, _given(draft)
    return protected.bundle(draft.program, town=draft.town.slug, person=person, folio=folio, given=given, visits=bool(told.found.inspections),
                            application=_application(draft, folio, salt, given), vault_of_their_own=True)  # fmt: skip


def submit(
    draft: Opened, *, by: str, channel: str, folio: str = "", signed: Signed | None = None, contact: bytes = b"",
    claim: Claim | None = None, acting: Acting | None = None, proved: Assurance = Assurance.NONE,
) -> Case:  # fmt: skip
    """Send a draft that was just opened. Twice is once. Raises Refusal; then nothing was sent and the draft stays.

    `claim` names the draft from now on, as one draft only can be: IntegrityError for the second.
    `signed` with its `folio` where the person has a key; otherwise the request's own code opens its data. `acting` says
    for whom whoever sends it acts now: the draft must be theirs and a mandate in force must cover it. `proved`: how sure the
    city is of who that is.
    """
    if draft.draft.folio:
        return _sent(draft.draft.folio)
    identified.check_sender(draft, proved)
    mandate = representing.at_sending(draft, acting)
    told = review(draft)
    named = folio or new_folio(PREFIX, timezone.now().year)
    person = _permit(told, named, signed)
    with transaction.atomic(), ledger.together(), engine.moving():
        earlier = _held(draft)
        if earlier:
            return _sent(earlier)
        if claim:
            Draft.objects.filter(pk=draft.draft.pk).update(public_id=claim.name, said=claim.said)
        held = _keep(
            told,
            folio=named,
            person=person,
            by=by,
            channel=channel,
            contact=contact,
            facts={**representing.facts(mandate), **protected.facts(signed)},
            seal=signed.kept() if signed else {},
        )
        representing.tell(mandate, named)
        if told.full:
            return held.row
        return deciding.decide_at_once(held, told.route, told.found, by=by, channel=channel).row


_HELD = Prepared(lambda pk: Draft.objects.select_for_update().filter(pk=pk), int)


def _held(draft: Opened) -> str:
    """The folio that the draft became meanwhile, "" where it is still ours to send. Raises Refusal where it changed."""
    [row] = _HELD(draft.draft.pk)
    if not row.folio and row.changed_at != draft.draft.changed_at:
        detail = "Sus respuestas cambiaron en otra pestaña. Revíselas y envíe de nuevo."
        raise Refusal("changed_meanwhile", detail, status=409)
    return row.folio


def _sent(folio: str) -> Case:
    return Case.objects.select_related("municipality", "definition").get(folio=folio)


def _given(draft: Opened) -> dict[str, Any]:
    """Personal data that are filled in and asked, and attached files with their keys."""
    files = draft.personal.get(FILES, {})
    wanted = privacy.names(draft.program) & judging.shown_now(draft)
    found = {name: draft.answers.get(name) for name in wanted}
    return {
        name: {"file": value, **files[value]} if value in files else value
        for name, value in found.items()
        if value not in (None, "", [])
    }


def _application(draft: Opened, folio: str, salt: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {"procedure": draft.draft.procedure, "version": draft.program.version, "folio": folio,
            "answers": draft.draft.answers, **protected.sealed_in(salt, given)}  # fmt: skip


def _permit(told: Review, folio: str, signed: Signed | None) -> str:
    """Give the permits, before anything is kept: a permit without data opens nothing. Returns whose data they are."""
    draft, visits = told.opened, bool(told.found.inspections)
    if signed is not None and draft.draft.representative:
        raise Refusal(
            "not_your_vault",
            "Su llave no abre la bóveda de quien representa. Actualice la página y envíe sin firmar.",
            status=403,
        )
    given = _given(draft)
    if signed is not None:
        if signed.send.application != digest(_application(draft, folio, signed.salt, given)):
            raise Refusal("other_request", "Lo que se firmó no es esta solicitud. Revísela y firme de nuevo.")
        if {one.person for one in signed.send.grants} != {draft.draft.person}:
            raise Refusal("other_person", "Lo que se firmó es de otra persona.", status=403)
        vault.give(signed.send, signed.assertion)
        return draft.draft.person
    if not given and not visits:
        return "" if draft.draft.representative else draft.draft.person
    subject = protected.new_subject()
    made = _application(draft, folio, protected.new_salt(), given)
    send = protected.bundle(draft.program, town=draft.town.slug, person=subject, folio=folio, given=given, visits=visits, application=made,
                            vault_of_their_own=False)  # fmt: skip
    protected.open_for_code(subject=subject, code=draft.code, send=send)
    return subject


def _keep(
    told: Review, *, folio: str, person: str, by: str, channel: str, contact: bytes, facts: dict[str, Any],
    seal: Mapping[str, str],
) -> Held:  # fmt: skip
    draft, program = told.opened, told.opened.program
    sheet, given = program.definition.sheet, _given(told.opened)
    kept = definitions.pin(draft.town, program)
    secret = privacy.unspoken(program)
    row = Case.objects.create(
        municipality=draft.town, folio=folio, procedure=sheet.key, definition=kept, person=person,
        account=draft.draft.person, code_hash=draft.draft.code_hash, agency=sheet.agency,
        inspection_agency=told.route.inspection, channel=channel, state="draft",
        answers=judging.plain(draft), consulted=judging.consulted(told, secret), protected=sorted(given), contact=contact,
        renews=renewing.named(program, draft.draft.answers), submitted_at=timezone.now(),
    )  # fmt: skip
    values = {**given, **(seal if given else {})}
    protected.keep(program, person=person, folio=folio, values=values, by=by, channel=channel)
    if any(one.type == "file" for one in program.definition.data.values()):
        Attachment.objects.filter(draft=draft.draft).update(case=row, draft=None)
    emptied = {
        "folio": folio,
        "answers": {},
        "sealed": b"",
        "representative": "",
        "changed_at": timezone.now(),
    }
    Draft(pk=draft.draft.pk, **emptied).save(update_fields=list(emptied))
    reserving.want(row, program, told.found)
    facts = {
        **facts, "definition": program.version, "term": told.route.term, "tacit": sheet.tacit if told.route.term else "none",
        "join": program.definition.join, "fee": routing.owed(told.found), "reviews": told.route.reviews,
        "inspection": bool(told.route.inspection), "answers": digest(row.answers),
        "rules": judging.rules(told, secret), **_paid_first(told), **judging.visit(told), **({"waits": True} if told.full else {}),
    }  # fmt: skip
    return engine.append(Held(row, engine.flow.Case()), "submitted", facts, by=by, channel=channel)


def _paid_first(told: Review) -> dict[str, Any]:
    """Of a request that waits for its payment: which moment, and until when it may be paid; {} of any other."""
    definition = told.opened.program.definition
    moment = routing.pays_first(definition, told.found, told.route)
    if not moment or definition.fee is None:
        return {}
    until = timezone.now() + timedelta(days=definition.fee.voucher_days)
    return {"pays_first": moment, "pay_by": until.astimezone(ZoneInfo(told.opened.town.timezone)).date()}
