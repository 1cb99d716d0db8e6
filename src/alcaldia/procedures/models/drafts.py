from django.db import models

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import SavedOften


class Draft(SavedOften):
    """An application that is still being written.

    `answers` holds nothing personal; `sealed` holds the rest under a key made from the code that only the
    person has (`code_hash` recognises it). `folio` is the case it became: sending twice is sending once.
    """

    public_id = models.CharField(max_length=24, unique=True)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    procedure = models.CharField(max_length=80)
    version = models.CharField(max_length=64)
    person = models.CharField(max_length=24, blank=True, db_index=True)
    representative = models.CharField(
        max_length=24, blank=True, help_text="account that writes it in the person's name; emptied when sent"
    )
    code_hash = models.CharField(max_length=64)
    answers = models.JSONField(default=dict)
    sealed = models.BinaryField(default=b"")
    channel = models.CharField(max_length=20)
    folio = models.CharField(max_length=80, blank=True)
    said = models.CharField(
        max_length=64, blank=True, help_text="keyed hash of what a system sent under a key of its own"
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    expires_on = models.DateField(db_index=True)

    class Meta:
        indexes = (models.Index(fields=["code_hash"], name="draft_by_its_code"),)

    def __str__(self) -> str:
        return f"{self.procedure} {self.public_id}"
