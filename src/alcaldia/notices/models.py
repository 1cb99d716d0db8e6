"""Messages that wait, that went, and that were given up; codes on their way."""

from django.db import models

from alcaldia.kernel.models import Municipality


class Message(models.Model):
    """One thing to tell one person by one channel. `subject` is what it is about, such as "case:SOL-…"; `number` the
    event of the subject. `address` is sealed to the postman and emptied once it is no longer needed.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Por enviar"
        SENT = "sent", "Enviado"
        FAILED = "failed", "Se intentará de nuevo"
        GIVEN_UP = "given_up", "No se pudo enviar"

    municipality = models.ForeignKey(
        Municipality,
        models.PROTECT,
        related_name="+",
        null=True,
        help_text="null: of an account, not of a case",
    )
    template = models.CharField(max_length=24)
    channel = models.CharField(max_length=12)
    subject = models.CharField(max_length=100)
    number = models.PositiveIntegerField()
    facts = models.JSONField(default=dict)
    address = models.BinaryField(default=b"")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=120, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    next_try = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["subject", "number", "template", "channel"], name="told_once"),
        )
        indexes = (
            models.Index(fields=["state", "next_try"], name="messages_to_send"),
            models.Index(fields=["municipality", "state"], name="messages_of_a_town"),
        )

    def __str__(self) -> str:
        return f"{self.template} {self.subject} {self.channel}"


class AccountContact(models.Model):
    """Where a person wants to be told of their own account: written by them, sealed to the postman, gone when they say so."""

    subject = models.CharField(max_length=24, unique=True)
    contact = models.BinaryField(help_text="postman.pack of email and phone")
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"contact of account {self.pk}"


class CodeMessage(models.Model):
    """A one-time code on its way: to whom and which, sealed to the postman. Gone once it went or its minutes passed."""

    channel = models.CharField(max_length=12)
    contents = models.BinaryField(help_text="postman.pack of to and code")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["channel", "next_try"], name="codes_to_send"),)

    def __str__(self) -> str:
        return f"code {self.pk}"
