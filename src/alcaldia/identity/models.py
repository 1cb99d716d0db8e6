"""Officials and the municipality they serve. Citizens need no account in this package yet."""

from django.contrib.auth.models import User
from django.db import models

from alcaldia.kernel.models import Municipality


class Post(models.Model):
    """A post that an official holds, with dates; posts, not people, carry permissions."""

    class Role(models.TextChoices):
        PLANNER = "planner", "Planeación urbana"
        CADASTRE = "cadastre", "Catastro"
        REVIEWER = "reviewer", "Revisión de dictámenes"
        OPERATOR = "operator", "Operación del sistema"

    official = models.ForeignKey(User, models.CASCADE, related_name="posts")
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="posts")
    role = models.CharField(max_length=20, choices=Role)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.get_role_display()
