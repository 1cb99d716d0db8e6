"""Places of a case: taken when it is decided favourably (or asked to pay before), given back when it ends. By its events.

Called by engine.append in its transaction, after the event: of two who ask for the last place the second waits for the
quota's row, finds nothing left, and what they were doing did not happen.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared
from alcaldia.land import promises
from alcaldia.procedures import definitions, quotas
from alcaldia.procedures.calendars import today
from alcaldia.procedures.city import city_of
from alcaldia.procedures.models import Case, Place, Quota
from alcaldia.procedures.registries.consulting import ask, question_of
from alcaldia.procedures.rules import flow
from alcaldia.procedures.rules import quotas as rules
from alcaldia.procedures.rules.evaluate import Evaluation, evaluate
from alcaldia.procedures.rules.flow import FAVOURABLE, State
from alcaldia.procedures.rules.form import typed
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.rules.validity import valid_until

LIVE = (Place.State.WANTED, Place.State.WAITING, Place.State.HELD)
TAKING = ("submitted", "decided", "term_passed", "place_given")
"""The events at which a place is taken, where the case is then decided favourably or must be paid before it goes on."""
NETWORK = "agua"
UNPAID_DAYS = 60
"""How long a network is promised to a letter that is not issued yet; the case ends or is issued long before."""


def want(row: Case, program: Program, found: Evaluation) -> None:
    """Note what a favourable answer to this case will take."""
    if not program.definition.reserves:
        return
    answers = _typed(row, program)
    for one in rules.wanted(program, found, today(row.municipality)):
        lookup = rules.asked_of(program, program.definition.reserves[one.clause])
        quota = None
        if lookup.registry != quotas.COUNTED_BY_THE_LAND:
            asked = question_of(program, row.municipality, one.lookup, answers, today(row.municipality))
            quota = quotas.row_of(quotas.key_of(row.municipality, lookup.registry, asked.value, asked.day))
        Place.objects.create(case=row, quota=quota, clause=one.clause, units=one.units, days=one.days)


def follow(row: Case, after: flow.Case, kind: str) -> None:
    """What an event means for the places of its case. Raises Refusal where there is none left."""
    program = definitions.pinned(row.definition)
    if not program.definition.reserves:
        return
    if after.fruitless:
        _give_back(row)
    elif kind == "corrected":
        _want_again(row, program)
    elif after.state is State.WAITING_LIST:
        _stand_in_line(row)
    elif _due(after, kind):
        for place in _of(row, Place.State.WANTED, Place.State.WAITING):
            _take(row, program, place, forced=kind == "term_passed")
    if kind == "issued" and after.outcome in FAVOURABLE:
        _keep_until(row, program)


def _due(after: flow.Case, kind: str) -> bool:
    if kind not in TAKING:
        return False
    decided = after.outcome in FAVOURABLE and after.state in (State.DECIDED, State.ISSUED)
    return decided or kind == "place_given" or after.state is State.AWAITING_PAYMENT


def room(row: Case) -> bool:
    """Whether there is room for all that the case would take if it were granted now."""
    program = definitions.pinned(row.definition)
    wanted = _of(row, Place.State.WANTED) if program.definition.reserves else ()
    return all(_free(row, program, one) is not False for one in wanted)


def holds(row: Case) -> bool:
    """Whether something that runs out is kept for the case."""
    return bool(definitions.pinned(row.definition).definition.reserves) and bool(_of(row, Place.State.HELD))


def suffices(place: Place) -> bool:
    """Whether there is enough for this place now, with what those before it wait for. Its case and quota are loaded."""
    return _free(place.case, definitions.pinned(place.case.definition), place) is True


@transaction.atomic
def expire(place: Place) -> None:
    """Give back what was held until a day that is over."""
    _free_one(place)


def _of(row: Case, *states: Place.State) -> list[Place]:
    return [place for place in _PLACES(row.pk) if place.state in states]


_PLACES = Prepared(
    lambda case: Place.objects.select_related("quota", "case").filter(case_id=case).order_by("pk"), int
)


def _typed(row: Case, program: Program) -> dict[str, Any]:
    return dict(
        typed(program, row.answers, today=today(row.municipality), city=city_of(row.municipality, program))
    )


def figure(row: Case, program: Program, clause: int) -> Decimal | None:
    """How much the register offers today under the case's number; None where it does not say."""
    reserve = program.definition.reserves[clause]
    lookup, on = rules.lookup_of(program, reserve), today(row.municipality)
    asked = question_of(program, row.municipality, lookup, _typed(row, program), on)
    items, *_ = ask(rules.asked_of(program, reserve).registry, asked)
    item = program.definition.data[reserve.of].source.partition(".")[2]
    return rules.offered(items.get(item))


