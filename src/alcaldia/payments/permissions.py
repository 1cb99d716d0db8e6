"""May I? Who may take cash and who may reconcile: current posts decide, nothing else."""

from datetime import date

from alcaldia.identity import permissions
from alcaldia.identity.models import Official
from alcaldia.kernel.models import Municipality

CASH, RECONCILE = "payments.cash", "payments.reconcile"


def can_take_cash(official: Official | None, town: Municipality, on: date) -> bool:
    """May this official open a till and take money on that day?"""
    return permissions.can(official, CASH, town, on)


def check_take_cash(official: Official | None, town: Municipality, on: date) -> None:
    """Raises Refusal (403) unless `can_take_cash`."""
    permissions.check(official, CASH, town, on)


def can_reconcile(official: Official | None, town: Municipality, on: date) -> bool:
    """May this official resolve held money and give money back?"""
    return permissions.can(official, RECONCILE, town, on)


def check_reconcile(official: Official | None, town: Municipality, on: date) -> None:
    """Raises Refusal (403) unless `can_reconcile`."""
    permissions.check(official, RECONCILE, town, on)
