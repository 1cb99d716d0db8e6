"""A licence is renewed by a licence: a favourable paper of a procedure that gives them, that stands and has not ended."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.procedures import definitions, events, registers
from alcaldia.procedures.models import Case, CaseEvent
from alcaldia.procedures.queries import cases
from tests.factories.town import town as another_town
from tests.procedures.conftest import begun, sent

pytestmark = pytest.mark.django_db(transaction=True)
CLEAN = {"infraccion": False, "adeudo": 0}
SHOP = {
    "predio": "L1", "giro": "461110", "area": "40", "aforo": "10", "rfc": "XAXX010101000", "declara_seguridad": "si",
}  # fmt: skip


def licence(
    town, folio="LIC-1", *, procedure="licencia-bajo-riesgo", outcome="granted", state="issued", days=30
):
    """A paper of that procedure that ends in so many days, None for never."""
    until = None if days is None else (timezone.localdate() + timedelta(days=days)).isoformat()
    case = Case.objects.create(
        municipality=town, folio=f"SOL-{folio}", procedure=procedure, agency="padron-y-licencias", channel="test",
        definition=definitions.pin(town, definitions.program_in(town.slug, procedure)), state=state, outcome=outcome,
        fee=800, document=folio, submitted_at=timezone.now(),
    )  # fmt: skip
    with transaction.atomic():
        record(Act(events.DOCUMENT_ISSUED, folio, {"valid_until": until}, town), by="test", channel="test")
    return case


def renewed(town, folio="LIC-1"):
    case, _ = sent(town, "refrendo-licencia", licencia=folio, sin_cambios="si")
    return case


def test_a_licence_in_force_without_offence_or_debt_is_renewed_at_once(town):
    licence(town)
    registers.keep(town, "licences", [("LIC-1", CLEAN)])
    case = renewed(town)
    assert (case.state, case.outcome, str(case.fee)) == ("decided", "granted", "832.00")


@pytest.mark.parametrize(
    "given",
    [
        {"outcome": "denied"},
        {"days": -1},
        {"state": "annulled"},
        {"state": "decided"},
        {"procedure": "permiso-evento"},
    ],
    ids=["denied", "expired", "annulled", "not issued", "another procedure"],
)
def test_nothing_else_is_a_licence(town, given):
    licence(town, **given)
    registers.keep(town, "licences", [("LIC-2", CLEAN)])
    assert renewed(town).outcome == "denied"


def test_the_paper_of_a_denial_is_no_licence(town, broker):
    registers.keep(town, "licences", [("LIC-0", CLEAN)])
    denied, _ = sent(town, "licencia-bajo-riesgo", **SHOP, vende_alcohol="si")
    assert (denied.state, denied.document[:3]) == ("issued", "NEG")
    assert renewed(town, denied.document).outcome == "denied"


def test_a_licence_of_another_municipality_is_none_here(town):
    other = another_town("otro")
    licence(other)
    registers.keep(other, "licences", [("LIC-1", CLEAN)])
    registers.keep(town, "licences", [("LIC-0", CLEAN)])
    assert renewed(town).outcome == "denied"


def test_what_nobody_wrote_down_is_unknown_and_a_person_looks(town):
    licence(town)
    case = renewed(town)
    assert (case.outcome, case.document) == ("", "")
    assert cases.status(case.folio).state.state.value == "in_review"


def test_a_licence_whose_decision_is_contested_is_looked_at_by_a_person(town):
    licence(town, state="appealed")
    registers.keep(town, "licences", [("LIC-1", CLEAN)])
    assert (renewed(town).outcome, Case.objects.filter(outcome="granted").count()) == ("", 1)


def test_a_visit_that_went_badly_stops_the_renewal(town):
    case = licence(town)
    registers.keep(town, "licences", [("LIC-1", CLEAN)])
    CaseEvent.objects.create(case=case, number=9, kind="visited", on=timezone.localdate(), at=timezone.now(),
                             facts={"result": "unfavourable"}, by="test", channel="test")  # fmt: skip
    assert renewed(town).state == "in_review"


@pytest.mark.parametrize(("told", "outcome"), [({"infraccion": True}, ""), ({"adeudo": 5}, "denied")])
def test_offences_and_debts_come_from_the_register(town, told, outcome):
    licence(town)
    registers.keep(town, "licences", [("LIC-1", {**CLEAN, **told})])
    assert renewed(town).outcome == outcome


def test_the_register_takes_a_paper_out_of_force(town):
    licence(town)
    registers.keep(town, "licences", [("LIC-1", {**CLEAN, "vigente": False})])
    assert renewed(town).outcome == "denied"


@pytest.mark.parametrize(("days", "outcome"), [(0, "granted"), (-1, "denied")])
def test_an_older_licence_of_the_register_ends_on_its_day(town, days, outcome):
    until = (timezone.localdate() + timedelta(days=days)).isoformat()
    registers.keep(
        town, "licences", [("VIEJA-1", {**CLEAN, "vigente": True, "cuota": "100", "vence": until})]
    )
    assert renewed(town, "VIEJA-1").outcome == outcome


@pytest.mark.parametrize(("days", "outcome"), [(-10, "granted"), (-11, "denied")])
def test_a_city_may_give_days_of_grace(town, days, outcome):
    town.settings = {**town.settings, "procedures": {"refrendo-licencia": {"dias_de_gracia": 10}}}
    town.save()
    licence(town, days=days)
    registers.keep(town, "licences", [("LIC-1", CLEAN)])
    assert renewed(town).outcome == outcome


def test_the_number_of_a_licence_that_nobody_knows_is_said_to_be_so(town):
    registers.keep(town, "licences", [("LIC-0", CLEAN)])
    draft = begun(town, "refrendo-licencia", licencia="LIC-9", sin_cambios="si")
    found = draft.evaluate(draft.consult())
    assert found.reasons == (
        "No hay una licencia de negocio que valga con ese número. Revíselo o pida una nueva.",
    )
