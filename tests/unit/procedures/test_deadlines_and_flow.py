"""Working days and the life of a case; ten thousand random lives break no promise."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.rules import appeals, deadlines, flow
from alcaldia.procedures.rules.deadlines import Calendar, Clock, mexican_rest_days
from alcaldia.procedures.rules.flow import TRANSITIONS, Case, Event, Pending, State, apply
from alcaldia.procedures.rules.sheet import Term

CALENDAR = Calendar({year: mexican_rest_days(year) for year in (2026, 2027, 2028, 2029)})
MONDAY = date(2026, 6, 1)


def test_mexican_days_of_rest_move_to_monday():
    assert sorted(mexican_rest_days(2026)) == [
        date(2026, 1, 1), date(2026, 2, 2), date(2026, 3, 16), date(2026, 5, 1), date(2026, 9, 16), date(2026, 11, 16), date(2026, 12, 25),
    ]  # fmt: skip
    assert date(2030, 10, 1) in mexican_rest_days(2030)


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [(MONDAY, 0, MONDAY), (MONDAY, 5, date(2026, 6, 8)), (date(2026, 6, 5), 1, date(2026, 6, 8)), (date(2026, 9, 15), 1, date(2026, 9, 17))],
)  # fmt: skip
def test_a_term_counts_working_days_from_the_next(start, days, last):
    assert deadlines.add_working_days(CALENDAR, start, days) == last


def test_a_year_that_nobody_loaded_is_refused():
    with pytest.raises(Refusal, match="2030"):
        deadlines.add_working_days(CALENDAR, date(2029, 12, 28), 3)


def test_a_stopped_clock_gives_its_days_back():
    clock = deadlines.resume(deadlines.stop(Clock(MONDAY, 10), date(2026, 6, 3)), date(2026, 6, 10))
    assert deadlines.due(CALENDAR, clock) == deadlines.add_working_days(CALENDAR, MONDAY, 15)
    assert deadlines.elapsed(CALENDAR, clock, date(2026, 6, 10)) == 2


@given(st.lists(st.integers(0, 9), min_size=2, max_size=12))
def test_the_clock_is_never_negative(steps):
    clock, day = Clock(MONDAY, 10), MONDAY
    for step in steps:
        day += timedelta(days=step)
        clock = deadlines.resume(clock, day) if clock.stopped else deadlines.stop(clock, day)
        assert (
            0
            <= deadlines.elapsed(CALENDAR, clock, day)
            <= deadlines.working_days_between(CALENDAR, MONDAY, day)
        )


REVIEWS = (
    Pending("a", 3, "favourable"),
    Pending("b", 3, "unfavourable"),
    Pending("c", 2, "escalate", ("a",)),
)


def lived(*events, reviews=REVIEWS, **facts):
    first = Event(
        "submitted", MONDAY, {"definition": "v1", "term": 9, "tacit": "denial", "reviews": reviews, **facts}
    )
    return reduce(lambda case, event: apply(case, event, CALENDAR), [first, *events], Case())


UNTIL = date(2026, 6, 30)


def on(kind, days=0, **facts):
    return Event(kind, deadlines.add_working_days(CALENDAR, MONDAY, days), facts)


def test_agencies_get_it_at_once_and_the_third_after_the_first():
    case = lived(on("routed"))
    assert [bool(one.clock) for one in case.reviews] == [True, True, False]
    assert (
        lived(on("routed"), on("opinion_given", 1, agency="a", opinion="favourable")).reviews[2].clock
        is not None
    )


def test_silence_speaks_only_after_its_term():
    with pytest.raises(Refusal):
        lived(on("routed"), on("opinion_given", 3, agency="a", silence=True))
    case = lived(on("routed"), on("opinion_given", 4, agency="a", silence=True))
    assert (case.reviews[0].opinion, case.reviews[0].by_silence) == ("favourable", True)


def test_a_correction_stops_every_clock_once_and_early():
    asked = on("correction_asked", 3, fields=["area"], until=UNTIL)
    case = lived(on("routed"), asked, on("corrected", 8))
    assert deadlines.due(CALENDAR, case.clock) == deadlines.add_working_days(CALENDAR, MONDAY, 14)
    with pytest.raises(Refusal, match="una vez"):
        lived(
            on("routed"), asked, on("corrected", 3), on("correction_asked", 3, fields=["area"], until=UNTIL)
        )
    with pytest.raises(Refusal, match="primer tercio"):
        lived(on("routed"), on("correction_asked", 4, fields=["area"], until=UNTIL))


@pytest.mark.parametrize(
    ("within", "days", "in_time"), [(1, 1, True), (1, 2, False), (5, 5, True), (99, 9, True), (99, 10, False)]
)
def test_a_sheet_may_say_in_how_many_days_a_correction_is_asked(within, days, in_time):
    asked = on("correction_asked", days, fields=["area"], until=UNTIL, within=within)
    if in_time:
        assert lived(on("routed"), asked).corrections == 1
    else:
        with pytest.raises(Refusal, match="Ya pasaron los días"):
            lived(on("routed"), asked)


def test_a_correction_adds_agencies_changes_the_fee_and_leaves_what_was_said():
    asked = on("correction_asked", 2, fields=["area"], until=UNTIL)
    said = on("opinion_given", 1, agency="a", opinion="unfavourable")
    more = (Pending("d", 2, "escalate", ("c",)), Pending("a", 9, "favourable"))
    case = lived(on("routed"), said, asked, on("corrected", 5, reviews=more, fee=Decimal(9), inspection=True))
    assert [(one.agency, one.opinion) for one in case.reviews] == [
        ("a", "unfavourable"),
        ("b", ""),
        ("c", ""),
        ("d", ""),
    ]
    assert (case.fee, case.needs_inspection, case.state) == (Decimal(9), True, State.IN_REVIEW)
    assert [bool(one.clock) for one in case.reviews] == [True, True, True, False]
    no = on("corrected", 5, settles=True)
    assert lived(on("routed"), asked, no, on("decided", 5, outcome="denied")).outcome == "denied"
    with pytest.raises(Refusal, match="favorables"):
        lived(on("routed"), asked, no, on("decided", 5, outcome="granted"))


def test_what_was_paid_stands_after_a_correction():
    first = {"fee": Decimal(5), "pays_first": "before_review", "pay_by": date(2026, 6, 8)}
    paid = on("paid", payment="p", amount=Decimal(5))
    asked = on("correction_asked", 2, fields=["area"], until=UNTIL)
    case = lived(paid, on("routed"), asked, on("corrected", 3, fee=Decimal(9)), **first)
    assert (case.fee, case.owes) == (Decimal(5), False)


@pytest.mark.parametrize(
    ("term", "last"),
    [(Term(10), date(2026, 6, 15)), (Term(15, "days"), date(2026, 6, 16)), (Term(1, "months"), date(2026, 7, 2)),
     (Term(0), None), (Term(9, "minutes"), None)],
)  # fmt: skip
def test_an_appeal_has_the_term_of_its_definition(term, last):
    case = lived(on("decided", outcome="denied"), on("issued", document="F"), reviews=())
    assert appeals.last_day(term, case, CALENDAR) == last
    assert appeals.last_day(term, lived(on("routed")), CALENDAR) is None


def test_a_year_that_nobody_loaded_never_shortens_an_appeal():
    case = replace(lived(on("routed")), told_on=date(2029, 12, 28))
    assert appeals.last_day(Term(10), case, CALENDAR) == date(2030, 1, 27)


def test_the_term_passes_into_what_the_law_says():
    case = lived(on("routed"), on("term_passed", 10), tacit="approval")
    assert (case.outcome, case.by_silence) == ("granted", True)
    with pytest.raises(Refusal, match="todavía"):
        lived(on("routed"), on("term_passed", 9))


def test_what_nobody_attended_passes_to_its_head_once():
    late = on("escalated", 5, agencies=["c"])
    with pytest.raises(Refusal, match="no tiene una opinión"):
        lived(on("routed"), late)
    given = on("opinion_given", 1, agency="a", opinion="favourable")
    assert lived(on("routed"), given, late).reviews[2].escalated == late.on
    with pytest.raises(Refusal, match="no tiene una opinión"):
        lived(on("routed"), given, late, late)
    term = on("escalated", 10, agencies=[], term=True)
    assert lived(on("routed"), term, tacit="none").escalated == term.on
    with pytest.raises(Refusal, match="silencio resuelve"):
        lived(on("routed"), term)


def test_a_visit_before_the_decision_that_nobody_made_passes_to_its_head_once():
    told = {"reviews": (), "inspection": True}
    late = on("escalated", 5, agencies=["v"], inspection=True, until=on("routed", 4).on)
    case = lived(on("routed"), late, **told)
    assert (case.state, case.inspection_escalated, case.escalated) == (State.INSPECTION, late.on, None)
    for wrong, said in (
        ((on("routed"), late, late), "No hay una visita"),
        ((on("routed"), replace(late, on=late.facts["until"])), "todavía no vence"),
        ((on("routed"), on("inspected", 1), late), "No hay una visita"),
    ):
        with pytest.raises(Refusal, match=said):
            lived(*wrong, **told)


@pytest.mark.parametrize(
    ("first", "then", "signed"), [(True, None, True), (False, True, True), (True, False, False)]
)
def test_the_rules_say_whether_a_person_signs_and_a_correction_asks_them_again(first, then, signed):
    asked = on("correction_asked", 2, fields=["area"], until=UNTIL)
    more = {} if then is None else {"rules": {"needs_signature": then}}
    case = lived(on("routed"), asked, on("corrected", 3, **more), rules={"needs_signature": first})
    assert case.needs_signature is signed


def test_two_officials_cannot_decide():
    with pytest.raises(Refusal, match="Resuelta"):
        lived(on("decided", outcome="granted"), on("decided", outcome="denied"), reviews=())


def test_nothing_is_issued_unpaid_and_nothing_paid_twice():
    decided = on("decided", outcome="granted")
    with pytest.raises(Refusal, match="pago"):
        lived(decided, on("issued", document="F"), reviews=(), fee=Decimal(5))
    pay = on("paid", payment="p", amount=Decimal(5))
    assert lived(decided, pay, on("issued", document="F"), reviews=(), fee=Decimal(5)).state is State.ISSUED
    with pytest.raises(Refusal, match="ya está pagada"):
        lived(decided, pay, pay, reviews=(), fee=Decimal(5))
    with pytest.raises(Refusal, match="monto"):
        lived(decided, on("paid", payment="p", amount=Decimal(4)), reviews=(), fee=Decimal(5))


@pytest.mark.parametrize("moment", ["before_submission", "before_review"])
def test_what_is_paid_first_begins_with_its_payment(moment):
    first = {"fee": Decimal(5), "pays_first": moment, "pay_by": date(2026, 6, 8)}
    assert (lived(**first).state, lived(**first).clock) == (State.AWAITING_PAYMENT, None)
    with pytest.raises(Refusal, match="Falta su pago"):
        lived(on("routed"), **first)
    with pytest.raises(Refusal, match="a tiempo de pagar"):
        lived(on("lapsed", 5), **first)
    assert lived(on("lapsed", 6), **first).state is State.LAPSED
    pay = on("paid", 4, payment="p", amount=Decimal(5))
    begun = lived(pay, on("routed", 4), **first)
    assert (begun.state, begun.clock.started) == (State.IN_REVIEW, pay.on)
    with pytest.raises(Refusal, match="En revisión"):
        lived(pay, on("routed", 4), on("lapsed", 9), **first)


def test_a_visit_after_the_paper_is_made_once_and_changes_nothing_by_itself():
    paper = [on("decided", outcome="granted"), on("issued", document="F")]
    visited = on("visited", 2, agency="v", result="unfavourable")
    told = {"reviews": (), "visit": {"agency": "v", "days": 3}}
    with pytest.raises(Refusal, match="no espera una visita"):
        lived(on("decided", outcome="denied"), paper[1], visited, **told)
    case = lived(*paper, visited, **told)
    assert (case.state, case.document, case.visit.adverse) == (State.ISSUED, "F", True)
    assert not lived(*paper, visited, on("upheld", 3), **told).visit.adverse
    assert lived(*paper, visited, on("annulled", 3), **told).state is State.ANNULLED
    with pytest.raises(Refusal, match="no espera una visita"):
        lived(*paper, visited, visited, **told)
    late = on("escalated", 4, agencies=["v"], visit=True)
    assert lived(*paper, late, **told).visit.escalated
    undecided = on("escalated", 30, agencies=["a"], visit=True)
    with pytest.raises(Refusal, match="todavía no vence"):
        lived(*paper, visited, late, **told)
    assert lived(*paper, visited, undecided, **told).visit.escalated == undecided.on
    with pytest.raises(Refusal, match="No hay una visita pendiente"):
        lived(*paper, visited, undecided, undecided, **told)
    with pytest.raises(Refusal, match="No hay una visita pendiente"):
        lived(*paper, visited, on("upheld", 3), undecided, **told)


def test_unfavourable_opinions_cannot_be_granted():
    opinions = [on("opinion_given", 1, agency=name, opinion="unfavourable") for name in "abc"]
    with pytest.raises(Refusal, match="favorables"):
        lived(on("routed"), *opinions, on("decided", 1, outcome="granted"))


@pytest.mark.parametrize(
    ("join", "result"), [("all", "open"), ("majority", "open"), ("any_denies", "unfavourable")]
)
def test_opinions_are_joined_by_rule(join, result):
    case = lived(on("routed"), on("opinion_given", 1, agency="a", opinion="unfavourable"), join=join)
    assert flow.joined(case) == result


CHOICES = {
    "submitted": {"definition": ["v1", "v2"], "term": [0, 1, 9, 60], "tacit": ["approval", "denial", "none"], "join": ["all", "majority", "any_denies"],
                  "fee": [Decimal(0), Decimal(5)], "reviews": [(), REVIEWS, REVIEWS[:2]], "inspection": [True, False], "pays_first": ["", "", "before_submission", "before_review"], "pay_by": [date(2026, 6, 8)], "visit": [None, {"agency": "v", "days": 3}], "waits": [False, False, True],
                  "rules": [{}, {"needs_signature": True}]},
    "opinion_given": {"agency": ["a", "b", "c", "d"], "opinion": ["favourable", "unfavourable"], "silence": [True, False]},
    "correction_asked": {"fields": [["x"]], "until": [MONDAY + timedelta(days=9), MONDAY + timedelta(days=30)]},
    "corrected": {"reviews": [(), (Pending("d", 2, "favourable", ("a",)), Pending("a", 9, "escalate"))], "fee": [Decimal(0), Decimal(5)],
                  "inspection": [True, False], "settles": [True, False, False]},
    "paid": {"payment": ["p1", "p2"], "amount": [Decimal(0), Decimal(5), Decimal(9)]},
    "decided": {"outcome": ["granted", "denied", "conditional", "review"], "fee": [Decimal(0), Decimal(5), Decimal(-1)]},
    "issued": {"document": ["F-1"]},
    "escalated": {"agencies": [["a"], ["b"], ["c"]], "inspection": [True, False, False], "until": [MONDAY, MONDAY + timedelta(days=9)], "term": [True, False], "visit": [True, False, False], "appeal": [True, False, False]},
    "payment_disputed": {"payment": ["p1"]}, "payment_restored": {"payment": ["p1"]},
    "visited": {"agency": ["v", "v", "a"], "result": ["favourable", "unfavourable"]},
    "appeal_resolved": {"annul": [True, False]},
}  # fmt: skip
STEPS = 32


def lived_by_chance(chance, taken, check=lambda *_: None):
    """A case of up to STEPS events, on the same day or later, and what was accepted of them.

    Half of them are what its state allows and was taken least so far (`taken` counts them), some are what it does not allow.
    """
    case, day, accepted = Case(), MONDAY, []
    for _ in range(chance.randrange(2, STEPS)):
        allowed = [kind for kind, table in TRANSITIONS.items() if case.state in table]
        rarest = (
            min(allowed, key=lambda kind: taken[kind, case.state], default="")
            if chance.random() < 0.5
            else ""
        )
        kind = rarest or chance.choice(allowed if allowed and chance.random() < 0.8 else list(TRANSITIONS))
        day += timedelta(days=chance.choice([0, 0, 0, 1, 5, 16, 40]))
        event = Event(
            kind, day, {name: chance.choice(values) for name, values in CHOICES.get(kind, {}).items()}
        )
        try:
            found = apply(case, event, CALENDAR)
        except Refusal:
            continue
        check(case, found, event)
        taken[kind, case.state] += 1
        taken[kind, case.state, found.state] += 1
        case = found
        accepted.append(event)
    return case, accepted


UNPAID = {State.AWAITING_PAYMENT, State.WITHDRAWN, State.LAPSED}


def keeps_promises(before, after, event):
    assert after.state in TRANSITIONS[event.kind][before.state]
    assert not before.outcome or after.outcome == before.outcome
    assert not before.definition or after.definition == before.definition
    assert not before.paid or (after.paid, after.fee) == (before.paid, before.fee)
    assert after.fee >= 0
    assert after.corrections <= 1
    told = {one.agency: one.opinion for one in after.reviews}
    assert len(told) == len(after.reviews)
    assert all(told[one.agency] == one.opinion for one in before.reviews if one.opinion)
    assert not before.inspected or (after.inspected and after.state is not State.INSPECTION)
    assert bool(after.outcome) == bool(after.told_on)
    assert after.clock is None or deadlines.elapsed(CALENDAR, after.clock, event.on) >= 0
    assert after.state is not State.ISSUED or after.outcome == "denied" or not after.owes
    assert after.state is not State.AWAITING_PAYMENT or not (
        after.clock or any(one.clock for one in after.reviews)
    )
    assert after.paid or not after.pays_first or after.state in UNPAID
    assert not before.escalated or after.escalated == before.escalated
    assert not before.inspection_escalated or after.inspection_escalated == before.inspection_escalated
    assert not (before.visit and before.visit.result) or after.visit.result == before.visit.result
    assert event.kind != "visited" or (after.state, after.document) == (before.state, before.document)
    assert not before.destroyed or (after.destroyed and event.kind != "appealed")
    assert after.events == before.events + 1


@settings(max_examples=100)
@given(st.randoms(use_true_random=False))
def test_ten_thousand_random_lives_break_no_promise(chance):
    """A hundred examples of a hundred lives; hypothesis draws the seeds."""
    seeded, taken = Random(chance.getrandbits(64)), Counter()
    for _ in range(100):
        case, accepted = lived_by_chance(seeded, taken, keeps_promises)
        # What was accepted is read back without a calendar, whatever year it is.
        assert flow.replay(accepted) == case


def test_such_lives_take_every_step_of_the_map():
    """Otherwise ten thousand of them would promise nothing of the steps that none takes."""
    every = {
        (kind, one, to) for kind, table in TRANSITIONS.items() for one, many in table.items() for to in many
    }
    taken, seeded = Counter(), Random(7)
    for _ in range(60_000):
        lived_by_chance(seeded, taken)
        if every <= set(taken):
            return
    assert every - set(taken) == set()


def test_every_state_can_be_reached_and_left_or_is_an_end():
    targets = {target for table in TRANSITIONS.values() for many in table.values() for target in many}
    assert {*targets, State.DRAFT} == set(State)
    assert set(flow.LABELS) == set(State)


def test_an_event_before_the_last_is_refused():
    case = replace(lived(on("routed", 2)))
    with pytest.raises(Refusal, match="anterior"):
        apply(case, on("withdrawn", 1), CALENDAR)
