"""Kiosks: the broker keeps their keys and decides; that one comes, begins and ends is an act here.

What the broker refuses leaves no act.
"""

from typing import Any

from django.db import transaction

from alcaldia.counters import events
from alcaldia.counters.rules.kiosk import is_name
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.vault import custodian


@transaction.atomic
def add(*, town: Municipality, name: str, by: str, channel: str) -> str:
    """The code with which a browser becomes this kiosk, once and within a day. Raises Refusal."""
    if not is_name(name):
        detail = "El nombre del quiosco son letras, cifras, espacios o guiones, hasta 40, como «Plaza 1»."
        raise Refusal("bad_name", detail)
    record(_act(events.KIOSK_ADDED, town, name), by=by, channel=channel)
    return str(custodian.ask_as_operator("add_kiosk", town=town.slug, name=name))


@transaction.atomic
def enrol(*, code: str, public: str, signature: str, channel: str) -> dict[str, str]:
    """A browser's key becomes that of the code's kiosk: its account, municipality and name. Raises Refusal."""
    told = custodian.ask("enrol_kiosk", code=code, public=public, signature=signature)
    town = Municipality.objects.get(slug=told["town"])
    act = _act(events.KIOSK_ENROLLED, town, told["name"], sha256=told["sha256"])
    record(act, by=told["name"], channel=channel)
    return dict(told)


@transaction.atomic
def end(*, town: Municipality, name: str, by: str, channel: str) -> None:
    """Its key signs nothing from now on, and what was given there ends too. Raises Refusal."""
    record(_act(events.KIOSK_ENDED, town, name), by=by, channel=channel)
    custodian.ask_as_operator("end_kiosk", town=town.slug, name=name)


def every(town: Municipality | None = None) -> list[dict[str, Any]]:
    """Of a municipality or of all, with the ones that ended and the codes that wait for their machine. Raises Refusal."""
    return [one for one in custodian.ask_as_operator("kiosks") if town is None or one["town"] == town.slug]


def _act(kind: str, town: Municipality, name: str, **more: str) -> Act:
    return Act(kind, f"QUIOSCO-{name}", {"name": name, **more}, town)
