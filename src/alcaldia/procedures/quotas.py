"""How much of what registers offer is promised: the only place that counts it, with the quota's row held."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared
from alcaldia.procedures import registers
from alcaldia.procedures.models import Place, Quota
from alcaldia.procedures.registries import land
from alcaldia.procedures.registries.consulting import question_of
from alcaldia.procedures.rules import quotas
from alcaldia.procedures.rules.program import Program

COUNTED_BY_THE_LAND = "network_capacity"
"""Promised beside what construction rulings promise of the same networks."""
_QUOTA = Prepared(
    lambda town, registry, mark, day: Quota.objects.filter(
        municipality_id=town, registry=registry, mark=mark, day=day
    ),
    int, str, str, str,
)  # fmt: skip
_HELD = Prepared(lambda quota: Quota.objects.select_for_update().filter(pk=quota), int)
COUNTER = {Place.State.HELD: "taken", Place.State.WAITING: "waiting"}


def key_of(town: Municipality, registry: str, number: str, day: date | None) -> tuple[int, str, str, str]:
    """Under which row a number of a register is counted; a street without a row of its own counts as the general one."""
    if registry == "street_zones":
        mark = land.counted_as(town, number)
    else:
        mark = registers.mark(town, registry, number)
    return town.pk, registry, mark, day.isoformat() if day else ""


def promised(key: tuple[int, str, str, str], but: int | None = None) -> Decimal:
    """Units that are taken, or for which somebody waits: who comes now stands behind them; `but` is a case whose own do not count."""
    row = _QUOTA.first(*key)
    if row is None:
        return Decimal(0)
    own = Place.objects.filter(quota=row, case_id=but, state__in=COUNTER) if but else Place.objects.none()
    return row.taken + row.waiting - (own.aggregate(units=Sum("units"))["units"] or Decimal(0))


def what_is_left(
    program: Program,
    values: Mapping[str, Any],
    town: Municipality,
    answers: Mapping[str, Any],
    today: date,
    but: int | None = None,
) -> dict[str, Any]:
    """The data that `reserves` counts, less what is promised to others than the case `but`."""
    found = dict(values)
    for clause in program.definition.reserves:
        name, lookup = quotas.lookup_of(program, clause), quotas.asked_of(program, clause)
        if clause.of in found and lookup.registry != COUNTED_BY_THE_LAND:
            question = question_of(program, town, name, answers, today)
            key = key_of(town, lookup.registry, question.value, question.day)
            found[clause.of] = quotas.left(found[clause.of], promised(key, but))
    return found


def row_of(key: tuple[int, str, str, str]) -> Quota:
    """The row, made where there is none yet; of two who make it at once, one does."""
    known = _QUOTA.first(*key)
    if known is not None:
        return known
    town, registry, mark, day = key
    found, _ = Quota.objects.get_or_create(municipality_id=town, registry=registry, mark=mark, day=day)
    return found


def held(quota: int) -> Quota:
    """The quota with its row locked until the transaction ends."""
    [row] = _HELD(quota)
    return row


def ahead_of(place: Place, quota: Quota) -> Decimal:
    """Units for which others wait who came before."""
    if place.state != Place.State.WAITING:
        return quota.waiting
    before = Place.objects.filter(quota=quota, state=Place.State.WAITING, pk__lt=place.pk)
    return before.aggregate(units=Sum("units"))["units"] or Decimal(0)


def move(place: Place, quota: Quota, to: Place.State) -> None:
    """The place in another state, and the sums that follow; `quota` is held by this transaction."""
    for state, sign in ((place.state, -1), (to, 1)):
        if counter := COUNTER.get(Place.State(state)):
            setattr(quota, counter, getattr(quota, counter) + sign * place.units)
    quota.save(update_fields=["taken", "waiting"])
    place.state = to
    place.save(update_fields=["state"])
