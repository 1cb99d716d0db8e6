from django.db import models

from alcaldia.identity.models import Official
from alcaldia.kernel.models import Municipality


class Absence(models.Model):
    """An official is away; from one day to the other, both included, somebody else attends their cases."""

    official = models.ForeignKey(Official, models.CASCADE, related_name="absences")
    delegate = models.ForeignKey(Official, models.CASCADE, related_name="+")
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    since = models.DateField()
    until = models.DateField()
    agencies = models.JSONField(
        default=list, help_text="whose posts are left; [] of absences kept before: all"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("since")), name="absence_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~models.Q(official=models.F("delegate")), name="nobody_is_their_own_delegate"
            ),
        )

    def __str__(self) -> str:
        return f"{self.since}–{self.until}"


class Subscription(models.Model):
    """Since when a system hears what happens to cases: `after` is the last entry of the log that it is not told."""

    name = models.CharField(max_length=80, unique=True)
    after = models.BigIntegerField()
    begun_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class SearchWords(models.Model):
    """Words that people searched, without anybody's identity: how often, what was opened, what was not found.

    Words that no catalogue knows may be somebody's name: `mark` counts them (HMAC), and `words` stays empty until they
    were searched on several days.
    """

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    mark = models.CharField(max_length=64)
    words = models.CharField(max_length=120, blank=True)
    days = models.PositiveSmallIntegerField(default=1, help_text="distinct days on which they were searched")
    times = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    not_found = models.PositiveIntegerField(default=0)
    procedure = models.CharField(max_length=80, blank=True, help_text="what was opened last")
    last_on = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["municipality", "mark"], name="one_row_of_words"),)
        indexes = (models.Index(fields=["municipality", "-not_found", "-times"], name="words_not_found"),)

    def __str__(self) -> str:
        return self.words


class Alias(models.Model):
    """People's words for a procedure, added from what was not found after the whole query set was run again."""

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    words = models.CharField(max_length=120)
    procedure = models.CharField(max_length=80)
    by = models.CharField(max_length=150)
    added_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "aliases"
        constraints = (models.UniqueConstraint(fields=["municipality", "words"], name="one_alias_of_words"),)

    def __str__(self) -> str:
        return self.words
