"""A seat is taken by one person, whoever else asks at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.utils import timezone

from alcaldia.agenda import actions, queries
from alcaldia.agenda.actions import Holder
from alcaldia.agenda.models import Appointment
from alcaldia.agenda.ports import plugged
from alcaldia.agenda.rules.slots import Need
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.ledger.models import Entry
from tests.agenda.conftest import WHO, tomorrow

pytestmark = pytest.mark.django_db


def test_a_turn_takes_as_many_as_its_capacity(agenda):
    at = tomorrow(agenda)
    assert [actions.book(**WHO, agenda=agenda, starts_at=at).row.seat for _ in range(2)] == [1, 2]
    with pytest.raises(Refusal, match="ya se ocupó"):
        actions.book(**WHO, agenda=agenda, starts_at=at)


def test_a_seat_given_back_is_free_again(agenda):
    at, town = tomorrow(agenda), agenda.municipality
    first, _ = (
        actions.book(**WHO, agenda=agenda, starts_at=at),
        actions.book(**WHO, agenda=agenda, starts_at=at),
    )
    actions.cancel(
        **WHO, town=town, folio=first.row.folio, holder=Holder(first.code.lower().replace("-", " "))
    )
    actions.cancel(**WHO, town=town, folio=first.row.folio, holder=Holder(first.code))
    assert actions.book(**WHO, agenda=agenda, starts_at=at).row.seat == 1


def test_only_its_code_cancels(agenda):
    booked = actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda))
    with pytest.raises(Refusal, match="no es de esta cita"):
        actions.cancel(
            **WHO, town=agenda.municipality, folio=booked.row.folio, holder=Holder("AAAA-AAAA-AAAA")
        )
    with pytest.raises(NotFound):
        actions.cancel(**WHO, town=agenda.municipality, folio="CIT-2026-0", holder=Holder(booked.code))


def test_moving_keeps_the_first_where_the_other_is_full(agenda):
    town, first, other = agenda.municipality, tomorrow(agenda), tomorrow(agenda, 1)
    mine = actions.book(**WHO, agenda=agenda, starts_at=first)
    for _ in range(2):
        actions.book(**WHO, agenda=agenda, starts_at=other)
    with pytest.raises(Refusal):
        actions.move(**WHO, town=town, folio=mine.row.folio, holder=Holder(mine.code), starts_at=other)
    assert queries.appointment_of(town, mine.row.folio).state == "booked"
    moved = actions.move(
        **WHO, town=town, folio=mine.row.folio, holder=Holder(mine.code), starts_at=tomorrow(agenda, 3)
    )
    assert actions.cancel(**WHO, town=town, folio=moved.folio, holder=Holder(mine.code)).state == "cancelled"


def test_what_is_moved_keeps_its_folio_and_may_overlap_its_own_seat(agenda):
    town, at = agenda.municipality, tomorrow(agenda)
    mine = actions.book(**WHO, agenda=agenda, starts_at=at, need=Need(60))
    moved = actions.move(
        **WHO, town=town, folio=mine.row.folio, holder=Holder(mine.code), starts_at=tomorrow(agenda, 1)
    )
    assert (moved.folio, moved.minutes, moved.starts_at) == (mine.row.folio, 60, at + timedelta(minutes=30))


def test_a_cancelled_appointment_is_taken_back_while_its_seat_is_free(agenda):
    agenda.capacity = 1
    agenda.save()
    town, at = agenda.municipality, tomorrow(agenda)
    mine = actions.book(**WHO, agenda=agenda, starts_at=at)
    words = {**WHO, "town": town, "folio": mine.row.folio, "holder": Holder(mine.code)}
    actions.cancel(**words)
    assert actions.restore(**words).state == "booked"
    actions.cancel(**words)
    actions.book(**WHO, agenda=agenda, starts_at=at)
    with pytest.raises(Refusal, match="ya se ocupó"):
        actions.restore(**words)


def test_each_step_is_an_act_that_names_nobody(agenda):
    mine = actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda), subject="case:SOL")
    words = {
        **WHO,
        "town": agenda.municipality,
        "folio": mine.row.folio,
        "holder": Holder(subject="case:SOL"),
    }
    actions.move(**words, starts_at=tomorrow(agenda, 3))
    actions.cancel(**words)
    kinds = list(Entry.objects.filter(folio=mine.row.folio).order_by("index").values_list("type", flat=True))
    assert kinds == ["agenda.appointment_booked", "agenda.appointment_moved", "agenda.appointment_cancelled"]


def test_a_matter_opens_its_own_appointment_and_no_other(agenda):
    mine = actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda), subject="case:SOL")
    for wrong in (Holder(subject="case:OTRA"), Holder(subject=""), Holder()):
        with pytest.raises(Refusal, match="no es de esta cita"):
            actions.cancel(**WHO, town=agenda.municipality, folio=mine.row.folio, holder=wrong)


def test_an_agenda_that_changes_keeps_what_was_taken_and_lists_what_fell_out(agenda):
    row = actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda)).row
    day = row.starts_at.astimezone(timezone.get_fixed_timezone(-360)).date()
    assert queries.outside(agenda) == []
    words = {"name": "Empleo", "office": "empleo", "closed_days": [day.isoformat()]}
    changed = actions.save_agenda(
        **WHO, town=agenda.municipality, key="empleo", words=words, offices=["empleo"]
    )
    assert queries.outside(changed) == [row]
    assert queries.free_slots(changed, day) == []
    with pytest.raises(Refusal, match="otra dependencia"):
        actions.save_agenda(**WHO, town=agenda.municipality, key="empleo", words=words, offices=["salud"])


def test_a_matter_has_one_appointment(agenda):
    actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda), subject="case:SOL")
    with pytest.raises(Refusal, match="ya tiene cita"):
        actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda, 1), subject="case:SOL")


def test_a_day_of_rest_has_no_turns(agenda, monkeypatch):
    at = tomorrow(agenda)
    monkeypatch.setattr(plugged, "rests", lambda town, day: True)
    assert queries.free_days(agenda) == []
    with pytest.raises(Refusal):
        actions.book(**WHO, agenda=agenda, starts_at=at)


def test_neither_the_past_nor_what_is_too_far_or_between_turns_is_booked(agenda):
    at = tomorrow(agenda)
    for wrong in (at - timedelta(days=9), at + timedelta(days=60), at + timedelta(minutes=7)):
        with pytest.raises(Refusal):
            actions.book(**WHO, agenda=agenda, starts_at=wrong)


def test_who_came_is_written_down_and_no_longer_cancelled(agenda):
    booked = actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda))
    folio, town = booked.row.folio, agenda.municipality
    with pytest.raises(Refusal, match="es de otro día"):
        actions.attend(**WHO, town=town, folio=folio, came=False)
    Appointment.objects.update(starts_at=timezone.now())
    assert actions.attend(**WHO, town=town, folio=folio, came=True).state == "attended"
    with pytest.raises(Refusal, match="ya pasó"):
        actions.cancel(**WHO, town=town, folio=folio, holder=Holder(booked.code))


def test_a_matter_that_has_another_appointment_by_now_is_told_so_when_it_takes_one_back(agenda):
    first = actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda), subject="case:S")
    mine = {**WHO, "town": agenda.municipality, "folio": first.row.folio, "holder": Holder(first.code)}
    actions.cancel(**mine)
    actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda, 1), subject="case:S")
    with pytest.raises(Refusal, match="ya tiene cita"):
        actions.restore(**mine)


def test_the_database_itself_refuses_a_seat_twice(agenda):
    row = actions.book(**WHO, agenda=agenda, starts_at=tomorrow(agenda)).row
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(agenda=agenda, folio="CIT-2", starts_at=row.starts_at, minutes=30, seat=1, code_hash="",
                                   booked_at=timezone.now())  # fmt: skip


def _ask(agenda, at):
    """SQLite's database of tests lives in memory, where a table that is held is told at once instead of waited for."""
    try:
        for _ in range(10_000):
            try:
                return actions.book(**WHO, agenda=agenda, starts_at=at).row.seat
            except OperationalError:
                connection.close()
            except Refusal as refusal:
                return refusal.code
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_eight_who_ask_at_once_for_two_seats_get_two(agenda):
    at = tomorrow(agenda)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: _ask(agenda, at), range(8)))
    assert sorted(map(str, told)) == ["1", "2", *["no_seat"] * 6]
