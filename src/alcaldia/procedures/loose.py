"""Files that came for a correction and answer nothing yet: whoever has their keys may still send them; then they go."""

from django.db.models import QuerySet

from alcaldia.procedures import filestore
from alcaldia.procedures.models import Attachment, Case
from alcaldia.procedures.protected import VISIT


def files(case: Case, name: str = "") -> QuerySet[Attachment]:
    """Files that came for a correction and answer nothing: it was not sent, or others took their place."""
    asked = case.events.filter(kind="correction_asked").order_by("-number").first()
    rows = case.attachments.filter(field=name) if name else case.attachments.exclude(field=VISIT)
    answered = [value for value in case.answers.values() if isinstance(value, str)]
    return rows.filter(added_at__gte=asked.at).exclude(public_id__in=answered) if asked else rows.none()


def ids(case: Case) -> set[str]:
    """Their public ids."""
    return set(files(case).values_list("public_id", flat=True))


def drop(case: Case, name: str = "") -> None:
    """Take them away, bytes and rows."""
    filestore.drop(files(case, name))
