"""Acts of identity: who registers, which passkey is added or taken away. Officials and their posts: offices.py."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from alcaldia.identity import events, passkeys, queries, sessions
from alcaldia.identity.challenges import Challenge, spend_bytes
from alcaldia.identity.ids import new_code
from alcaldia.identity.keys import plain_hash, subject_reference
from alcaldia.identity.models import Invitation, Official, Passkey, Person, RecoveryCode
from alcaldia.identity.ports import CodeKeeper, Enrolled, plugged
from alcaldia.identity.rules.ids import RECOVERY_LETTERS
from alcaldia.identity.sessions import Owner, of
from alcaldia.kernel import key_acts
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act

INVITATION_LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class Entered:
    """A login that was proved, by a code where there is no passkey: `token` is the broker's, "" where there is no broker or it is down."""

    owner: Owner
    passkey: Passkey | None
    token: str


def announce(
    kind: str,
    body: dict[str, Any],
    *,
    by: str,
    channel: str,
    town: Municipality | None = None,
    signed: str = "",
) -> None:
    """Record an act of identity; its folio is random and tells nothing. `signed`: nonce of the signature that allowed it."""
    body = {**body, "signature": {"nonce": signed}} if signed else body
    record(Act(kind, new_folio("IDE", timezone.now().year), body, town), by=by, channel=channel)


# --- persons and officials -------------------------------------------------------------------


def create_person(*, kind: str = Person.Kind.NATURAL, public_id: str = "") -> Person:
    """A person without passkeys, for whom data arrive before they do: activation opens it to them."""
    given = {"public_id": public_id} if public_id else {}
    return Person.objects.create(kind=kind, created_at=timezone.now(), **given)


@transaction.atomic
def invite(*, owner: Owner, lasting: bool = False) -> str:
    """A one-use code that registers a first passkey; earlier unused ones of the owner end. Raises Refusal for who has one.

    `lasting` (only the demo) makes one without an end and leaves the earlier ones alone.
    """
    check_without_keys(owner)
    code, now = new_code(RECOVERY_LETTERS), timezone.now()
    if not lasting:
        Invitation.objects.filter(**of(owner), used_at__isnull=True).update(used_at=now)
    Invitation.objects.create(
        **of(owner),
        code_hash=plain_hash("invitation", code),
        created_at=now,
        expires_at=None if lasting else now + INVITATION_LIFE,
    )
    if isinstance(plugged.custodian, CodeKeeper):
        plugged.custodian.remember_invitation(subject=owner.public_id, code=code)
    return code


def check_without_keys(owner: Owner) -> None:
    """An invitation opens an account that has no key: a further one needs the signature of an earlier one. Raises Refusal."""
    if queries.credential_ids(owner):
        detail = "Esa cuenta ya tiene una llave: este enlace no le agrega otra. Entre con ella; desde su cuenta puede registrar más."
        raise Refusal("has_keys", detail, status=403)


def hold(owner: Owner) -> None:
    """Whoever else changes this account's ways in waits until this transaction ends; what was read before is read again."""
    accounts: QuerySet[Any] = (Official if isinstance(owner, Official) else Person).objects.all()
    list(accounts.select_for_update().filter(pk=owner.pk).values_list("pk"))


# --- passkeys --------------------------------------------------------------------------------


@transaction.atomic
def register_person(*, answer: dict[str, Any], challenge: Challenge, label: str, channel: str) -> Entered:
    """A new person whose first passkey answered; nothing personal is asked."""
    person = create_person(public_id=challenge.subject)
    passkey, token = _keep_passkey(person, answer, challenge, label, {"kind": "new"}, channel)
    return Entered(person, passkey, token)


@transaction.atomic
def register_invited(
    *,
    invitation: Invitation,
    code: str,
    answer: dict[str, Any],
    challenge: Challenge,
    label: str,
    channel: str,
) -> Entered:
    """The first passkey of an invited official or of a person whose data were here before them."""
    owner = invitation.owner
    hold(owner)
    check_without_keys(owner)
    used = Invitation.objects.filter(pk=invitation.pk, used_at__isnull=True).update(used_at=timezone.now())
    if not used or challenge.subject != owner.public_id:
        raise Refusal("used_invitation", "Esa invitación ya se usó o venció. Pida otra.", status=410)
    kind = "invitation" if isinstance(owner, Official) else "code"
    authority = {"kind": kind, "code": code}
    passkey, token = _keep_passkey(owner, answer, challenge, label, authority, channel)
    return Entered(owner, passkey, token)


