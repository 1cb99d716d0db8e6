"""Reading who is who: posts, passkeys, representations, assurance. Nothing here writes."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from alcaldia.identity.keys import plain_hash
from alcaldia.identity.models import (
    Invitation,
    Official,
    Passkey,
    Person,
    Post,
    RecoveryCode,
    RecoveryRequest,
    Representation,
    Residency,
    Session,
    Verification,
)
from alcaldia.identity.ports import CodeReader, plugged
from alcaldia.identity.rules import assurance, representation
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.identity.rules.ids import is_subject, read_code
from alcaldia.identity.sessions import Owner, of
from alcaldia.kernel.errors import Refusal


def person_of(account: str) -> Person:
    """Whose the number is that a person brings to the counter. Raises Refusal: whoever asks is a named official, and the
    refusal is worth more than hiding.
    """
    named = account.strip()
    found = Person.objects.filter(public_id=named).first() if is_subject(named) else None
    if found is None:
        detail = "Ese número de cuenta no existe. Revíselo letra por letra, con mayúsculas."
        raise Refusal("no_such_account", detail, status=422)
    return found


def natural_person_of(account: str) -> Person:
    """The same, of somebody with a face and a key. Raises Refusal."""
    found = person_of(account)
    if found.kind == Person.Kind.LEGAL:
        detail = "Esa cuenta es de una persona moral: no tiene llave ni identificación. Registre a quien la representa."
        raise Refusal("legal_acts", detail, status=422)
    return found


def current_posts(official: Official, on: date) -> QuerySet[Post]:
    in_force = Q(until__isnull=True) | Q(until__gte=on)
    return Post.objects.select_related("municipality").filter(in_force, official=official, since__lte=on)


def passkeys_of(owner: Owner) -> QuerySet[Passkey]:
    """Not revoked, newest first; a flagged one is among them so that its owner can remove it."""
    return Passkey.objects.filter(**of(owner), revoked_at__isnull=True).order_by("-created_at", "-pk")


def credential_ids(owner: Owner) -> list[bytes]:
    """Of passkeys that work."""
    found = passkeys_of(owner).filter(flagged_at__isnull=True)
    return [bytes(one) for one in found.values_list("credential_id", flat=True)]


def invitation(code: str) -> Invitation | None:
    """The live invitation of a code as typed, or None."""
    wanted = Invitation.objects.select_related("person", "official").filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()),
        code_hash=plain_hash("invitation", read_code(code)),
        used_at__isnull=True,
    )
    return wanted.first()


def awaited(code: str) -> Person | None:
    """Whose account the code of a bill opens, by the custodian's word; None where it opens none. Refusal where that is down."""
    if not isinstance(plugged.custodian, CodeReader):
        return None
    try:
        subject = plugged.custodian.subject_of_code(code)
    except Refusal as refusal:
        if refusal.code == "bad_code":
            return None
        raise
    return Person.objects.filter(public_id=subject).first()


def live_codes(person: Person) -> int:
    """How many printed codes still work."""
    return RecoveryCode.objects.filter(person=person, used_at__isnull=True, voided_at__isnull=True).count()


def open_recovery(person: Person) -> RecoveryRequest | None:
    """The recovery at the counter that somebody began and nobody stopped."""
    live = RecoveryRequest.objects.filter(cancelled_at__isnull=True, completed_at__isnull=True, person=person)
    return live.filter(expires_at__gt=timezone.now()).order_by("-pk").first()


def assurance_of(session: Session | None) -> Assurance:
    """How sure we are of the person of this session, now."""
    if session is None:
        return Assurance.NONE
    proved = Assurance(session.assurance)
    if proved < Assurance.PASSKEY or session.person_id is None:
        return proved
    found = _holding(session.person_id).values_list("level", flat=True)
    return assurance.of_session(proved, [Assurance(level) for level in found])


def verifications_of(person: Person) -> QuerySet[Verification]:
    """What proved who the person is and still holds, oldest first."""
    return _holding(person.pk).order_by("pk")


def _holding(person: int) -> QuerySet[Verification]:
    """What was not taken back; a residency proves nothing beyond its last day."""
    over = Residency.objects.filter(person=person, valid_until__lt=timezone.localdate()).values("folio")
    found = Verification.objects.filter(person=person, revoked_at__isnull=True)
    return found.exclude(method=Verification.Method.RESIDENCY, source__in=over)


def mandates_of(person: Person) -> list[Representation]:
    """What the person may do for others today or later, the represented first named."""
    found = Representation.objects.select_related("represented")
    return list(found.filter(representative=person, revoked_at__isnull=True).order_by("pk"))


def representatives_of(person: Person, on: date) -> list[Representation]:
    """By which papers others may act for the person that day or later."""
    found = Representation.objects.filter(represented=person, revoked_at__isnull=True).order_by("pk")
    return [row for row in found if row.until is None or row.until >= on]


def mandate_for(person: str, other: str, scopes: Iterable[str], on: date) -> Representation | None:
    """The first mandate by which the account `person` may act for `other` that day, in one of these scopes."""
    rows = Representation.objects.select_related("represented", "representative").order_by("pk")
    wanted = list(scopes)
    for row in rows.filter(representative__public_id=person, represented__public_id=other):
        mandate = [_mandate(row, row.representative, row.represented)]
        if any(representation.may_act_for(person, other, scope, on, mandate) for scope in wanted):
            return row
    return None


def in_force(row: Representation, on: date) -> bool:
    return representation.in_force(_mandate(row, row.representative, row.represented), on)


def acting_for(session: Session | None) -> Person | None:
    """Whom the person of this session acts for today: a mandate that ended or was withdrawn ends it at once."""
    row = session.mandate if session and session.mandate_id else None
    return row.represented if row is not None and in_force(row, timezone.localdate()) else None


def _mandate(row: Representation, person: Person, other: Person) -> representation.Mandate:
    return representation.Mandate(
        other.public_id,
        person.public_id,
        frozenset(row.scopes),
        row.since,
        row.until,
        row.revoked_at is not None,
    )
