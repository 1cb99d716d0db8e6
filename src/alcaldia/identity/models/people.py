"""Persons, officials, posts, and who may act for whom."""

from django.db import models

from alcaldia.identity.ids import new_subject
from alcaldia.identity.rules.posts import ROLES
from alcaldia.identity.rules.representation import BASES
from alcaldia.kernel.models import Municipality


def person_id() -> str:
    return new_subject("p")


def official_id() -> str:
    return new_subject("o")


def roles() -> list[tuple[str, str]]:
    """A function, so that a new role needs no migration."""
    return list(ROLES.items())


class Person(models.Model):
    """A natural or legal person, known here only by a random public id."""

    class Kind(models.TextChoices):
        NATURAL = "natural", "Persona física"
        LEGAL = "legal", "Persona moral"

    public_id = models.CharField(max_length=24, unique=True, default=person_id)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.NATURAL)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.public_id


class Official(models.Model):
    """A public servant's account. There is no password column: they enter with passkeys only."""

    public_id = models.CharField(max_length=24, unique=True, default=official_id)
    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(
        max_length=150, blank=True, help_text="as published in the directory of officials"
    )
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.username


class Post(models.Model):
    """A post that an official holds, with dates; posts, not people, carry permissions."""

    official = models.ForeignKey(Official, models.CASCADE, related_name="posts")
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="posts")
    agency = models.CharField(
        max_length=60, blank=True, help_text="code of the agency; empty: the role says it"
    )
    role = models.CharField(max_length=20, choices=roles)
    title = models.CharField(
        max_length=60,
        blank=True,
        help_text="the post as procedures name who signs, such as juez-civico; empty: any",
    )
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="post_ends_after_it_begins",
            ),
        )

    def __str__(self) -> str:
        return ROLES.get(self.role, self.role)


class Representation(models.Model):
    """Who may act for whom, for what, until when; `document_folio` names the paper that proves it."""

    represented = models.ForeignKey(Person, models.CASCADE, related_name="representatives")
    representative = models.ForeignKey(Person, models.CASCADE, related_name="represents")
    basis = models.CharField(max_length=24, choices=list(BASES.items()))
    scopes = models.JSONField(default=list, help_text='codes of what may be done; ["*"] is everything')
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    document_folio = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(represented=models.F("representative")),
                name="nobody_represents_themselves",
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="representation_ends_after_it_begins",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_basis_display()} {self.document_folio}"
