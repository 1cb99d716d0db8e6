"""Issued documents: where the file is found again, and what it must hash to."""

from django.db import models

from alcaldia.kernel.prepared import SavedOften
from alcaldia.ledger.models import Entry


class Document(SavedOften):
    """The PDF of one act. `sketch_svg` is kept so that a lost file can be made again from the act."""

    folio = models.CharField(max_length=80, unique=True)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="document")
    template = models.CharField(max_length=40)
    sketch_svg = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.folio