@transaction.atomic
def activate(
    *, person: Person, code: str, answer: dict[str, Any], challenge: Challenge, label: str, channel: str
) -> Entered:
    """The first passkey of a person whose data were here before them; the custodian spends the code of their bill."""
    hold(person)
    check_without_keys(person)
    if challenge.subject != person.public_id:
        raise Refusal("stale_challenge", "Actualice la página e intente de nuevo.", status=409)
    authority = {"kind": "code", "code": code}
    passkey, token = _keep_passkey(person, answer, challenge, label, authority, channel)
    return Entered(person, passkey, token)


@transaction.atomic
def register_first(
    *, person: Person, answer: dict[str, Any], challenge: Challenge, label: str, channel: str
) -> Entered:
    """The first passkey of a person who came in with a code and has none."""
    hold(person)
    if challenge.subject != person.public_id or Passkey.objects.filter(person=person).exists():
        raise Refusal(
            "has_keys", "Su cuenta ya tiene una llave: entre con ella para agregar otra.", status=403
        )
    passkey, token = _keep_passkey(person, answer, challenge, label, {"kind": "new"}, channel)
    return Entered(person, passkey, token)


def add_passkey(
    *, owner: Owner, answer: dict[str, Any], allowed: dict[str, Any], challenge: Challenge, label: str, token: str,
    channel: str,
) -> Passkey:  # fmt: skip
    """One more passkey, under the owner's live session; `allowed` is the answer of one they had to exactly this one."""
    what = further_key(owner, answer, challenge)
    step_up(owner=owner, what=what, answer=allowed, channel=channel)
    authority = {"kind": "session", "token": token, "assertion": allowed}
    with transaction.atomic():
        passkey, _ = _keep_passkey(owner, answer, challenge, label, authority, channel)
        sessions.tell(owner, "passkey_added", passkey.label)
    return passkey


def further_key(owner: Owner, answer: dict[str, Any], challenge: Challenge) -> bytes:
    """What an earlier key signs to allow the one that answered this challenge. Refusal where it is not right."""
    if challenge.subject != owner.public_id:
        raise Refusal("stale_challenge", "Actualice la página e intente de nuevo.", status=409)
    made = passkeys.check_registration(answer, challenge.value)
    return key_acts.further_key(owner.public_id, challenge.value, made.credential_id, made.public_key)


def keep_recovered(
    *, person: Person, code: str, answer: dict[str, Any], challenge: Challenge, label: str, channel: str
) -> Entered:
    """The new passkey of a recovery; whoever calls checked the code in the same transaction."""
    if challenge.subject != person.public_id:
        raise Refusal("stale_challenge", "Actualice la página e intente de nuevo.", status=409)
    authority = {"kind": "code", "code": code}
    passkey, token = _keep_passkey(person, answer, challenge, label, authority, channel)
    return Entered(person, passkey, token)


def _keep_passkey(
    owner: Owner,
    answer: dict[str, Any],
    challenge: Challenge,
    label: str,
    authority: dict[str, Any],
    channel: str,
) -> tuple[Passkey, str]:
    """The passkey, and the broker's token where keeping it opens a session there."""
    proved, now = passkeys.check_registration(answer, challenge.value), timezone.now()
    try:
        with transaction.atomic():
            made = Passkey.objects.create(
                **of(owner), credential_id=proved.credential_id, public_key=proved.public_key,
                algorithm=proved.algorithm, sign_count=proved.sign_count, label=label.strip()[:60] or "Llave de acceso",
                transports=proved.transports, backup_eligible=proved.backup_eligible, backed_up=proved.backed_up,
                created_at=now,
            )  # fmt: skip
    except IntegrityError:
        raise Refusal("known_passkey", "Esa llave ya está registrada. Use otra.", status=409) from None
    kept = Enrolled()
    if plugged.custodian is not None:
        kept = plugged.custodian.enrol(
            subject=owner.public_id, challenge=challenge.value, credential=answer, authority=authority
        )
    body = {
        "subject": subject_reference(owner.public_id),
        "algorithm": proved.algorithm,
        **passkeys.published(made),
        **_sealed(owner, kept.seal),
    }
    announce(events.PASSKEY_REGISTERED, body, by=owner.public_id, channel=channel)
    return made, kept.token


def _sealed(owner: Owner, seal: str) -> dict[str, str]:
    """Beside an official's published key, the custodian's seal over it and the account that the seal names."""
    return {"account": owner.public_id, "seal": seal} if seal and isinstance(owner, Official) else {}


