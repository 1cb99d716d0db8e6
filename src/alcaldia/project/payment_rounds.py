"""What time asks of payments: ask about what waits, let orders expire, read yesterday's reports."""

from datetime import date, timedelta

EVERY = 30
"""Seconds between rounds; an attempt is asked about once it has waited for two minutes, then every two."""
LATE = 11
"""Days for which a provider's report is read again: a bank sends a transfer back within five working days, and what it calls
one Stripe may learn ten days after. Rows known already stay as they are."""


def turn() -> None:
    """One round. Raises what the database or a provider raised; the next round tries again."""
    from alcaldia.payments import actions

    actions.refresh_waiting(older_than=timedelta(minutes=2))
    actions.expire_due()


def settle(on: date) -> dict[str, int]:
    """Read every provider's report of that day; how many rows were new, by name. Rows known already change nothing.

    One that fails stops no other; raises Refusal that names those, at the end.
    """
    from alcaldia.kernel.errors import Refusal
    from alcaldia.payments import settling
    from alcaldia.payments.ports import plugged

    found, failed = {}, []
    for name, one in plugged.providers.items():
        if one.capabilities().settlement:
            try:
                found[name] = settling.settle(provider=name, on=on)
            except (Refusal, KeyError, ValueError, ArithmeticError) as error:
                failed.append(f"{name} ({type(error).__name__}: {error})")
    if failed:
        raise Refusal(
            "not_settled", f"No se leyó el reporte del {on:%d/%m/%Y} de {'; '.join(failed)}.", status=503
        )
    return found


def latest_reports() -> None:
    """The reports of the last LATE days, once a day and at every start: one that was missed, or came late, is read then.

    Raises Refusal that names the days and providers that did not answer, when all were asked.
    """
    from alcaldia.kernel.errors import Refusal

    failed = []
    for back in range(LATE, 0, -1):
        try:
            settle(date.today() - timedelta(days=back))
        except Refusal as refusal:
            failed.append(refusal.detail)
    if failed:
        raise Refusal("not_settled", " ".join(failed), status=503)
