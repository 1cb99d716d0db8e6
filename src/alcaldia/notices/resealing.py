"""Addresses under the postman's new key, row by row; killed in between, the old key still opens the rest."""

from collections.abc import Callable

from django.db import models, transaction

from alcaldia.notices import postman
from alcaldia.notices.models import AccountContact, Message

BATCH = 500


def messages() -> int:
    """Addresses of the messages that wait or were given up; how many there were."""
    return rows(
        Message.objects.exclude(address=b""), "address", lambda box: postman.seal(postman.unseal(box))
    )


def accounts() -> int:
    """Where persons want to be told of their account; how many there were."""
    return rows(AccountContact.objects.all(), "contact", postman.packed_anew)


def rows(found: models.QuerySet[models.Model], column: str, anew: Callable[[bytes], bytes]) -> int:
    """Seal a column of these rows anew. What no key opens any more stays as it is: nobody can read it."""
    done, last = 0, 0
    while batch := _batch(found, column, anew, last):
        done, last = done + len(batch), batch[-1]
    return done


@transaction.atomic
def _batch(
    found: models.QuerySet[models.Model], column: str, anew: Callable[[bytes], bytes], last: int
) -> list[int]:
    held = list(found.select_for_update().filter(pk__gt=last).order_by("pk").only("pk", column)[:BATCH])
    for row in held:
        try:
            setattr(row, column, anew(bytes(getattr(row, column))))
        except postman.Unreadable:
            continue
        row.save(update_fields=[column])
    return [int(row.pk) for row in held]
