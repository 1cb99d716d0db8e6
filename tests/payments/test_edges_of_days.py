"""Books compared day by day, town by town and after nights that were missed."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.payments import actions, settling
from alcaldia.payments.models import Movement, PaymentAttempt
from alcaldia.project import payment_rounds
from tests.factories.money import order, started, town

pytestmark = pytest.mark.django_db
BACK = (3, 2, 1)


def days_that_agree(city):
    """One charge on each of three days, each settled and deposited the day after; the days."""
    for back in BACK:
        city.shift = -back * 86_400
        city.pay(started(order()))
    city.shift = 0
    city.listen()
    days = [(timezone.now() - timedelta(days=back)).date() for back in BACK]
    for day in days:
        settling.settle(provider="simulated", on=day)
        rows = list(Movement.objects.filter(settled_on=day))
        settling.record_deposit(municipality=town(), provider="simulated", payout=rows[0].payout,
                                amount=sum(one.net for one in rows), on=min(day + timedelta(days=1), timezone.localdate()))  # fmt: skip
    return days


def test_one_day_among_days_that_agree_agrees_too(city):
    for day in days_that_agree(city):
        assert settling.three_way(town(), "simulated", since=day, until=day) == []


def test_what_one_town_was_paid_is_nothing_to_another_with_the_same_provider(city):
    days = days_that_agree(city)
    other = Municipality.objects.create(slug="otro", name="Otro")
    assert settling.three_way(other, "simulated", since=days[0], until=days[-1]) == []


def test_a_report_that_was_missed_is_read_the_next_day(monkeypatch):
    asked, today = [], date.today()

    def settle(on):
        asked.append(on)
        if len(asked) == payment_rounds.LATE:
            raise Refusal("not_settled", "No se leyó el reporte.")

    monkeypatch.setattr(payment_rounds, "settle", settle)
    with pytest.raises(Refusal, match="No se leyó"):
        payment_rounds.latest_reports()
    payment_rounds.latest_reports()
    assert asked.count(today - timedelta(days=1)) == 2


def test_an_attempt_about_which_nobody_asked_yet_comes_first(city):
    now = timezone.now()
    made = [started(order()) for _ in range(3)]
    PaymentAttempt.objects.update(created_at=now - timedelta(minutes=9))
    earlier = PaymentAttempt.objects.filter(pk__in=[one.pk for one in made[:2]])
    earlier.update(asked_at=now - timedelta(minutes=5))
    actions.refresh_waiting(older_than=timedelta(minutes=2), limit=2)
    made[2].refresh_from_db()
    assert made[2].asked_at is not None
