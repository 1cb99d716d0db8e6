"""What runs out is taken once: by who is granted first, until it ends; who comes too late waits in order and pays nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import definitions, registers, reserving
from alcaldia.procedures.actions import citizens, clocks, paying, reviewing, submission, waiting
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.models import Case, Draft, Place, Quota
from alcaldia.procedures.opened import Opened
from alcaldia.procedures.queries import cases
from tests.procedures.conftest import begun, later, sent, submitted
from tests.procedures.officials import SIGNED, official
from tests.procedures.test_paying import pay

pytestmark = pytest.mark.django_db(transaction=True)
COURSE = {"curso": "natacion", "nacimiento": "2000-01-01", "apoyo": "no"}
STAND = {"que": "comida", "m2": "3", "dias": "10", "lugar": "Calle Morelos 10"}
PARTY = {"lugar": "Parque Norte", "personas": "50", "alcohol": "no", "ruido": "no", "cierra_calle": "no"}


def day(days=30):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


@pytest.fixture
def one_seat(town, broker):
    registers.keep(town, "courses", [("natacion", {"lugares": 1})])
    return town


def unpaid(case):
    """Nobody pays the order of the case, and its time is over."""
    with transaction.atomic():
        paying.CasePayments().order_expired(PaymentOrder.objects.get(folio=case.order))


def test_who_comes_when_it_is_full_waits_in_order_and_pays_nothing(one_seat):
    first, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    second, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    third, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    assert [one.state for one in (first, second, third)] == ["decided", "waiting_list", "waiting_list"]
    assert (second.order, second.document, second.due_on) == ("", "", None)
    assert [reserving.line_of(one) for one in (first, second, third)] == [(0, 0), (1, 2), (2, 2)]


def test_a_place_that_nobody_pays_goes_to_who_waits_longest(one_seat):
    first, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    second, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    third, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    unpaid(first)
    assert clocks.run(one_seat).offered == 1
    states = [Case.objects.get(pk=one.pk).state for one in (first, second, third)]
    assert states == ["lapsed", "decided", "waiting_list"]
    assert PaymentOrder.objects.get(subject=f"case:{second.folio}").total == 1200
    assert cases.status(second.folio).todo == "pay"


def test_who_comes_now_does_not_pass_who_waits(one_seat):
    first, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    sent(one_seat, "inscripcion-cursos", **COURSE)
    unpaid(first)
    newcomer, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    assert newcomer.state == "waiting_list"


def test_what_is_paid_is_kept(one_seat):
    case, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    pay(case)
    assert Case.objects.get(pk=case.pk).state == "issued"
    assert (Quota.objects.get().taken, Place.objects.get().state) == (1, "held")


def test_a_city_that_adds_places_serves_the_list(one_seat):
    for _ in range(3):
        sent(one_seat, "inscripcion-cursos", **COURSE)
    registers.keep(one_seat, "courses", [("natacion", {"lugares": 2})])
    assert clocks.run(one_seat).offered == 1
    assert clocks.run(one_seat).offered == 0


def test_who_withdraws_leaves_the_line(one_seat):
    sent(one_seat, "inscripcion-cursos", **COURSE)
    second, code = sent(one_seat, "inscripcion-cursos", **COURSE)
    third, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    citizens.withdraw(folio=second.folio, bearer=Bearer(code), by="citizen", channel="test")
    assert reserving.line_of(third) == (1, 1)
    assert not Case.objects.get(pk=second.pk).turns.exclude(state="done").exists()


def test_an_official_sees_the_list_gives_a_place_and_closes_it(one_seat):
    for _ in range(3):
        last, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    culture = official(one_seat, "rosa", "cultura-y-deporte")
    registers.keep(one_seat, "courses", [("natacion", {"lugares": 2})])
    told = {"official": culture, "channel": "test"}
    assert waiting.offer_next(town=one_seat, agencies=["cultura-y-deporte"], **told) == 1
    assert waiting.close(folio=last.folio, reason="El curso ya empezó.", **told) == 1
    assert Case.objects.get(pk=last.pk).state == "lapsed"
    with pytest.raises(Refusal, match="ya no está"):
        waiting.close(folio=last.folio, reason="El curso ya empezó.", **told)


def test_nobody_else_closes_a_list(one_seat):
    for _ in range(2):
        last, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    other = official(one_seat, "leo", "tesoreria")
    with pytest.raises(Refusal):
        waiting.close(folio=last.folio, reason="No.", official=other, channel="test")


def test_an_event_takes_its_space_on_its_day_alone(town):
    first, _ = sent(town, "permiso-evento", **PARTY, fecha=day(30))
    same, _ = sent(town, "permiso-evento", **PARTY | {"lugar": "parque norte"}, fecha=day(30))
    other, _ = sent(town, "permiso-evento", **PARTY, fecha=day(31))
    assert [one.outcome for one in (first, same, other)] == ["conditional", "denied", "conditional"]


def test_a_space_is_taken_on_the_days_that_its_register_says(town):
    registers.keep(town, "public_spaces", [(f"Parque Norte {day(30)}", {"ocupado": True})])
    busy, _ = sent(town, "permiso-evento", **PARTY, fecha=day(30))
    free, _ = sent(town, "permiso-evento", **PARTY, fecha=day(31))
    assert (busy.outcome, free.outcome) == ("denied", "conditional")


def test_an_annulled_permit_gives_its_space_back(town):
    first, _ = sent(town, "permiso-evento", **PARTY, fecha=day(30))
    head = official(town, "eva", "secretaria-ayuntamiento", role="director")
    reviewing.annul(
        folio=first.folio, reason="Lo pidió el organizador.", official=head, channel="test", signature=SIGNED
    )
    again, _ = sent(town, "permiso-evento", **PARTY, fecha=day(30))
    assert again.outcome == "conditional"


def test_a_stand_takes_a_place_of_the_zone_until_its_days_are_over(town):
    registers.keep(town, "street_zones", [("general", {"zona": "permitida", "libres": 1})])
    first, _ = sent(town, "ocupacion-via-publica", **STAND)
    pay(first)
    full, _ = sent(town, "ocupacion-via-publica", **STAND | {"lugar": "Otra calle 3"})
    works, _ = sent(town, "ocupacion-via-publica", **STAND | {"que": "material"})
    assert (full.outcome, works.outcome) == ("denied", "granted")
    assert clocks.run(town, later(first, 11)).freed == 1
    assert sent(town, "ocupacion-via-publica", **STAND)[0].outcome == "conditional"


def test_an_opinion_is_kept_when_the_last_place_went_meanwhile_and_a_person_decides(town):
    registers.keep(town, "street_zones", [("plaza", {"zona": "especial", "libres": 1})])
    folios = [sent(town, "ocupacion-via-publica", **STAND | {"lugar": "plaza"})[0].folio for _ in range(2)]
    streets = official(town, "ana", "comercio-y-via-publica")
    for folio in folios:
        told = {"agency": "comercio-y-via-publica", "opinion": "favourable", "note": "Cabe."}
        reviewing.give_opinion(folio=folio, **told, official=streets, channel="test")
    states = list(Case.objects.filter(folio__in=folios).order_by("pk").values_list("state", flat=True))
    assert states == ["decided", "to_sign"]
    with pytest.raises(Refusal, match="Ya no queda lugar"):
        reviewing.resolve(
            folio=folios[1], outcome="granted", reasons=["Cabe."], official=streets, channel="test"
        )
    assert Quota.objects.get().taken == 1


def _send(draft):
    try:
        told = {"public_id": draft.draft.public_id, "code": draft.code, "by": "citizen", "channel": "test"}
        return submitted(**told).outcome
    except Refusal as refusal:
        return refusal.code
    finally:
        connections.close_all() if connection.vendor == "postgresql" else None


def test_of_two_who_ask_for_the_last_place_at_once_one_gets_it(town, monkeypatch):
    """Both read that there is one; the second waits for the row, and what they did did not happen."""
    registers.keep(town, "street_zones", [("general", {"zona": "permitida", "libres": 1})])
    drafts = [begun(town, "ocupacion-via-publica", **STAND) for _ in range(2)]
    read = [submission.review(one) for one in drafts]
    monkeypatch.setattr(submission, "review", lambda draft: next(
        one for one in read if one.opened.draft.public_id == draft.draft.public_id))  # fmt: skip
    if connection.vendor == "postgresql":
        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(_send, drafts))
    else:  # SQLite's test database lives in memory, on one connection
        said = [_send(one) for one in drafts]
    assert sorted(said) == ["conditional", "place_gone"]
    assert (Quota.objects.get().taken, Case.objects.count(), PaymentOrder.objects.count()) == (1, 1, 1)
    monkeypatch.undo()
    assert {
        submission.review(one).found.outcome
        for one in drafts
        if not Case.objects.filter(code_hash=one.draft.code_hash)
    } == {"denied"}


def test_a_case_that_is_gone_over_again_is_not_refused_its_own_place(one_seat):
    case, _ = sent(one_seat, "inscripcion-cursos", **COURSE)
    draft = Draft(municipality=one_seat, procedure=case.procedure, answers=case.answers)
    program = definitions.pinned(case.definition)
    left = [
        Opened(draft, program, one_seat, "", case=again).consult().values["lugares"]
        for again in (None, case.pk)
    ]
    assert [float(one) for one in left] == [0, 1]
