from django.db import models

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import SavedOften
from alcaldia.procedures.models.cases import Case


class Quota(SavedOften):
    """How much of what one number of a register offers is promised, on a day where it is offered by days ("" otherwise).

    `mark` is the register's own keyed hash of the number. Whoever promises holds this row; `taken` and `waiting` are the sums
    of its places in those states. Only procedures.quotas writes here.
    """

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    registry = models.CharField(max_length=40)
    mark = models.CharField(max_length=64)
    day = models.CharField(max_length=10, blank=True)
    taken = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    waiting = models.DecimalField(max_digits=14, decimal_places=4, default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["municipality", "registry", "mark", "day"], name="one_quota_of_a_number"
            ),
            models.CheckConstraint(
                condition=models.Q(taken__gte=0, waiting__gte=0), name="nothing_is_given_back_twice"
            ),
        )
        indexes = (models.Index(fields=["municipality", "waiting"], name="quotas_with_a_list"),)

    def __str__(self) -> str:
        return f"{self.registry} {self.mark[:8]} {self.day}".strip()


class Place(SavedOften):
    """What a case takes of a quota, by the position of the clause in its definition's `reserves`.

    Without `quota` it is counted by the land (networks). `until` is the last day on which it is held; `days`, for how many
    days the paper holds it where the definition says so.
    """

    class State(models.TextChoices):
        WANTED = "wanted", "Se tomará al resolver"
        WAITING = "waiting", "En lista de espera"
        HELD = "held", "Tomado"
        FREE = "free", "Devuelto"

    case = models.ForeignKey(Case, models.PROTECT, related_name="places")
    quota = models.ForeignKey(Quota, models.PROTECT, null=True, related_name="places")
    clause = models.PositiveSmallIntegerField()
    units = models.DecimalField(max_digits=14, decimal_places=4)
    days = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.WANTED)
    until = models.DateField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "clause"], name="one_place_of_a_clause"),)
        indexes = (
            models.Index(fields=["quota", "state", "id"], name="line_of_a_quota"),
            models.Index(fields=["state", "until"], name="places_that_end"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"
