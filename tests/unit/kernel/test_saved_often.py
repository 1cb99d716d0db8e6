"""A row saved with its SQL written once is the row that Django would have saved."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Upper

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import SavedOften
from alcaldia.procedures.models import Draft

pytestmark = pytest.mark.django_db
WHEN = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)


def draft(public_id: str, **more: Any) -> Draft:
    town, _ = Municipality.objects.get_or_create(slug="uno", defaults={"name": "Uno"})
    given = {"procedure": "x", "answers": {"a": ["ñ", None, 1]}, "sealed": b"\0\xff", "created_at": WHEN}
    given |= {"expires_on": date(2026, 4, 1), "changed_at": WHEN} | more
    return Draft(public_id=public_id, municipality=town, **given)


def kept(row: Draft) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM procedures_draft WHERE id = %s", [row.pk])
        found = dict(zip((one[0] for one in cursor.description), cursor.fetchone(), strict=True))
    return [
        bytes(one) if isinstance(one, memoryview) else one
        for name, one in found.items()
        if name not in {"id", "public_id"}
    ]


@pytest.mark.parametrize("more", [{}, {"sealed": b""}, {"answers": {}}, {"folio": "100% 'x' %s"}])
def test_insert_and_update_keep_what_djangos_keep(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    ours, theirs = draft("ours", **more), draft("theirs", **more)
    ours.save()
    with monkeypatch.context() as plain:
        plain.delattr(SavedOften, "_do_insert")
        theirs.save()
    assert kept(ours) == kept(theirs)
    ours.answers = theirs.answers = {"b": "otra"}
    ours.save(update_fields=["answers"])
    with monkeypatch.context() as plain:
        plain.delattr(SavedOften, "_do_update")
        theirs.save(update_fields=["answers"])
    assert kept(ours) == kept(theirs)
    assert Draft.objects.get(pk=ours.pk).answers == {"b": "otra"}


def test_what_the_database_computes_goes_djangos_way() -> None:
    row = draft("ours")
    row.channel = Upper(Value("web"))
    row.save()
    assert Draft.objects.get().channel == "WEB"
    row.channel = Upper(Value("kiosk"))
    row.save(update_fields=["channel"])
    assert Draft.objects.get().channel == "KIOSK"


def test_a_row_that_is_gone_or_there_already_is_said() -> None:
    row = draft("ours")
    row.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        draft("ours").save()
    Draft.objects.all().delete()
    with pytest.raises(DatabaseError, match="did not affect"), transaction.atomic():
        row.save(update_fields=["channel"])
