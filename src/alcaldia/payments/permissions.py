"""May I? Who may take cash and who may reconcile: current posts decide, nothing else."""

from datetime import date

from alcaldia.identity import permissions
from alcaldia.identity.models import Official
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.payments.models import CashierShift

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


def can_close(shift: CashierShift, by: str, on: date) -> bool:
    """May they count and close this till? Their own, or one whose cashier lost the post, where they may reconcile."""
    if by == shift.cashier:
        return True
    town = shift.municipality
    return can_reconcile(_named(by), town, on) and not can_take_cash(_named(shift.cashier), town, on)


def check_close(shift: CashierShift, by: str, on: date) -> None:
    """Raises Refusal (403) unless `can_close`."""
    if not can_close(shift, by, on):
        detail = "Esa caja la cierra quien la abrió. Si ya no tiene puesto de caja, la cuenta y la cierra la tesorería."
        raise Refusal("not_your_till", detail, status=403)


def _named(username: str) -> Official | None:
    return Official.objects.filter(username=username).first()
