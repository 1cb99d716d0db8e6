"""Ways back in: printed codes, and the counter with two officials and a day's delay."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from alcaldia.identity import actions, events, queries, sessions
from alcaldia.identity.challenges import Challenge
from alcaldia.identity.ids import new_code
from alcaldia.identity.keys import plain_hash, subject_reference
from alcaldia.identity.models import Official, Person, RecoveryCode, RecoveryRequest
from alcaldia.identity.ports import CodeKeeper, plugged
from alcaldia.identity.rules.ids import RECOVERY_LETTERS, read_code
from alcaldia.kernel import key_acts
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio

HOW_MANY = 4
DELAY = timedelta(hours=24)
"""Time for the owner, or whoever still holds one of their devices, to stop a recovery they did not ask for."""
LIFE = timedelta(days=7)


def new_codes() -> list[str]:
    """Codes of 130 bits to be printed; none is worth anything before `keep_codes`."""
    return [new_code(RECOVERY_LETTERS) for _ in range(HOW_MANY)]


def new_half() -> str:
    """What one official of a counter hands over: the person types it together with the other official's."""
    return new_code(key_acts.HALF)


def keep_codes(
    *,
    person: Person,
    codes: list[str],
    challenge: Challenge,
    answer: dict[str, Any],
    token: str,
    channel: str,
) -> None:
    """A key of the person signed exactly these: they serve from now on, the earlier ones are void. Kept as hashes."""
    what = key_acts.printed_codes(person.public_id, challenge.value, codes)
    actions.step_up(owner=person, what=what, answer=answer, channel=channel)
    with transaction.atomic():
        _replace_codes(person, codes)
        if isinstance(plugged.custodian, CodeKeeper):
            plugged.custodian.remember_codes(
                subject=person.public_id,
                codes=codes,
                challenge=challenge.value,
                assertion=answer,
                token=token,
            )


def _replace_codes(person: Person, codes: list[str]) -> None:
    now = timezone.now()
    live = RecoveryCode.objects.filter(person=person, used_at__isnull=True, voided_at__isnull=True)
    if live.update(voided_at=now):
        sessions.tell(person, "codes_made")
    RecoveryCode.objects.bulk_create(
        RecoveryCode(person=person, code_hash=plain_hash("recovery", code), created_at=now) for code in codes
    )


def owner_of_code(text: str) -> Person:
    """Whose live code it is: printed, or of a recovery whose day has passed. Refusal (410) otherwise.

    One sentence for a code that never was, one used, one void and one of another day: nobody learns which.
    """
    found = _printed(text).first() or _from_counter(text).first()
    if found is None:
        raise _bad_code()
    return found.person


def _bad_code() -> Refusal:
    detail = "Ese código no sirve: ya se usó, se cambió por otro o todavía no pasa su plazo. Revíselo letra por letra."
    return Refusal("bad_code", detail, status=410)


def _printed(text: str) -> QuerySet[RecoveryCode]:
    """The live one of these letters, or none."""
    hashed = plain_hash("recovery", read_code(text))
    live = RecoveryCode.objects.filter(used_at__isnull=True, voided_at__isnull=True, code_hash=hashed)
    return live.select_related("person")


def _from_counter(text: str) -> QuerySet[RecoveryRequest]:
    """The same of a recovery that two officials signed and whose day has passed."""
    now, (first, second) = timezone.now(), key_acts.both_marks(read_code(text))
    ready = RecoveryRequest.objects.filter(
        second__isnull=False, opens_at__lte=now, expires_at__gt=now, cancelled_at__isnull=True, completed_at__isnull=True,
        code_hash=first, second_hash=second,
    )  # fmt: skip
    return ready.select_related("person")


@transaction.atomic
def recover(
    *, code: str, answer: dict[str, Any], challenge: Challenge, label: str, channel: str
) -> actions.Entered:
    """A new passkey for whoever holds the code, which opens once; every session that was open ends."""
    person = owner_of_code(code)
    actions.hold(person)
    request = _spend(code)
    sessions.end_all(person, because="recovered")  # before the new key opens a session of its own
    found = actions.keep_recovered(
        person=person, code=read_code(code), answer=answer, challenge=challenge, label=label, channel=channel
    )
    if request is not None:
        _tell_completed(request, channel)
        return found
    sessions.tell(person, "recovery_code_used")
    body = {"subject": subject_reference(person.public_id)}
    actions.announce(events.RECOVERY_CODE_USED, body, by=person.public_id, channel=channel)
    return found


def _spend(code: str) -> RecoveryRequest | None:
    """The recovery of the counter that the code completes, None for a printed one. Refusal where it was spent meanwhile."""
    now = timezone.now()
    if _printed(code).update(used_at=now):
        return None
    request = _from_counter(code).first()
    if request is None or not _from_counter(code).update(completed_at=now):
        raise _bad_code()
    return request


