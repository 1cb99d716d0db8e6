"""What lies in the main database: public keys and ciphertexts. Nobody's name, key or account is in a column."""

from django.db import models


class Holder(models.Model):
    """A vault: to which key its owner's data is sealed. `subject` is a random public id; the broker signed the key."""

    subject = models.CharField(max_length=24, unique=True)
    suite = models.CharField(max_length=40)
    public_key = models.BinaryField()
    signature = models.BinaryField(help_text="the broker's, over subject, suite and public key")
    second_suite = models.CharField(max_length=40, blank=True, help_text="split custody: the second broker's")
    second_key = models.BinaryField(default=b"")
    second_signature = models.BinaryField(default=b"")
    created_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.subject


class RecordVersion(models.Model):
    """One version of one item of a record group, sealed; versions are only added.

    `item` is opaque (a keyed hash of the broker's, "" where a group has one item). `fields` maps the names
    of fields to base64url ciphertexts; `digest` is also in the ledger.
    """

    holder = models.ForeignKey(Holder, models.PROTECT, related_name="records")
    group = models.CharField(max_length=40)
    item = models.CharField(max_length=40, blank=True)
    number = models.PositiveIntegerField()
    suite = models.CharField(max_length=40)
    algorithm = models.CharField(max_length=40)
    sealed = models.BinaryField(help_text="the version's data key, sealed to the holder's key")
    half = models.BinaryField(
        default=b"", help_text="split custody: the key's other half, sealed to the second broker's key"
    )
    fields = models.JSONField()
    digest = models.CharField(max_length=64)
    mark = models.CharField(
        max_length=32, blank=True, help_text="keyed hash of the imported row: unchanged rows are skipped"
    )
    stored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("holder", "group", "item", "number")
        constraints = [
            models.UniqueConstraint(
                fields=("holder", "group", "item", "number"), name="one_version_of_a_record"
            )
        ]
        # An import asks who else holds its accounts.
        indexes = (models.Index(fields=("item",), name="record_by_item"),)

    def __str__(self) -> str:
        return f"{self.group} {self.number}"


class DigestMessage(models.Model):
    """That a person's summary of a month is ready: the numbers stay with the broker, no message carries them."""

    subject = models.CharField(max_length=24)
    month = models.CharField(max_length=7, help_text="YYYY-MM")
    made_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="null: nobody who sends was plugged in yet"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=("subject", "month"), name="one_digest_a_month")]
        indexes = [models.Index(fields=("sent_at",), name="digest_unsent")]

    def __str__(self) -> str:
        return self.month


class SealedBox(models.Model):
    """The tier "sealed": what only the person's own browser opens. The server keeps it and can not read it.

    `wraps` are copies of the box's secret, each under a key that is not here: of a passkey (PRF) or of a printed code.
    """

    holder = models.OneToOneField(Holder, models.PROTECT, related_name="sealed_box")
    mark = models.CharField(max_length=64, help_text="SHA-256 that tells this box's secret from another's")
    wraps = models.JSONField(help_text="rules.sealed_box: kind, name, salt and sealed secret of each")
    made_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"sealed box {self.pk}"


class SealedFile(models.Model):
    """A file of a sealed box: its head here, its sealed parts in `sealed/` under its random name."""

    box = models.ForeignKey(SealedBox, models.CASCADE, related_name="files")
    name = models.CharField(max_length=22, unique=True)
    head = models.BinaryField(help_text="what it is called and how long it is, as the browser sealed it")
    size = models.PositiveIntegerField(help_text="of the sealed parts, bytes")
    digest = models.CharField(max_length=64)
    stored_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class SealedNote(models.Model):
    """One version of one group of a sealed box, as the browser sealed it."""

    box = models.ForeignKey(SealedBox, models.CASCADE, related_name="notes")
    group = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    data = models.BinaryField()
    digest = models.CharField(max_length=64)
    stored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("box", "group", "number"), name="one_version_of_a_sealed_note")
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.number}"
