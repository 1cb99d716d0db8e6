"""The states of a case and which event leads from which to which: the only place that says so.

Drawn into docs/reference/states.md.
"""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    AWAITING_PAYMENT = "awaiting_payment"
    WAITING_LIST = "waiting_list"
    SUBMITTED = "submitted"
    CORRECTION_REQUESTED = "correction_requested"
    IN_REVIEW = "in_review"
    INSPECTION = "inspection"
    TO_SIGN = "to_sign"
    DECIDED = "decided"
    ISSUED = "issued"
    APPEALED = "appealed"
    ANNULLED = "annulled"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


S = State
ONCE_PAID = (S.SUBMITTED, S.IN_REVIEW, S.CORRECTION_REQUESTED, S.INSPECTION, S.TO_SIGN, S.DECIDED, S.ISSUED, S.APPEALED, S.ANNULLED, S.WITHDRAWN, S.LAPSED)  # fmt: skip
"""Where a case may stand when its bank takes the money back, or returns it."""
# Event → states in which it may happen → states to which it may lead. The only place that says so.
TRANSITIONS: Mapping[str, Mapping[State, tuple[State, ...]]] = {
    "submitted": {S.DRAFT: (S.SUBMITTED, S.AWAITING_PAYMENT, S.WAITING_LIST)},
    "place_given": {S.WAITING_LIST: (S.SUBMITTED,)},
    "routed": {S.SUBMITTED: (S.IN_REVIEW, S.INSPECTION, S.TO_SIGN)},
    "opinion_given": {S.IN_REVIEW: (S.IN_REVIEW, S.INSPECTION, S.TO_SIGN)},
    "inspected": {S.INSPECTION: (S.TO_SIGN,)},
    "correction_asked": {S.IN_REVIEW: (S.CORRECTION_REQUESTED,), S.INSPECTION: (S.CORRECTION_REQUESTED,), S.TO_SIGN: (S.CORRECTION_REQUESTED,)},
    "corrected": {S.CORRECTION_REQUESTED: (S.IN_REVIEW, S.INSPECTION, S.TO_SIGN)},
    "paid": {
        S.AWAITING_PAYMENT: (S.SUBMITTED,),
        **{state: (state,) for state in (S.SUBMITTED, S.IN_REVIEW, S.INSPECTION, S.TO_SIGN, S.DECIDED)},
    },
    "payment_disputed": {state: (state,) for state in ONCE_PAID},
    "payment_restored": {state: (state,) for state in ONCE_PAID},
    "decided": {S.SUBMITTED: (S.DECIDED,), S.TO_SIGN: (S.DECIDED,)},
    "term_passed": dict.fromkeys((S.SUBMITTED, S.IN_REVIEW, S.INSPECTION, S.TO_SIGN), (S.DECIDED,)),
    "escalated": {state: (state,) for state in (S.SUBMITTED, S.IN_REVIEW, S.INSPECTION, S.TO_SIGN, S.ISSUED, S.APPEALED)},
    "issued": {S.DECIDED: (S.ISSUED,)},
    "appealed": {S.DECIDED: (S.APPEALED,), S.ISSUED: (S.APPEALED,)},
    "appeal_resolved": {S.APPEALED: (S.DECIDED, S.ISSUED, S.ANNULLED)},
    "visited": {S.ISSUED: (S.ISSUED,), S.APPEALED: (S.APPEALED,)},
    "upheld": {S.ISSUED: (S.ISSUED,)},
    "data_destroyed": {state: (state,) for state in (S.ISSUED, S.ANNULLED, S.WITHDRAWN, S.LAPSED)},
    "annulled": {S.ISSUED: (S.ANNULLED,)},
    "withdrawn": dict.fromkeys((S.DRAFT, S.AWAITING_PAYMENT, S.WAITING_LIST, S.SUBMITTED, S.CORRECTION_REQUESTED, S.IN_REVIEW, S.INSPECTION, S.TO_SIGN), (S.WITHDRAWN,)),
    "lapsed": dict.fromkeys((S.DRAFT, S.AWAITING_PAYMENT, S.WAITING_LIST, S.CORRECTION_REQUESTED, S.DECIDED), (S.LAPSED,)),
}  # fmt: skip
LABELS: Mapping[State, str] = {
    S.DRAFT: "Borrador",
    S.AWAITING_PAYMENT: "Falta su pago para empezar",
    S.WAITING_LIST: "En lista de espera",
    S.SUBMITTED: "Recibida",
    S.CORRECTION_REQUESTED: "Espera que usted complete un dato",
    S.IN_REVIEW: "En revisión",
    S.INSPECTION: "Con visita pendiente",
    S.TO_SIGN: "Por firmar",
    S.DECIDED: "Resuelta",
    S.ISSUED: "Entregada",
    S.APPEALED: "Con recurso",
    S.ANNULLED: "Anulada",
    S.WITHDRAWN: "Retirada por usted",
    S.LAPSED: "Vencida",
}
