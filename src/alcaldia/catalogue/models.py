"""What a municipality says of itself in place of the first day: its tree, its words, its agencies, each as versions."""

from django.db import models

from alcaldia.kernel.models import Municipality

APPEND_ONLY = {"catalogue_catalogueversion": "id"}
"""Tables that the database refuses to change or delete, with their keys (ledger/triggers.py)."""


class CatalogueVersion(models.Model):
    """One version of one kind; the last is in force. To go back is a new version with the content of an earlier one.

    `sha256` is that of `body`, the canonical JSON; an empty body is the first day's again. `restores` is the number
    of the version that came back, 0 for the first day. `folio` is that of its act in the log.
    """

    class Kind(models.TextChoices):
        TREE = "tree", "árbol"
        WORDS = "words", "palabras"
        AGENCIES = "agencies", "dependencias"

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    body = models.BinaryField()
    restores = models.PositiveIntegerField(null=True)
    folio = models.CharField(max_length=40, unique=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ("kind", "-number")
        constraints = (
            # Of two who save at once, one is told.
            models.UniqueConstraint(
                fields=["municipality", "kind", "number"], name="one_version_of_a_number"
            ),
            models.CheckConstraint(condition=models.Q(number__gt=0), name="versions_count_from_one"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
