"""A case tells its person, once for each event, by the channels that its definition names."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import timezone

from alcaldia.agenda.models import Agenda, Appointment
from alcaldia.notices import postman
from alcaldia.notices.models import Message
from alcaldia.notices.ports import plugged
from alcaldia.notices.rules.templates import SAYINGS
from alcaldia.procedures import contacting, engine, registers, telling
from alcaldia.procedures.actions import clocks, reviewing
from alcaldia.procedures.models import Case, CaseEvent
from alcaldia.procedures.rules.definition import NOTICES
from tests.procedures.conftest import begun, submitted
from tests.procedures.officials import official

pytestmark = pytest.mark.django_db(transaction=True)
CONTACT = {"email": "ana@ejemplo.mx", "phone": "3781234567"}
EVENT = {"lugar": "Parque", "fecha": "15/06/2027", "personas": "400", "alcohol": "si", "ruido": "si",
         "cierra_calle": "si"}  # fmt: skip


@pytest.fixture(autouse=True)
def _public(monkeypatch):
    monkeypatch.setattr(plugged, "public_url", "https://pueblo.example")


def told(case):
    rows = Message.objects.filter(subject=f"case:{case.folio}").order_by("number", "channel")
    return [(row.template, row.channel) for row in rows]


def sent_with_contact(town, procedure, **answers):
    draft = begun(town, procedure, **answers)
    return submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test",
                             contact=postman.pack(CONTACT))  # fmt: skip


def test_what_is_decided_at_once_is_told_by_the_channels_of_the_definition(town):
    case = sent_with_contact(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    assert told(case) == [("received", "email"), ("decided", "email"), ("decided", "sms")]
    row = Message.objects.first()
    assert row.facts["link"] == f"https://pueblo.example/tramite/{case.folio}/"
    assert "ana@" not in str(row.facts)


def test_an_event_that_is_undone_tells_nobody(town):
    case = sent_with_contact(town, "permiso-evento", **EVENT)
    before = told(case)
    with transaction.atomic():
        assert telling.tell(case, "decided", 99, {}) == 2
        transaction.set_rollback(True)
    assert told(case) == before == [("received", "email")]


def asked_to_correct(town):
    case = sent_with_contact(town, "permiso-evento", **EVENT)
    who = official(town, "vialidad", "vialidad")
    reviewing.ask_correction(folio=case.folio, agency="vialidad", fields={"lugar": "Diga la calle."}, official=who,
                             channel="test")  # fmt: skip
    return Case.objects.get(pk=case.pk)


def test_a_correction_is_told_with_its_term_and_once_more_when_it_is_near(town):
    case = asked_to_correct(town)
    asked = Message.objects.filter(template="correction_asked").first()
    assert asked.facts["until"] == f"{case.due_on:%d/%m/%Y}"
    assert telling.remind(town, case.due_on - timedelta(days=20)) == 0
    assert telling.remind(town, case.due_on - timedelta(days=1)) == 2
    telling.remind(town, case.due_on)
    assert [one for one in told(case) if one[0] == "term_near"] == [
        ("term_near", "email"),
        ("term_near", "sms"),
    ]


def test_without_a_contact_nobody_is_told(town):
    draft = begun(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test")
    assert not Message.objects.exists()


def test_silence_and_payment_are_told_although_the_definition_does_not_name_them(town):
    case = sent_with_contact(town, "permiso-evento", **EVENT)
    assert telling.tell(case, "opinion_given", 98, {"agency": "vialidad", "silence": True}) == 1
    assert telling.tell(case, "paid", 99, {}) == 1
    assert told(case)[-2:] == [("silence", "email"), ("paid", "email")]


def test_an_agency_that_finished_its_review_is_told(town):
    case = sent_with_contact(town, "permiso-evento", **EVENT)
    who = official(town, "vialidad", "vialidad")
    reviewing.give_opinion(folio=case.folio, agency="vialidad", opinion="favourable", note="Bien.", official=who,
                           channel="test")  # fmt: skip
    assert told(case) == [("received", "email"), ("opinion", "email")]


def test_a_visit_is_announced_with_its_day(town, broker):
    registers.keep(town, "licences", [("LIC-1", {"vigente": True, "m2": 40})])
    case = sent_with_contact(town, "terminacion-obra", licencia="LIC-1", m2_final="40", fotos="sin-archivo")
    assert [one for one in told(case) if one[0] == "inspection"] == [
        ("inspection", "email"),
        ("inspection", "sms"),
    ]
    assert Message.objects.filter(template="inspection").first().facts["until"]


def test_a_paper_that_waited_for_its_payment_is_told(town):
    case = sent_with_contact(town, "permiso-evento", **EVENT)
    CaseEvent.objects.create(case=case, number=98, kind="paid", on=case.submitted_at, at=case.submitted_at)
    assert telling.tell(case, "issued", 99, {}) == 2
    assert telling.tell(case, "issued", 97, {}) == 0


def test_a_lapsed_request_is_told(town):
    case = asked_to_correct(town)
    clocks.run(town, case.due_on + timedelta(days=1))
    assert ("lapsed", "email") in told(case)


def test_an_appointment_is_remembered_the_day_before_and_once(town):
    case = sent_with_contact(town, "permiso-evento", **EVENT)
    at = timezone.now() + timedelta(days=3)
    agenda = Agenda.objects.create(municipality=town, key="a", name="A", office="a", minutes=20, capacity=1)
    Appointment.objects.create(agenda=agenda, folio="CIT-1", starts_at=at, minutes=20, seat=1, booked_at=at,
                               subject=f"case:{case.folio}")  # fmt: skip
    day = at.astimezone(ZoneInfo(town.timezone)).date() - timedelta(days=1)
    assert telling.remind_appointments(town, day - timedelta(days=1)) == 0
    assert telling.remind_appointments(town, day) == 2
    telling.remind_appointments(town, day)
    assert [one for one in told(case) if one[0] == "appointment_near"] == [
        ("appointment_near", "email"), ("appointment_near", "sms"),
    ]  # fmt: skip


def test_what_was_withdrawn_gives_its_appointment_back_and_nobody_is_reminded(town):
    case = sent_with_contact(town, "permiso-evento", **EVENT)
    at = timezone.now() + timedelta(days=3)
    agenda = Agenda.objects.create(municipality=town, key="a", name="A", office="a", minutes=20, capacity=2)
    for n, subject in enumerate((f"case:{case.folio}", "case:OTHER"), start=1):
        Appointment.objects.create(agenda=agenda, folio=f"CIT-{n}", starts_at=at, minutes=20, seat=n, booked_at=at,
                                   subject=subject)  # fmt: skip
    with transaction.atomic():
        engine.append(engine.hold(case.folio), "withdrawn", {}, by="citizen", channel="test")
    assert [*Appointment.objects.order_by("pk").values_list("state", flat=True)] == ["cancelled", "booked"]
    day = at.astimezone(ZoneInfo(town.timezone)).date() - timedelta(days=1)
    assert telling.remind_appointments(town, day) == 0


def test_every_notice_of_a_definition_has_its_words():
    assert set(NOTICES) == set(SAYINGS)


def test_where_to_write_follows_the_postmans_new_key(town):
    case = sent_with_contact(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    postman.renew()
    assert contacting.seal_anew() == 1
    postman.forget_old()
    boxes = postman.unpack(bytes(Case.objects.get(pk=case.pk).contact))
    assert {kind: postman.unseal(box) for kind, box in boxes.items()} == CONTACT
