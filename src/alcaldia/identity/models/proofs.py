"""What proved who a person is, and the accounts elsewhere that are theirs: hashes and levels, never the data."""

from django.db import models

from alcaldia.identity.models.people import Person


class LinkedIdentity(models.Model):
    """An account at an identity provider; `subject_hash` is a keyed hash of issuer and subject."""

    provider = models.CharField(max_length=40)
    subject_hash = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="linked")
    linked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.provider


class Verification(models.Model):
    """The city saw who the person is: by which means, to which level, until when. What it saw is in the vault."""

    class Method(models.TextChoices):
        OIDC = "oidc", "Proveedor de identidad"
        CERTIFICATE = "certificate", "Firma electrónica (certificado)"
        COUNTER = "counter", "Ventanilla"
        RESIDENCY = "residency", "Residencia electrónica"

    person = models.ForeignKey(Person, models.CASCADE, related_name="verifications")
    method = models.CharField(max_length=12, choices=Method)
    level = models.PositiveSmallIntegerField(help_text="rules.assurance.Assurance")
    source = models.CharField(max_length=80, help_text="provider, trust list or folio")
    at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.source}"
