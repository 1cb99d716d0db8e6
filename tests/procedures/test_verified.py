"""A visit after the paper: its turn opens when the paper is issued, its finding is kept, and only a person acts on it."""

import json

import pytest

from alcaldia.identity.ports import plugged
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.models import Entry
from alcaldia.notices import postman
from alcaldia.notices.models import Message
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import registers, visiting
from alcaldia.procedures.actions import clocks, reviewing
from alcaldia.procedures.models import Case, Turn
from tests.factories.money import paid_by
from tests.factories.people import answered, log_in, with_key
from tests.procedures.conftest import begun, later, sent, submitted
from tests.procedures.officials import SIGNED, official
from tests.procedures.test_visits import photo

pytestmark = pytest.mark.django_db(transaction=True)
SHOP = {"predio": "L1", "giro": "461110", "area": "40", "vende_alcohol": "no", "rfc": "XAXX010101000", "declara_seguridad": "si"}  # fmt: skip
POINTS = {"Extintor": "bien", "Salida libre": "mal", "Luz y gas": "bien", "Aforo": "bien"}


def opened(town, people="40"):
    """A licence that was granted, paid and issued."""
    registers.keep(town, "property_tax", [("L1", {"adeudo": "0"})])
    draft = begun(town, "licencia-bajo-riesgo", aforo=people, **SHOP)
    case = submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test",
                             contact=postman.pack({"email": "ana@ejemplo.mx"}))  # fmt: skip
    paid_by(PaymentOrder.objects.get(folio=case.order))
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def case(town, broker):
    return opened(town)


@pytest.fixture
def inspector(town, case):
    return official(town, "inspectora", "proteccion-civil", "inspector")


def seen(case, who, result="unfavourable"):
    return visiting.inspect(folio=case.folio, findings=POINTS, note="La salida está tapada.", result=result, official=who, channel="t")  # fmt: skip


def turn(case, kind):
    return Turn.objects.get(case=case, kind=kind)


def test_its_turn_opens_with_the_paper_and_the_person_is_told(case, client):
    assert (case.state, [one.kind for one in case.turns.all()]) == ("issued", ["verification"])
    assert (turn(case, "verification").agency, turn(case, "verification").state) == (
        "proteccion-civil",
        "open",
    )
    assert (
        Message.objects.get(template="verification").facts["until"]
        == f"{turn(case, 'verification').due_on:%d/%m/%Y}"
    )
    page = client.get(f"/tramite/{case.folio}/").content.decode()
    assert "a verificar lo que declaró" in page


def test_a_small_business_is_not_visited(town, broker):
    assert not opened(town, "10").turns.exists()


def test_the_inspector_makes_it_on_a_phone(case, inspector, client):
    log_in(client, inspector)
    where = f"/oficina/pueblo/solicitud/{case.folio}/visita/"
    assert case.folio in client.get("/oficina/pueblo/bandeja/").content.decode()
    assert "Salida libre" in client.get(where).content.decode()
    answers = {f"punto.{name}": word for name, word in POINTS.items()}
    sent = client.post(where, {**answers, "nota": "Bien.", "resultado": "favourable", "foto": photo()})
    assert sent.status_code == 302
    assert len(case.events.get(kind="visited").facts["photos"]) == 1
    assert [one.kind for one in case.turns.filter(state="open")] == []


def test_a_bad_finding_leaves_the_paper_and_asks_a_person(case, inspector, town, client, monkeypatch):
    assert seen(case, inspector).state == "issued"
    assert (turn(case, "follow_up").agency, turn(case, "follow_up").state) == ("padron-y-licencias", "open")
    head = official(town, "jefa", "padron-y-licencias", "director")
    log_in(client, head)
    where = f"/oficina/pueblo/solicitud/{case.folio}/"
    assert "La visita encontró incumplimiento" in client.get(where).content.decode()
    monkeypatch.setattr(plugged, "custodian", None)
    device = with_key(head)
    page = client.post(f"{where}mantener/", {"nota": "Ya abrió la salida."}).content.decode()
    assert client.post(f"{where}mantener/", answered(device, page)).status_code == 302
    assert turn(case, "follow_up").state == "done"
    assert "Ya abrió la salida." in client.get(f"/tramite/{case.folio}/").content.decode()


def test_a_person_who_signs_may_annul_it(case, inspector, town):
    seen(case, inspector)
    with pytest.raises(Refusal, match="necesita un puesto"):
        reviewing.annul(
            folio=case.folio, reason="Salida tapada.", official=inspector, channel="t", signature=SIGNED
        )
    head = official(town, "jefa", "padron-y-licencias", "director")
    assert (
        reviewing.annul(
            folio=case.folio, reason="Salida tapada.", official=head, channel="t", signature=SIGNED
        ).state
        == "annulled"
    )
    assert set(case.turns.values_list("state", flat=True)) == {"done"}


def test_a_visit_that_nobody_makes_passes_to_the_head_and_the_paper_stands(case, town):
    done = clocks.run(town, later(case, 60))
    clocks.run(town, later(case, 61))
    assert (done.escalated, done.failed) == (1, [])
    assert turn(case, "verification").escalated_on == later(case, 60)
    assert Case.objects.get(pk=case.pk).state == "issued"


def test_a_bad_visit_on_which_nobody_decides_passes_to_the_head_once(case, inspector, town):
    seen(case, inspector)
    assert clocks.run(town, later(case, 5)).escalated == 0
    rounds = [clocks.run(town, later(case, days)) for days in (60, 61)]
    assert [(one.escalated, one.failed) for one in rounds] == [(1, []), (0, [])]
    told = case.events.get(kind="escalated").facts
    assert (told["agencies"], turn(case, "follow_up").escalated_on) == (
        ["padron-y-licencias"],
        later(case, 60),
    )
    assert turn(case, "follow_up").state == "open"


def test_who_was_late_to_visit_and_who_is_late_to_decide_are_told_each(case, inspector, town):
    clocks.run(town, later(case, 60))
    seen(case, inspector)
    assert turn(case, "follow_up").escalated_on is None
    assert clocks.run(town, later(case, 120)).escalated == 1
    agencies = [one.facts["agencies"] for one in case.events.filter(kind="escalated").order_by("number")]
    assert agencies == [["proteccion-civil"], ["padron-y-licencias"]]


def test_without_a_visit_there_is_nothing_to_uphold(town, broker):
    plain, head = opened(town, "10"), official(town, "jefa", "padron-y-licencias", "director")
    with pytest.raises(Refusal, match="No hay una visita"):
        reviewing.uphold(folio=plain.folio, reason="x", official=head, channel="t", signature=SIGNED)


def test_a_paper_says_in_its_own_words_what_was_granted(town, broker):
    case, _ = sent(town, "permiso-evento", lugar="Parque Norte", fecha="15/06/2027", personas="50", alcohol="no", ruido="no", cierra_calle="no")  # fmt: skip
    body = json.loads(bytes(Entry.objects.get(folio=case.document).body))
    assert body["wording"].startswith("Se permite el evento en Parque Norte el 15")
    denied, _ = sent(town, "permiso-evento", lugar="Parque Norte", fecha="15/06/2027", personas="50", alcohol="no", ruido="no", cierra_calle="no")  # fmt: skip
    assert json.loads(bytes(Entry.objects.get(folio=denied.document).body))["wording"] == ""