def _free(row: Case, program: Program, place: Place, quota: Quota | None = None) -> bool | None:
    """Whether there is enough for this place; None where the register does not say, and a person answers for it."""
    offered = figure(row, program, place.clause)
    if offered is None:
        return None
    if place.quota_id is None:
        return offered >= place.units
    counted: Quota = quota or place.quota  # type: ignore[assignment]
    return offered - counted.taken - quotas.ahead_of(place, counted) >= place.units


def _take(row: Case, program: Program, place: Place, *, forced: bool) -> None:
    if place.quota_id is None:
        _promise(row, place, forced=forced)
        return
    quota = quotas.held(place.quota_id)
    if not forced and _free(row, program, place, quota) is False:
        raise _gone()
    quotas.move(place, quota, Place.State.HELD)


def _gone() -> Refusal:
    detail = (
        "Ya no queda lugar: alguien tomó el último hace un momento. Revise de nuevo; no se le cobró nada."
    )
    return Refusal("place_gone", detail, status=409)


def _promise(row: Case, place: Place, *, forced: bool) -> None:
    until = today(row.municipality) + timedelta(days=UNPAID_DAYS)
    if not promises.promise(
        row.municipality.slug, _parcel(row), NETWORK, place.units, row.folio, until, forced=forced
    ):
        raise _gone()
    Place.objects.filter(pk=place.pk).update(state=Place.State.HELD)


def _parcel(row: Case) -> str:
    data = definitions.pinned(row.definition).definition.data
    return next((str(row.answers.get(name) or "") for name, one in data.items() if one.type == "parcel"), "")


def _stand_in_line(row: Case) -> None:
    for place in _of(row, Place.State.WANTED):
        if place.quota_id is not None:
            quotas.move(place, quotas.held(place.quota_id), Place.State.WAITING)


def _give_back(row: Case) -> None:
    for place in _of(row, *LIVE):
        _free_one(place)


def _free_one(place: Place) -> None:
    if place.quota_id is None:
        promises.release(place.case.folio)
        Place.objects.filter(pk=place.pk).update(state=Place.State.FREE)
        return
    quota = quotas.held(place.quota_id)
    place.refresh_from_db(fields=["state"])
    if place.state != Place.State.FREE:
        quotas.move(place, quota, Place.State.FREE)


def _want_again(row: Case, program: Program) -> None:
    """Corrected answers may ask for another day, or for more: what was noted is noted anew, and what was held, held."""
    had = bool(_of(row, Place.State.HELD))
    _give_back(row)
    Place.objects.filter(case=row).delete()
    said = {name: value for name, value in row.consulted.get("values", {}).items() if value != "desconocido"}
    on, city = today(row.municipality), city_of(row.municipality, program)
    values = typed(program, {**row.answers, **said}, today=on, city=city)
    want(row, program, evaluate(program, values, today=on, city=city))
    for place in _of(row, Place.State.WANTED) if had else ():
        _take(row, program, place, forced=False)


def _keep_until(row: Case, program: Program) -> None:
    """The paper says for how long; without a term it is held until somebody gives it back."""
    on, term = today(row.municipality), program.definition.sheet.validity
    for place in _of(row, Place.State.HELD):
        until = valid_until(on, term) if term else None
        place.until = on + timedelta(days=place.days) if place.days is not None else until
        place.save(update_fields=["until"])
        if place.quota_id is None and place.until:
            promises.extend(row.folio, place.until)


def line_of(row: Case) -> tuple[int, int]:
    """Which number the case is in its waiting list, and how many wait; (0, 0) where it does not wait."""
    mine = next((place for place in _of(row, Place.State.WAITING) if place.quota_id), None)
    if mine is None or mine.quota_id is None:
        return 0, 0
    line = Place.objects.filter(quota_id=mine.quota_id, state=Place.State.WAITING)
    return line.filter(pk__lte=mine.pk).count(), line.count()


def over(town: Municipality, on: date) -> list[Place]:
    """Places held until a day that is over."""
    rows = Place.objects.filter(case__municipality=town, state=Place.State.HELD, until__lt=on)
    return list(rows.select_related("case").order_by("until")[:500])
