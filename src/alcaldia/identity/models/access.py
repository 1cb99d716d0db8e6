"""Passkeys, sessions, invitations, spent challenges, and what the owner of an account is told."""

from django.db import models

from alcaldia.identity.models.people import Official, Person, Representation

ONE_OWNER = models.Q(person__isnull=False, official__isnull=True) | models.Q(
    person__isnull=True, official__isnull=False
)


class Owned(models.Model):
    """Belongs to a person or to an official, never to both or to nobody."""

    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="%(class)ss")
    official = models.ForeignKey(Official, models.CASCADE, null=True, blank=True, related_name="%(class)ss")

    class Meta:
        abstract = True
        constraints = (models.CheckConstraint(condition=ONE_OWNER, name="%(class)s_has_one_owner"),)

    @property
    def owner(self) -> Person | Official:
        found = self.person or self.official
        assert found is not None  # noqa: S101 - the constraint says so
        return found


class Passkey(Owned):
    """One WebAuthn credential: its public key (COSE) and what the authenticator said of itself."""

    credential_id = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField()
    algorithm = models.IntegerField(help_text="COSE algorithm id: -7, -8, -257")
    sign_count = models.PositiveBigIntegerField(default=0)
    label = models.CharField(max_length=60)
    transports = models.JSONField(default=list, blank=True)
    backup_eligible = models.BooleanField(default=False)
    backed_up = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    flagged_at = models.DateTimeField(null=True, blank=True, help_text="its counter went back: maybe cloned")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label


class Session(Owned):
    """One login of one browser. The keys live in its cookies; here only their hashes.

    Alive while `ended_at` is null and `rules.sessions` finds neither of its limits passed.
    """

    key_hash = models.CharField(max_length=64, unique=True)
    device_hash = models.CharField(max_length=64, db_index=True)
    passkey = models.ForeignKey(Passkey, models.SET_NULL, null=True, blank=True, related_name="sessions")
    assurance = models.PositiveSmallIntegerField(help_text="what the login proved: rules.assurance.Assurance")
    device = models.CharField(max_length=60, help_text="browser and system in words")
    mandate = models.ForeignKey(
        Representation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="acting under it, while it holds",
    )
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return self.device


class Invitation(Owned):
    """A one-use link that registers a first passkey; only the code's hash is kept."""

    code_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True, help_text="null: only in the demo")
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class SpentChallenge(models.Model):
    """A challenge that was answered: it opens nothing a second time."""

    challenge_hash = models.CharField(max_length=64, unique=True)
    spent_at = models.DateTimeField(db_index=True)


class Notice(Owned):
    """Something about their own account that the owner must know, shown at the next visit."""

    kind = models.CharField(max_length=40, help_text="rules.notices.SENTENCES")
    detail = models.CharField(max_length=80, blank=True, help_text="label of a passkey or words of a device")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.kind
