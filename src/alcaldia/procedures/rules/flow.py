"""The life of a case: a pure `apply(case, event)` over the mapping of states.py.

Promises, which hypothesis attacks with random sequences: a case is decided once; the definition it was
submitted under never changes; it is paid at most once; a correction is asked once; its clock is never
negative. What may follow what is in states.py.

A term is judged once, on the day of the event, by the calendar of that day. What has happened stands: to read a case
back no calendar is asked, so neither the years that pass nor a day of rest that is added later can change it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from alcaldia.kernel.text import sentence
from alcaldia.procedures.rules import deadlines
from alcaldia.procedures.rules.deadlines import Calendar, Clock
from alcaldia.procedures.rules.lateness import check_passed, escalated, passed, refused
from alcaldia.procedures.rules.life import Case, Event, Pending, Visit
from alcaldia.procedures.rules.states import LABELS, TRANSITIONS, State

__all__ = [
    "FAVOURABLE", "LABELS", "TRANSITIONS", "Case", "Event", "Pending", "State", "Visit", "apply", "joined", "replay",
]  # fmt: skip
S = State
FAVOURABLE = ("granted", "conditional")
SILENCES = {"favourable": "favorable", "unfavourable": "desfavorable"}


def apply(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """The case after the event; raises Refusal with what is wrong and leaves the case as it was.

    Without a calendar the event is one that was accepted on its day: its terms are not judged again.
    """
    allowed = TRANSITIONS.get(event.kind, {})
    if case.state not in allowed:
        raise refused(
            sentence("Esto ya no se puede hacer: la solicitud está «%(state)s».", state=LABELS[case.state])
        )
    if case.last_on and event.on < case.last_on:
        raise refused(
            "La fecha es anterior a lo último que pasó con la solicitud. Revise el reloj del servidor."
        )
    found: Case = _HANDLERS[event.kind](case, event, calendar)
    if found.state not in allowed[case.state]:
        raise refused("Ese paso no está en la ruta del trámite. Mire en la página de la solicitud qué sigue.")
    return replace(found, events=case.events + 1, last_on=event.on)


def replay(events: tuple[Event, ...] | list[Event]) -> Case:
    """The case that these accepted events make, from the first."""
    case = Case()
    for event in events:
        case = apply(case, event, None)
    return case


def _submitted(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: definition, term, tacit, join, fee, reviews (Pending), inspection, pays_first with pay_by, visit (agency, days), rules,
    waits (for a place: in line, without clock, order or turn).

    What is paid first stands still until then: no clock runs and nobody's turn has come.
    """
    facts = event.facts
    if facts.get("waits"):
        plain = {
            name: value for name, value in facts.items() if name not in ("waits", "pays_first", "pay_by")
        }
        asked = _submitted(case, replace(event, facts=plain), calendar)
        return replace(asked, state=S.WAITING_LIST, waited=True, clock=None)
    term, fee = int(facts.get("term", 0)), facts.get("fee", case.fee)
    waits = bool(facts.get("pays_first")) and fee > 0
    return replace(
        case,
        state=S.AWAITING_PAYMENT if waits else S.SUBMITTED,
        definition=facts["definition"],
        tacit=facts.get("tacit", "none"),
        join=facts.get("join", "all"),
        fee=fee,
        pays_first=facts["pays_first"] if waits else "",
        pay_by=facts["pay_by"] if waits else None,
        term=term,
        visit=Visit(**facts["visit"]) if facts.get("visit") else None,
        reviews=tuple(facts.get("reviews", ())),
        needs_inspection=bool(facts.get("inspection", False)),
        needs_signature=_signed_by_a_person(facts, otherwise=False),
        clock=Clock(event.on, term) if term and not waits else None,
    )


def _signed_by_a_person(facts: Mapping[str, Any], *, otherwise: bool) -> bool:
    """Whether the rules, as they were told at that moment, want the key of a person under the resolution."""
    told = facts.get("rules")
    return bool(told.get("needs_signature")) if told else otherwise


