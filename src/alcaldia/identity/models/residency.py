"""Electronic residency of people abroad: the application and the credential it ended in."""

from django.db import models

from alcaldia.identity.models.people import Official, Person
from alcaldia.identity.rules.residency import STATES
from alcaldia.kernel.models import Municipality


class Residency(models.Model):
    """One application. `documents` are folios in the vault; nothing of what they say is here."""

    folio = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="residencies")
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=list(STATES.items()), default="requested")
    documents = models.JSONField(default=list)
    appointment = models.CharField(max_length=200, blank=True, help_text="reference of the video appointment")
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Official, models.PROTECT, null=True, blank=True, related_name="+")
    status_index = models.PositiveIntegerField(null=True, blank=True, help_text="its bit in the status list")
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person", "municipality"],
                condition=models.Q(state__in=["requested", "appointed", "granted"]),
                name="one_live_residency_in_a_municipality",
            ),
            models.UniqueConstraint(fields=["municipality", "status_index"], name="one_status_bit_each"),
            models.CheckConstraint(
                condition=~models.Q(state="granted")
                | models.Q(decided_by__isnull=False, status_index__isnull=False),
                name="a_residency_is_granted_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return self.folio
