"""The operator's commands for payments."""

import argparse
from datetime import UTC, datetime, timedelta

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.payments.models import Movement, PaymentAttempt
from alcaldia.payments.ports import plugged
from alcaldia.project.commands import payments
from tests.factories.money import order, started

pytestmark = pytest.mark.django_db


def run(*words):
    parser = argparse.ArgumentParser()
    payments.configure(parser)
    return payments.run(parser.parse_args(words))


def test_check_says_what_is_missing(city, capsys):
    assert run("check") == 1
    assert "banco de prueba" in capsys.readouterr().out


def test_without_any_provider_check_says_where_to_write_one(monkeypatch):
    monkeypatch.setattr(plugged, "providers", {})
    with pytest.raises(Refusal, match="keys/payments.toml"):
        run("check")


def test_check_names_what_a_municipality_asks_for_and_is_not_there(city, capsys):
    town = order().municipality
    town.settings = {**town.settings, "payments": {"providers": ["simulated", "strype"]}}
    town.save()
    run("check")
    assert "nombra strype y no está conectado" in capsys.readouterr().out


def test_a_round_finds_a_lost_message(city, capsys):
    made = order()
    city.pay(started(made), "lost")
    PaymentAttempt.objects.update(created_at=made.issued_at - timedelta(minutes=3))
    assert run("rounds", "--once") == 0
    made.refresh_from_db()
    assert made.state == "paid"


def test_a_days_report_is_read_once(city, capsys):
    city.pay(started(order()))
    day = f"{datetime.fromtimestamp(city.clock(), UTC):%Y-%m-%d}"
    run("settle", day)
    run("settle", day)
    assert capsys.readouterr().out.split("\n")[:2] == [
        "simulated: 1 movimientos nuevos",
        "simulated: 0 movimientos nuevos",
    ]
    assert Movement.objects.count() == 1
    with pytest.raises(Refusal, match="2026-11-28"):
        run("settle", "ayer")