def _place_given(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Its turn came: from here on it is a request like any other, of this day."""
    return replace(case, state=S.SUBMITTED, clock=Clock(event.on, case.term) if case.term else None)


def _routed(case: Case, event: Event, calendar: Calendar | None) -> Case:
    return _next(case, event.on)


def _next(case: Case, on: date) -> Case:
    """Open the turns that can begin; past the last opinion come the visit and the signature."""
    done = {one.agency for one in case.reviews if one.opinion}
    reviews = tuple(
        replace(one, clock=Clock(on, one.days))
        if not one.clock and not one.opinion and done >= set(one.after)
        else one
        for one in case.reviews
    )
    if any(not one.opinion for one in reviews) and not _settled(case.join, reviews):
        return replace(case, reviews=reviews, state=S.IN_REVIEW)
    return replace(
        case,
        reviews=reviews,
        state=S.INSPECTION if case.needs_inspection and not case.inspected else S.TO_SIGN,
    )


def _settled(join: str, reviews: tuple[Pending, ...]) -> bool:
    """With `any_denies` one refusal is enough; with `majority`, more than half either way."""
    for_, against = (sum(one.opinion == word for one in reviews) for word in ("favourable", "unfavourable"))
    if join == "any_denies":
        return against > 0
    return join == "majority" and max(for_, against) * 2 > len(reviews)


def joined(case: Case) -> Literal["favourable", "unfavourable", "open"]:
    """What the opinions say together."""
    for_, against = (
        sum(one.opinion == word for one in case.reviews) for word in ("favourable", "unfavourable")
    )
    if for_ + against < len(case.reviews) and not _settled(case.join, case.reviews):
        return "open"
    if case.join == "majority":
        return "favourable" if for_ > against else "unfavourable"
    return "unfavourable" if against else "favourable"


def _opinion(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: agency, opinion, silence (True when its term passed)."""
    agency, silent = event.facts["agency"], bool(event.facts.get("silence", False))
    turn = next((one for one in case.reviews if one.agency == agency), None)
    if turn is None or turn.clock is None or turn.opinion:
        raise refused(
            "Esta dependencia no tiene una opinión pendiente en la solicitud. Mire en su página a quién le toca."
        )
    opinion = event.facts.get("opinion", "")
    late = passed(calendar, turn.clock, event.on, then=silent)
    if not silent and late and turn.silence != "escalate":
        raise refused(
            f"El plazo de esta dependencia venció; su silencio cuenta como opinión {SILENCES[turn.silence]}. Ya no puede cambiarse."
        )
    if silent:
        if turn.silence == "escalate" or not late:
            raise refused("El silencio de esta dependencia no resuelve por ella. Avise a su titular.")
        opinion = turn.silence
    if opinion not in ("favourable", "unfavourable"):
        raise refused("La opinión es favorable o desfavorable.")
    given = replace(turn, opinion=opinion, by_silence=silent)
    reviews = tuple(given if one is turn else one for one in case.reviews)
    return _next(replace(case, reviews=reviews), event.on)


def _inspected(case: Case, event: Event, calendar: Calendar | None) -> Case:
    return replace(case, state=S.TO_SIGN, inspected=True)


def _correction_asked(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: fields, until (the last day to comply), within (working days to ask; without it the first third)."""
    if case.corrections:
        raise refused("Ya se pidió completar esta solicitud una vez; la ley no permite pedirlo de nuevo.")
    within = event.facts.get("within")
    if case.clock is None or (
        calendar and not deadlines.may_ask_correction(calendar, case.clock, event.on, within)
    ):
        raise refused(deadlines.TOO_LATE_TO_ASK if within is None else deadlines.DAYS_TO_ASK_PASSED)
    if not event.facts.get("fields"):
        raise refused("Señale qué datos debe completar la persona.")
    reviews = tuple(
        replace(one, clock=deadlines.stop(one.clock, event.on)) if one.clock and not one.opinion else one
        for one in case.reviews
    )
    return replace(
        case, state=S.CORRECTION_REQUESTED, corrections=1, correction_due=event.facts["until"],
        reviews=reviews, clock=deadlines.stop(case.clock, event.on),
    )  # fmt: skip


def _corrected(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: reviews (Pending) that are needed now and were not, fee, inspection, visit; settles, where a rule says no.

    Opinions given stand and turns that were open go on.
    """
    if case.clock is None or case.correction_due is None or event.on > case.correction_due:
        raise refused(
            "Ya pasó el plazo para completar la solicitud. Presente una nueva; sus datos se conservan."
        )
    reviews = tuple(
        replace(one, clock=deadlines.resume(one.clock, event.on)) if one.clock and one.clock.stopped else one
        for one in case.reviews
    )
    facts, had = event.facts, {one.agency for one in reviews}
    added = tuple(one for one in facts.get("reviews", ()) if one.agency not in had)
    after = replace(
        case, correction_due=None, reviews=(*reviews, *added), clock=deadlines.resume(case.clock, event.on),
        fee=case.fee if case.paid else facts.get("fee", case.fee),
        needs_inspection=case.needs_inspection or bool(facts.get("inspection", False)),
        needs_signature=_signed_by_a_person(facts, otherwise=case.needs_signature),
        visit=Visit(**facts["visit"]) if facts.get("visit") else case.visit,
    )  # fmt: skip
    return replace(after, state=S.TO_SIGN) if facts.get("settles") else _next(after, event.on)


def _paid(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: payment, amount. Another amount or a second payment goes to reconciliation, not here."""
    if case.paid:
        raise refused("Esta solicitud ya está pagada. El otro pago pasa a conciliación para devolverlo.")
    amount = Decimal(event.facts["amount"])
    if amount != case.fee:
        raise refused("El monto no es el de esta solicitud. El pago pasa a conciliación.")
    paid = replace(case, paid=str(event.facts["payment"]), fee=amount)
    if case.state is not S.AWAITING_PAYMENT:
        return paid
    return replace(paid, state=S.SUBMITTED, clock=Clock(event.on, case.term) if case.term else None)


def _disputed(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: payment, agencies. The case stays where it is: a person decides what follows."""
    if not case.paid or case.disputed:
        raise refused("Esta solicitud no tiene un pago que el banco pueda retirar.")
    return replace(case, disputed=True)


def _restored(case: Case, event: Event, calendar: Calendar | None) -> Case:
    if not case.disputed:
        raise refused("El banco no había retirado el pago de esta solicitud.")
    return replace(case, disputed=False)


def _decided(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: outcome; fee, where the rules could not compute it. At once only where nobody has to look."""
    if case.outcome:
        raise refused("Esta solicitud ya está resuelta. Lo resuelto sólo cambia por recurso o por anulación.")
    if case.state is S.SUBMITTED and (case.reviews or case.needs_inspection):
        raise refused("Antes deben opinar las dependencias.")
    outcome = event.facts["outcome"]
    if outcome not in ("granted", "conditional", "denied"):
        raise refused("Resuelva: procede, procede con condiciones o no procede.")
    if outcome in FAVOURABLE and case.reviews and joined(case) != "favourable":
        raise refused("Las opiniones no son favorables: sólo se puede negar, con sus motivos.")
    fee = event.facts.get("fee", case.fee)
    if fee < 0 or (fee != case.fee and case.paid):
        raise refused("Esta solicitud ya está pagada: su costo ya no cambia.")
    return replace(case, state=S.DECIDED, outcome=outcome, fee=fee, told_on=event.on)


def _term_passed(case: Case, event: Event, calendar: Calendar | None) -> Case:
    if case.tacit == "none" or case.outcome:
        raise refused("En este trámite el silencio no resuelve. Avise a quien encabeza la dependencia.")
    check_passed(calendar, case.clock, event.on)
    outcome = "granted" if case.tacit == "approval" else "denied"
    return replace(case, state=S.DECIDED, outcome=outcome, by_silence=True, told_on=event.on)


def _issued(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: document (folio), valid_until (its last day, where it has one)."""
    if case.owes and case.outcome in FAVOURABLE:
        raise refused("Falta el pago. En cuanto se confirme, el documento se entrega solo.")
    visit = case.visit
    if visit is not None and case.outcome in FAVOURABLE:
        visit = replace(visit, clock=Clock(event.on, visit.days))
    facts = event.facts
    return replace(
        case, state=S.ISSUED, document=str(facts["document"]), valid_until=facts.get("valid_until"), visit=visit,
        told_on=event.on,
    )  # fmt: skip


FOLLOW_UP = 10
"""Working days in which a person decides what follows from a visit that went badly (LNETB art. 4)."""


def _visited(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: agency, result. Nothing happens to the paper: a person decides."""
    visit = case.visit
    if visit is None or visit.clock is None or visit.result or event.facts["agency"] != visit.agency:
        raise refused("Esta solicitud no espera una visita de su dependencia.")
    result = event.facts["result"]
    clock = Clock(event.on, FOLLOW_UP) if result == "unfavourable" else None
    return replace(case, visit=replace(visit, result=result, follow_up=clock, escalated=None))


def _upheld(case: Case, event: Event, calendar: Calendar | None) -> Case:
    if case.visit is None or not case.visit.adverse:
        raise refused("No hay una visita desfavorable por decidir.")
    return replace(case, visit=replace(case.visit, upheld=True))


def _data_destroyed(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: deleted, anonymised (names of data), files (how many), digests (of the sealed rows)."""
    if case.destroyed:
        raise refused("Los datos de esta solicitud ya se destruyeron.")
    return replace(case, destroyed=True)


APPEAL = 20
"""Working days in which an appeal should be answered before the head of the agency hears of it again: the law leaves three
months at most (LFPA art. 17), and who waits for a licence cannot.
"""


def _appealed(case: Case, event: Event, calendar: Calendar | None) -> Case:
    if case.destroyed:
        raise refused("Ya pasó el plazo para impugnar y los datos de la solicitud se destruyeron.")
    return replace(case, state=S.APPEALED, appeal=Clock(event.on, APPEAL), appeal_escalated=None)


def _appeal_resolved(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: annul. The decision itself stays; annulling it opens a new case."""
    if event.facts.get("annul"):
        return replace(case, state=S.ANNULLED)
    return replace(case, state=S.ISSUED if case.document else S.DECIDED)


def _moved(state: State) -> Any:
    return lambda case, event, calendar: replace(case, state=state)


def _lapsed(case: Case, event: Event, calendar: Calendar | None) -> Case:
    if case.correction_due is not None and event.on <= case.correction_due:
        raise refused("La persona todavía está a tiempo de completar su solicitud.")
    if case.pay_by is not None and event.on <= case.pay_by:
        raise refused("La persona todavía está a tiempo de pagar su solicitud.")
    if case.state is S.DECIDED and not (case.outcome in FAVOURABLE and case.owes):
        raise refused("Esta solicitud ya está resuelta y no debe nada.")
    return replace(case, state=S.LAPSED)


_HANDLERS: Mapping[str, Callable[[Case, Event, Calendar | None], Case]] = {
    "submitted": _submitted, "place_given": _place_given, "routed": _routed, "opinion_given": _opinion, "inspected": _inspected,
    "correction_asked": _correction_asked, "corrected": _corrected, "paid": _paid, "payment_disputed": _disputed,
    "payment_restored": _restored, "decided": _decided,
    "term_passed": _term_passed, "issued": _issued, "appealed": _appealed, "appeal_resolved": _appeal_resolved,
    "escalated": escalated, "visited": _visited, "upheld": _upheld, "data_destroyed": _data_destroyed,
    "annulled": _moved(S.ANNULLED), "withdrawn": _moved(S.WITHDRAWN), "lapsed": _lapsed,
}  # fmt: skip
