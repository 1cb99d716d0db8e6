"""Counters with a queue of their own, and what they sent once the server was back."""

from django.db import models

from alcaldia.counters.rules.slip import PAPERS
from alcaldia.kernel.models import Municipality


class CounterDevice(models.Model):
    """A machine at a counter that may hand in what it took down offline, and nothing else. Its token lies here as a hash."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    name = models.CharField(max_length=12, help_text="begins the numbers of its slips")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("municipality", "name"), name="one_counter_of_a_name")]

    def __str__(self) -> str:
        return self.name


class OfflineRequest(models.Model):
    """One slip. The person keeps its number; an official opens the case with them and notes its folio here."""

    device = models.ForeignKey(CounterDevice, models.PROTECT, related_name="requests")
    key = models.CharField(max_length=64)
    number = models.CharField(max_length=24)
    procedure = models.CharField(max_length=80)
    papers = models.JSONField(default=list, help_text="codes of rules/slip.py")
    taken_at = models.DateTimeField(help_text="by the counter's clock")
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    folio = models.CharField(
        max_length=80, blank=True, help_text="of the case that came of it; blank: it waits"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("device", "key"), name="one_request_of_a_key"),
            models.UniqueConstraint(fields=("device", "number"), name="one_request_of_a_number"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def papers_in_words(self) -> str:
        return ", ".join(PAPERS[code] for code in self.papers)
