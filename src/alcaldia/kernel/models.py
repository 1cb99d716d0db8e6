"""The municipality: several live in one installation, each a folder of data."""

from django.db import models

DEFAULT_SRID = 32613


class Municipality(models.Model):
    """One city hall. `srid` is the metric reference system in which its land is measured.

    `publication` counts published dataset versions: whoever caches anything derived from
    published data compares it, and nothing stale is ever served.
    `settings` is the parsed `municipality.toml` (rulings, theme, fees…), validated on import.
    `catalogue` says by its content which tree, words and agencies are in force here; empty: those of the first day.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, default="MX")
    srid = models.IntegerField(default=DEFAULT_SRID)
    timezone = models.CharField(max_length=60, default="America/Mexico_City")
    settings = models.JSONField(default=dict, blank=True)
    publication = models.PositiveBigIntegerField(default=0)
    catalogue = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
