from django.db import models

from alcaldia.kernel.models import Municipality


class DefinitionVersion(models.Model):
    """The text of a definition under which somebody applied: kept for as long as their case.

    `version` is the SHA-256 of `body`, the canonical JSON; rows are only added.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    procedure = models.CharField(max_length=80)
    version = models.CharField(max_length=64)
    body = models.BinaryField()
    kept_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["municipality", "procedure", "version"], name="one_text_of_a_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.procedure} {self.version[:8]}"
