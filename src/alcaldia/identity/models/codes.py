"""Codes: of one use by message, printed for recovery, and recoveries at the counter. Hashes only."""

from django.db import models

from alcaldia.identity.models.people import Official, Person


class Contact(models.Model):
    """Where a person receives codes: a keyed hash, from which nobody reads the address or the number back."""

    identifier_hash = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="contacts")
    created_at = models.DateTimeField()


class OneTimeCode(models.Model):
    """A code of eight characters that was sent; alive for ten minutes and five tries."""

    identifier_hash = models.CharField(max_length=64, db_index=True)
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)


class RecoveryCode(models.Model):
    """One printed code; making new ones voids the old."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)


class RecoveryRequest(models.Model):
    """A recovery at the counter by two officials; it opens after a delay in which its owner may stop it."""

    folio = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="recoveries")
    first = models.ForeignKey(Official, models.PROTECT, related_name="+")
    second = models.ForeignKey(Official, models.PROTECT, null=True, blank=True, related_name="+")
    code_hash = models.CharField(
        max_length=64, unique=True, help_text="of the first official's half of the code"
    )
    second_hash = models.CharField(max_length=64, blank=True, help_text="of the second's, bound to the first")
    requested_at = models.DateTimeField()
    opens_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(second__isnull=True) | ~models.Q(first=models.F("second")),
                name="two_different_officials_recover",
            ),
            models.CheckConstraint(
                condition=models.Q(completed_at__isnull=True) | models.Q(second__isnull=False),
                name="no_recovery_by_one_official",
            ),
        )

    def __str__(self) -> str:
        return self.folio
