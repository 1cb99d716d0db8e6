"""What officials do: take a turn, give an opinion, ask for what is missing, resolve (visits: ../visiting.py)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from alcaldia.identity.models import Official
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import sentence
from alcaldia.procedures import appealing, correcting, definitions, engine, permissions, settling
from alcaldia.procedures.actions.deciding import after_turn, conditions_of, decide, rules_of
from alcaldia.procedures.calendars import calendar_of, today
from alcaldia.procedures.engine import Held
from alcaldia.procedures.models import Case, Turn
from alcaldia.procedures.rules import appeals

LONGEST_NOTE = 4_000


@transaction.atomic
def take(*, folio: str, agency: str, official: Official, instead_of: str = "") -> None:
    """Put one's name on the agency's turn, so that colleagues see who has it; taking it again changes nothing.

    Raises Refusal where its only turns are another post's to sign, or a colleague has it who is not the one that the
    official said to stand in for.
    """
    held = engine.hold(folio)
    day = today(held.town)
    permissions.check(official, held.town, agency, day)
    turns = Turn.objects.filter(case=held.row, agency=agency, state__in=(Turn.State.OPEN, Turn.State.WAITING))
    lanes = permissions.lanes_of(official, held.town, day)
    theirs = [one for one in turns if permissions.within(lanes, agency, one.signer)]
    if turns and not theirs:
        permissions.check_signer(official, held.town, agency, turns[0].signer, day)
    free = [one.pk for one in theirs if one.holder in ("", instead_of)]
    others = [one.holder for one in theirs if one.holder not in ("", instead_of, official.username)]
    if others and not free:
        asked = "Esta solicitud la tiene %(who)s. Póngase de acuerdo antes de tomarla en su lugar."
        raise Refusal("held_by_another", sentence(asked, who=others[0]), status=409)
    turns.filter(pk__in=free).update(holder=official.username)


def give_opinion(
    *, folio: str, agency: str, opinion: str, note: str, conditions: Sequence[str] = (), official: Official,
    channel: str,
) -> Case:  # fmt: skip
    """An agency's opinion, favourable or unfavourable, with its reasons. The last one may decide the case."""
    with transaction.atomic():
        held = engine.hold(folio)
        permissions.check(official, held.town, agency, today(held.town))
        check_note(note)
        facts = {"agency": agency, "opinion": opinion, "note": note.strip(), "conditions": lines(conditions)}
        held = engine.append(held, "opinion_given", facts, by=official.username, channel=channel)
        held = after_turn(held, by=official.username, channel=channel)
    return held.row


@transaction.atomic
def ask_correction(
    *, folio: str, agency: str, fields: Mapping[str, str], official: Official, channel: str
) -> Case:
    """Ask the person for named data, each with a sentence of what is wrong (prevención): once, in the time of the sheet."""
    held = engine.hold(folio)
    permissions.check(official, held.town, agency, today(held.town))
    if held.state.state in engine.RUNNING and not _open_turns(held, agency).exists():
        detail = "Su dependencia no tiene ahora un turno en esta solicitud, así que no puede pedir que se complete."
        raise Refusal("not_now", detail, status=409)
    program = definitions.pinned(held.row.definition)
    unknown = set(fields) - set(correcting.askable(held.row, program))
    if unknown or not all(text.strip() for text in fields.values()):
        raise Refusal("bad_fields", "Marque los datos que faltan y escriba en cada uno qué debe corregirse.")
    times = program.definition.sheet.correction
    facts = {
        "agency": agency, "fields": sorted(fields), "messages": {name: text.strip()[:400] for name, text in fields.items()},
        "until": appeals.working_days(calendar_of(held.town), engine.day_of(held), times.comply_within),
        **({} if times.ask_within == "third" else {"within": times.ask_within}),
    }  # fmt: skip
    return engine.append(held, "correction_asked", facts, by=official.username, channel=channel).row


