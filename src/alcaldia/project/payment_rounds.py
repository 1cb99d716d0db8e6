"""What time asks of payments: ask about what waits, let orders expire, read yesterday's reports."""

from datetime import date, timedelta

EVERY = 30
"""Seconds between rounds; an attempt is asked about once it has waited for two minutes, then every two."""


def turn() -> None:
    """One round. Raises what the database or a provider raised; the next round tries again."""
    from alcaldia.payments import actions

    actions.refresh_waiting(older_than=timedelta(minutes=2))
    actions.expire_due()


def settle(on: date) -> dict[str, int]:
    """Read every provider's report of that day; how many rows were new, by name. Rows known already change nothing."""
    from alcaldia.payments import settling
    from alcaldia.payments.ports import plugged

    return {
        name: settling.settle(provider=name, on=on)
        for name, one in plugged.providers.items()
        if one.capabilities().settlement
    }


def yesterdays_reports() -> None:
    """Once a day and at every start: who does not answer is asked tomorrow."""
    settle(date.today() - timedelta(days=1))