def _tell_completed(request: RecoveryRequest, channel: str) -> None:
    sessions.tell(request.person, "recovery_completed", request.folio)
    body = {"recovery": request.folio, **_named(request)}
    actions.announce(events.RECOVERY_COMPLETED, body, by=request.person.public_id, channel=channel)


# --- at the counter --------------------------------------------------------------------------


@dataclass(frozen=True)
class Approval:
    """An official's act with their key's answer, checked here just now, and their token at the broker, which checks it too."""

    act: Mapping[str, Any]
    answer: Mapping[str, Any]
    token: str


def begins(account: str, half: str) -> str:
    """What the first official's act says under "approves" (`kernel.key_acts.approves`)."""
    return key_acts.approves(account, key_acts.first_mark(half))


def confirms(request: RecoveryRequest, half: str) -> str:
    """What the second official's act says."""
    return key_acts.approves(request.person.public_id, key_acts.second_mark(request.code_hash, half))


@transaction.atomic
def request_recovery(
    *, account: str, half: str, by: Official, approval: Approval, channel: str
) -> RecoveryRequest:
    """The first official begins; `half`, of `new_half`, is printed for the person.

    The account is the number that the person brings (of their code sheet or of an earlier act).
    """
    person = queries.natural_person_of(account)
    actions.hold(person)
    if RecoveryRequest.objects.filter(open_request(timezone.now()), person=person).exists():
        raise Refusal("already_open", "Esa cuenta ya tiene una recuperación en curso.", status=409)
    now = timezone.now()
    made = RecoveryRequest.objects.create(
        folio=new_folio("REC", now.year), person=person, first=by, code_hash=key_acts.first_mark(half),
        requested_at=now, expires_at=now + LIFE,
    )  # fmt: skip
    _approve(made, made.code_hash, approval)
    body = {"recovery": made.folio, "subject": subject_reference(person.public_id), "first": by.username}
    _announce_request(body, by, approval, channel)
    sessions.tell(person, "recovery_requested", made.folio)
    return made


@transaction.atomic
def confirm_recovery(
    *, request: RecoveryRequest, half: str, by: Official, approval: Approval, channel: str
) -> RecoveryRequest:
    """The second official, another one, with a half of their own; from now the delay runs and the owner is told."""
    held = RecoveryRequest.objects.select_for_update().get(pk=request.pk)
    if held.first_id == by.pk:
        raise Refusal("same_official", "Debe confirmarla otra persona: usted mismo la pidió.", status=403)
    if held.second_id or held.cancelled_at or held.expires_at <= timezone.now():
        raise Refusal("not_waiting", "Esa recuperación ya no espera confirmación.", status=409)
    held.second, held.opens_at = by, timezone.now() + DELAY
    held.second_hash = key_acts.second_mark(held.code_hash, half)
    held.save(update_fields=["second", "opens_at", "second_hash"])
    _approve(held, held.second_hash, approval)
    sessions.tell(held.person, "recovery_requested", held.folio)
    body = {"recovery": held.folio, **_named(held), "opens": held.opens_at}
    _announce_request(body, by, approval, channel)
    return held


def _announce_request(body: dict[str, Any], by: Official, approval: Approval, channel: str) -> None:
    signed = str(approval.act.get("nonce", ""))
    actions.announce(events.RECOVERY_REQUESTED, body, by=by.username, channel=channel, signed=signed)


@transaction.atomic
def cancel_recovery(*, request: RecoveryRequest, by: str, channel: str) -> None:
    """The owner, from any device of theirs, or an official at the counter.

    A broker that does not answer holds nothing up: here it is stopped, and there the approvals lapse after a week.
    """
    stopped = RecoveryRequest.objects.filter(open_request(timezone.now()), pk=request.pk)
    if not stopped.update(cancelled_at=timezone.now()):
        raise Refusal("not_waiting", "Esa recuperación ya terminó o ya se había detenido.", status=409)
    if isinstance(plugged.custodian, CodeKeeper):
        with suppress(Refusal):
            for mark in filter(None, (request.code_hash, request.second_hash)):
                plugged.custodian.withdraw_recovery(subject=request.person.public_id, code_hash=mark)
    sessions.tell(request.person, "recovery_cancelled", request.folio)
    actions.announce(events.RECOVERY_CANCELLED, {"recovery": request.folio}, by=by, channel=channel)


def open_request(now: Any) -> Q:
    return Q(cancelled_at__isnull=True, completed_at__isnull=True, expires_at__gt=now)


def _named(request: RecoveryRequest) -> dict[str, str]:
    second = request.second.username if request.second else ""
    return {"first": request.first.username, "second": second}


def _approve(request: RecoveryRequest, mark: str, approval: Approval) -> None:
    """Each official says so to the broker with their own session and signature, of their own half."""
    if isinstance(plugged.custodian, CodeKeeper):
        plugged.custodian.approve_recovery(
            subject=request.person.public_id, code_hash=mark, act=dict(approval.act),
            assertion=dict(approval.answer), token=approval.token,
        )  # fmt: skip
