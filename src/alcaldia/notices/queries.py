"""What waits and what did not go."""

from django.db.models import Count, Q, QuerySet

from alcaldia.kernel.models import Municipality
from alcaldia.notices.models import Message

MOST = 200


def in_trouble(town: Municipality) -> QuerySet[Message]:
    """Given up first, then those that are being tried again; newest first, at most 200."""
    rows = Message.objects.filter(municipality=town, state__in=(Message.State.GIVEN_UP, Message.State.FAILED))
    return rows.order_by("-state", "-created_at")[:MOST]


def counts(town: Municipality | None = None) -> dict[str, int]:
    """Messages by state; of every municipality where none is named."""
    rows = Message.objects.filter(Q(municipality=town) if town else Q())
    return dict(rows.values_list("state").annotate(Count("pk")).order_by())