def _open_turns(held: Held, agency: str) -> QuerySet[Turn]:
    return Turn.objects.filter(case=held.row, agency=agency, state=Turn.State.OPEN)


def resolve(
    *, folio: str, outcome: str, reasons: Sequence[str], conditions: Sequence[str] = (), official: Official,
    channel: str, signature: dict[str, Any] | None = None, fee: str = "", basis: str = "",
) -> Case:  # fmt: skip
    """The resolution of a case that a person must decide. `signature`: what their passkey signed, where asked.

    `fee` as typed, with its legal `basis`, where the rules could not compute it (settling.py).
    """
    with transaction.atomic():
        held = engine.hold(folio)
        rules = rules_of(held)
        must_sign = bool(rules.get("needs_signature"))
        if must_sign:
            check_signer(held.row, official)
        permissions.check(official, held.town, held.row.agency, today(held.town))
        if must_sign and not signature:
            raise Refusal(
                "needs_signature", "Esta resolución se firma con la llave de acceso. Fírmela para seguir."
            )
        held = decide(
            held, outcome=outcome, reasons=lines(reasons), conditions=list(dict.fromkeys([*conditions_of(held), *lines(conditions)])),
            bases=rules.get("bases", ()), by=official.username, channel=channel, signature=signature,
            settled=settling.settled(rules, held.state, outcome=outcome, fee=fee, basis=basis),
        )  # fmt: skip
    return held.row


def check_signer(row: Case, official: Official) -> None:
    """Raises Refusal (403) unless the official's post is the one that the definition names."""
    asked = definitions.pinned(row.definition).definition.signature
    signer = asked.post if asked else Turn.ANY_SIGNER
    permissions.check_signer(official, row.municipality, row.agency, signer, today(row.municipality))


@transaction.atomic
def annul(*, folio: str, reason: str, official: Official, channel: str, signature: Mapping[str, Any]) -> Case:
    """The paper stops being valid, with its reason in public."""
    held = engine.hold(folio)
    permissions.check(official, held.town, held.row.agency, today(held.town), permissions.SIGN)
    check_note(reason)
    facts = {"reason": reason.strip(), "signature": dict(signature)}
    return engine.append(held, "annulled", facts, by=official.username, channel=channel).row


@transaction.atomic
def uphold(
    *, folio: str, reason: str, official: Official, channel: str, signature: Mapping[str, Any]
) -> Case:
    """The paper stays valid although its verification went badly, and why."""
    held = engine.hold(folio)
    permissions.check(official, held.town, held.row.agency, today(held.town), permissions.SIGN)
    check_note(reason)
    facts = {"note": reason.strip(), "signature": dict(signature)}
    return engine.append(held, "upheld", facts, by=official.username, channel=channel).row


def resolve_appeal(
    *, folio: str, annul: bool, reason: str, official: Official, channel: str, signature: Mapping[str, Any]
) -> Case:
    """The answer to an appeal, by anybody but who resolved; annulling leaves the person free to apply again."""
    with transaction.atomic():
        held: Held = engine.hold(folio)
        permissions.check(official, held.town, held.row.agency, today(held.town), permissions.SIGN)
        appealing.check_other(held.row, official)
        check_note(reason)
        facts = {"annul": annul, "reason": reason.strip(), "signature": dict(signature)}
        held = engine.append(held, "appeal_resolved", facts, by=official.username, channel=channel)
    return held.row


def check_note(note: str) -> None:
    """Raises Refusal where the person would read nothing, or too much."""
    if not note.strip():
        raise Refusal("no_reasons", "Escriba por qué; la persona lo va a leer.")
    if len(note) > LONGEST_NOTE:
        raise Refusal("too_long", "El texto pasa de 4,000 letras. Resúmalo.")


def lines(texts: Sequence[str]) -> list[str]:
    """What was written, without empty lines."""
    return [text.strip()[:LONGEST_NOTE] for text in texts if text.strip()]