def enter(*, kind: str, answer: dict[str, Any], challenge: Challenge, channel: str) -> Entered:
    """Who logs in: the owner of the passkey that answered. `kind` "person" or "official"."""
    passkey = _answered(answer, challenge.value, channel, **{f"{kind}__isnull": False})
    owner = passkey.owner
    if isinstance(owner, Official) and owner.ended_at:
        raise Refusal(
            "account_ended", "Esa cuenta ya no está vigente. Pida su alta a la oficina digital.", status=403
        )
    return Entered(owner, passkey, _broker_token(owner, answer, challenge))


def _broker_token(owner: Owner, answer: dict[str, Any], challenge: Challenge) -> str:
    """Without the broker one still enters; pages that need the vault will ask again."""
    if plugged.custodian is None or not challenge.kept:
        return ""
    try:
        return plugged.custodian.open_session(
            subject=owner.public_id, challenge=challenge.value, assertion=answer
        )
    except Refusal as refusal:
        if refusal.code == "broker_down":
            return ""
        raise


def step_up(*, owner: Owner, what: bytes, answer: dict[str, Any], channel: str) -> Passkey:
    """The owner signed exactly these bytes with one of their passkeys, now, for the first time.

    `what` is canonical JSON and carries a nonce, or the same act could never be signed twice.
    """
    from hashlib import sha256

    challenge = sha256(what).digest()
    spend_bytes(challenge)
    return _answered(answer, challenge, channel, **of(owner))


def _answered(answer: dict[str, Any], challenge: bytes, channel: str, **whose: Any) -> Passkey:
    among = Passkey.objects.select_related(None).filter(**whose)
    try:
        with transaction.atomic():
            return passkeys.check_assertion(answer, challenge, among)
    except passkeys.Cloned as cloned:
        _flag(cloned.passkey, channel)
    detail = (
        "Bloqueamos esa llave de acceso: alguien pudo haberla copiado. Entre con otra o recupere su cuenta."
    )
    raise Refusal("cloned_passkey", detail, status=403)


@transaction.atomic
def _flag(passkey: Passkey, channel: str) -> None:
    """Outside the refused request's own transaction, so that the refusal does not undo it."""
    passkey.flagged_at = timezone.now()
    passkey.save(update_fields=["flagged_at"])
    sessions.end_all(passkey.owner, because="cloned")
    sessions.tell(passkey.owner, "passkey_flagged", passkey.label)
    if plugged.custodian is not None:
        with suppress(Refusal):  # here it is blocked even where the broker does not answer
            credential = bytes(passkey.credential_id)
            plugged.custodian.block_key(subject=passkey.owner.public_id, credential_id=credential)
    body = {"subject": subject_reference(passkey.owner.public_id)}
    announce(events.PASSKEY_FLAGGED, body, by="system", channel=channel)


def rename_passkey(*, passkey: Passkey, label: str) -> None:
    if not label.strip():
        raise Refusal("no_label", "Escriba un nombre, por ejemplo «Mi teléfono».")
    passkey.label = label.strip()[:60]
    passkey.save(update_fields=["label"])


@transaction.atomic
def revoke_passkey(*, passkey: Passkey, token: str, by: str, channel: str) -> None:
    """Take a passkey away and end what it opened. Never the last one that works without a printed code."""
    owner, now = passkey.owner, timezone.now()
    hold(owner)
    others = Passkey.objects.filter(**of(owner), revoked_at__isnull=True, flagged_at__isnull=True)
    if not others.exclude(pk=passkey.pk).exists() and not _has_printed_code(owner):
        detail = "Es su única llave: si la quita no podrá entrar. Registre otra antes, o imprima códigos de recuperación."
        raise Refusal("last_passkey", detail, status=409)
    if not Passkey.objects.filter(pk=passkey.pk, revoked_at__isnull=True).update(revoked_at=now):
        return
    for session in passkey.sessions.filter(ended_at__isnull=True):
        sessions.end(session, because="passkey")
    if plugged.custodian is not None:
        credential = bytes(passkey.credential_id)
        plugged.custodian.revoke(subject=owner.public_id, credential_id=credential, token=token)
    sessions.tell(owner, "passkey_revoked", passkey.label)
    body = {"subject": subject_reference(owner.public_id), **passkeys.published(passkey)}
    announce(events.PASSKEY_REVOKED, body, by=by, channel=channel)


def _has_printed_code(owner: Owner) -> bool:
    if isinstance(owner, Official):
        return False
    return RecoveryCode.objects.filter(person=owner, used_at__isnull=True, voided_at__isnull=True).exists()
