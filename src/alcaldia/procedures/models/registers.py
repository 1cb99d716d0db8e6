from django.db import models

from alcaldia.kernel.models import Municipality


class RegisterRow(models.Model):
    """What a register says of one account, plate, licence…: sealed under a key made from its own number.

    Whoever presents the number opens the row; the table alone tells neither numbers nor contents.
    `mark` is the keyed hash of the number, by which the row is found.
    """

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    registry = models.CharField(max_length=40)
    mark = models.CharField(max_length=64)
    sealed = models.BinaryField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["municipality", "registry", "mark"], name="one_row_of_a_number"),
        )

    def __str__(self) -> str:
        return f"{self.registry} {self.mark[:8]}"
