"""What a rule can decide is decided the moment it is sent, once, and its paper is in hand."""

import json

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alcaldia.documents import queries as documents
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.models import Entry
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import engine, opened, papers
from alcaldia.procedures.actions import drafts, submission
from alcaldia.procedures.models import Case, Draft
from alcaldia.procedures.queries import cases
from tests.procedures.conftest import begun, sent, submitted

pytestmark = pytest.mark.django_db(transaction=True)
STREET = {"que": "comida", "m2": "3", "dias": "10", "lugar": "Calle Morelos 10"}


@pytest.fixture
def streets(town):
    from alcaldia.procedures import registers

    registers.keep(town, "street_zones", [("general", {"zona": "permitida", "libres": 5})])
    return town


def test_an_automatic_ruling_is_issued_and_its_pdf_verifies(town):
    case, _ = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    assert (case.state, case.outcome) == ("issued", "granted")
    assert documents.verify(papers.pdf(case)).valid


def test_sending_twice_is_sending_once(town):
    draft = begun(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    told = {"public_id": draft.draft.public_id, "code": draft.code, "by": "citizen", "channel": "test"}
    assert submitted(**told).folio == submitted(**told).folio
    assert Case.objects.count() == 1


def test_what_is_not_complete_is_not_sent(town):
    draft = begun(town, "dictamen-uso-de-suelo", predio="L1")
    with pytest.raises(Refusal, match="Falta completar"):
        submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test")
    assert not Case.objects.exists()


def test_a_missing_datum_goes_to_a_person_never_to_a_yes(town):
    case, _ = sent(town, "ocupacion-via-publica", **STREET)
    assert (case.state, case.outcome, case.document) == ("in_review", "", "")


def test_a_case_that_moves_twice_at_once_is_written_once(streets):
    draft = begun(streets, "ocupacion-via-publica", **STREET)
    with CaptureQueriesContext(connection) as asked:
        case = submission.submit(draft, by="citizen", channel="test")
    written = [
        one["sql"] for one in asked.captured_queries if one["sql"].startswith('UPDATE "procedures_case"')
    ]
    case.refresh_from_db()
    assert (len(written), case.state, bool(case.order)) == (1, "decided", True)


def test_whoever_holds_a_case_that_is_moving_reads_where_it_is(town):
    case, _ = sent(town, "ocupacion-via-publica", **STREET)
    with transaction.atomic(), engine.moving():
        held = engine.hold(case.folio)
        engine.append(held, "withdrawn", {}, by="citizen", channel="test")
        assert engine.hold(case.folio).row.state == "withdrawn"


def test_what_does_not_happen_is_not_written(town):
    case, _ = sent(town, "ocupacion-via-publica", **STREET)
    with pytest.raises(Refusal, match="alto"):
        _stopped(case.folio)
    case.refresh_from_db()
    assert case.state == "in_review"


def _stopped(folio):
    with transaction.atomic(), engine.moving():
        engine.append(engine.hold(folio), "withdrawn", {}, by="citizen", channel="test")
        raise Refusal("stop", "alto")


def test_what_costs_waits_for_its_payment(streets):
    case, _ = sent(streets, "ocupacion-via-publica", **STREET)
    order = PaymentOrder.objects.get(folio=case.order)
    assert case.state == "decided"
    assert not case.document
    assert order.total == case.fee > 0
    assert cases.status(case.folio).todo == "pay"


def test_each_event_is_an_act_and_the_columns_are_what_the_events_add_up_to(town):
    case, _ = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    kinds = list(Entry.objects.filter(folio=case.folio).order_by("index").values_list("type", flat=True))
    assert kinds == [f"procedures.case_{kind}" for kind in ("submitted", "decided", "issued")]
    assert engine.state_of(case).state.value == case.state


def test_a_code_opens_its_draft_and_no_other(town):
    draft = begun(town, "correccion-acta", acta="12", dice="Ramon", debe="Ramón")
    other = drafts.begin(town=town, procedure="correccion-acta", channel="test")
    assert (
        opened.by_code(draft.draft.public_id, draft.code.lower().replace("-", " ")).answers["dice"] == "Ramon"
    )
    with pytest.raises(Refusal):
        opened.by_code(draft.draft.public_id, other.code)


def test_nothing_personal_of_a_draft_lies_in_the_open(town):
    draft = begun(town, "correccion-acta", acta="12", dice="Hermenegilda Piedraluna", debe="Hermenegildo")
    row = Draft.objects.get(pk=draft.draft.pk)
    assert "Piedraluna" not in json.dumps(row.answers)
    assert b"Piedraluna" not in bytes(row.sealed)


def test_a_draft_of_another_definition_asks_again_what_changed(town, settings, tmp_path):
    draft = begun(town, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")
    text = (definition := _own(settings, town)).read_text(encoding="utf-8")
    definition.write_text(text.replace("{value: bache,", "{value: hoyo,"), encoding="utf-8")
    again = opened.by_code(draft.draft.public_id, draft.code)
    assert again.changed == ("que",)
    kept = drafts.answer(public_id=draft.draft.public_id, code=draft.code, answers={"lugar": "Hidalgo 4"})
    assert "que" not in kept.draft.answers


def _own(settings, town):
    """A copy of a definition in the municipality's own folder, taken away with the test's home."""
    from alcaldia.procedures import definitions

    source = definitions.paths()["reporte-ciudadano"]
    folder = definitions.home_of(town.slug)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / source.name
    target.write_bytes(source.read_bytes())
    return target


@pytest.fixture(autouse=True)
def _no_own_definitions(settings):
    yield
    from alcaldia.procedures import definitions

    for path in definitions.home_of("pueblo").glob("*.yaml"):
        path.unlink()


def test_a_sent_case_keeps_the_definition_it_was_sent_under(town, settings):
    case, _ = sent(town, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")
    path = _own(settings, town)
    path.write_text(path.read_text(encoding="utf-8").replace("Reportar", "Señalar"), encoding="utf-8")
    assert cases.status(case.folio).program.version == case.definition.version
