"""The log's tables. Entries and nodes are append-only: the database refuses anything else (triggers.py)."""

from django.db import models

from alcaldia.kernel.models import Municipality


class Entry(models.Model):
    """One act: audit line, leaf of the transparency log and outbox message at once.

    `entry` is the public leaf (canonical JSON, nothing personal), `body` the act's own canonical
    bytes, whose hash the leaf holds. `index` is its place in the log, from 0 without gaps.
    """

    index = models.BigIntegerField(primary_key=True)
    type = models.CharField(max_length=80)
    folio = models.CharField(max_length=80, db_index=True)
    municipality = models.ForeignKey(Municipality, models.PROTECT, null=True, related_name="+")
    entry = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32)
    body = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    by = models.CharField(max_length=150)
    channel = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "entries"
        ordering = ("-index",)

    def __str__(self) -> str:
        return f"{self.type} {self.folio}"


class Node(models.Model):
    """The hash of one complete subtree; `id` is `rules.merkle.number` of its level and index."""

    id = models.BigIntegerField(primary_key=True)
    hash = models.BinaryField(max_length=32)


class LogHead(models.Model):
    """The one row that whoever appends locks: how many entries there are. `epoch`: see epoch.py.

    `edge` is the tree's right edge as `rules.merkle.packed` writes it: all that the next append needs of the tree.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    epoch = models.CharField(max_length=32, default="")
    edge = models.BinaryField(default=bytes)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="only_one_log_head"),)


class SignedHead(models.Model):
    """A checkpoint as the log signed it, of any of the logs ("acts", "accesses"); kept to be witnessed."""

    log = models.CharField(max_length=20)
    size = models.BigIntegerField()
    note = models.TextField()
    made_at = models.DateTimeField()
    has_quorum = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["log", "size"], name="one_head_of_a_size"),)
        indexes = (models.Index(fields=["log", "has_quorum", "size"], name="heads_with_quorum"),)


class Cosignature(models.Model):
    """The signature line of one witness under one checkpoint."""

    head = models.ForeignKey(SignedHead, models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=120)
    line = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["head", "witness"], name="one_cosignature_each"),)


class WitnessState(models.Model):
    """How it went with one witness and one log: `size` is what it has cosigned, `problem` "" where all is well."""

    log = models.CharField(max_length=20)
    witness = models.CharField(max_length=120)
    size = models.BigIntegerField(default=0)
    last_seen = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    problem = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["log", "witness"], name="one_state_each"),)


class TimeStamp(models.Model):
    """An RFC 3161 token over the text of one checkpoint."""

    head = models.ForeignKey(SignedHead, models.PROTECT, related_name="time_stamps")
    authority = models.CharField(max_length=200)
    token = models.BinaryField()
    stamped_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["head", "authority"], name="one_stamp_each"),)


class Delivery(models.Model):
    """An act reached a subscriber. Kept aside, so that entries never change."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="deliveries")
    subscriber = models.CharField(max_length=120)
    delivered_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["entry", "subscriber"], name="delivered_once"),)
