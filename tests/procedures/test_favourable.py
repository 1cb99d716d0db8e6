"""What may be signed unread, and what a person must weigh: bulk signing, bad visits, turns that nobody needs any more."""

import pytest

from alcaldia.identity.ports import plugged
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import definitions, engine, registers, visiting
from alcaldia.procedures.actions import citizens, reviewing
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.actions.deciding import proposed
from alcaldia.procedures.models import Turn
from tests.factories.people import answered, log_in, with_key
from tests.procedures.conftest import sent
from tests.procedures.officials import SIGNED, official

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def finished(town, broker):
    """The end of works, which only an inspector looks at before its signature; its code."""
    registers.keep(town, "licences", [("LIC-1", {"vigente": True, "m2": 40})])
    return sent(town, "terminacion-obra", licencia="LIC-1", m2_final="40", fotos="sin-archivo")


def visit(case, town, result, note="Bien.", by="i"):
    who = official(town, by, "desarrollo-urbano", "inspector")
    asked = definitions.pinned(case.definition).definition.inspections[0].points
    return visiting.inspect(folio=case.folio, findings=dict.fromkeys(asked, "bien"), note=note, result=result,
                            official=who, channel="test")  # fmt: skip


def proposal(case):
    return proposed(engine.Held(case, engine.state_of(case)))


def test_a_bad_visit_is_never_offered_for_signing_in_bulk(client, finished, town):
    case = visit(finished[0], town, "unfavourable")
    log_in(client, official(town, "jefa", "desarrollo-urbano", "director"))
    assert proposal(case) is None
    assert case.folio not in client.get("/oficina/pueblo/por-firmar/").content.decode()


def test_a_good_visit_is_proposed_and_says_what_was_looked_at(finished, town):
    found = proposal(visit(finished[0], town, "favourable"))
    assert found.outcome == "granted"
    assert found.reasons[-1] == "La visita de inspección resultó favorable."
    assert not any("dependencias" in one for one in found.reasons)


def test_bulk_signing_signs_the_texts_and_refuses_what_changed_meanwhile(client, finished, town, monkeypatch):
    case = visit(finished[0], town, "favourable")
    head = official(town, "jefa", "desarrollo-urbano", "director")
    monkeypatch.setattr(plugged, "custodian", None)
    device, door = with_key(head), "/oficina/pueblo/por-firmar/"
    log_in(client, head)
    first = client.post(door, {"folio": [case.folio]}).content.decode()
    assert "Firmar 1 resolución" in first
    assert definitions.pinned(case.definition).definition.sheet.plain_name.es in first
    case.events.filter(kind="inspected").update(facts={"result": "favourable", "conditions": ["Barandal"]})
    told = client.post(door, answered(device, first)).content.decode()
    assert "Cambió después de que usted la leyó" in told
    again = client.post(door, {"folio": [case.folio]}).content.decode()
    assert "1 resolución firmada" in client.post(door, answered(device, again)).content.decode()
    case.refresh_from_db()
    assert (case.outcome, case.events.get(kind="decided").facts["conditions"]) == (
        "conditional",
        ["Barandal"],
    )


def test_of_several_in_one_touch_those_that_did_not_change_are_signed(client, finished, town, monkeypatch):
    registers.keep(town, "licences", [(f"LIC-{at}", {"vigente": True, "m2": 40}) for at in (2, 3)])
    more = [
        sent(town, "terminacion-obra", licencia=f"LIC-{at}", m2_final="40", fotos="sin-archivo")[0]
        for at in (2, 3)
    ]
    done = [visit(one, town, "favourable", by=f"i{at}") for at, one in enumerate((finished[0], *more))]
    head = official(town, "jefa", "desarrollo-urbano", "director")
    monkeypatch.setattr(plugged, "custodian", None)
    device, door = with_key(head), "/oficina/pueblo/por-firmar/"
    log_in(client, head)
    asked = client.post(door, {"folio": [one.folio for one in done]}).content.decode()
    assert "Firmar 3 resoluciones" in asked
    done[1].events.filter(kind="inspected").update(facts={"result": "favourable", "conditions": ["Barandal"]})
    told = client.post(door, answered(device, asked)).content.decode()
    assert "2 resoluciones firmadas" in told
    assert "Cambió después de que usted la leyó" in told
    for one in done:
        one.refresh_from_db()
    assert [one.outcome for one in done] == ["granted", "", "granted"]


def test_one_refusal_that_settles_it_closes_the_turns_of_the_others(town):
    from tests.procedures.test_reviews import EVENT, opine

    registers.keep(town, "public_spaces", [("Parque", {"ocupado": False})])
    case, _ = sent(town, "permiso-evento", **EVENT)
    opine(case, "proteccion-civil", town, "unfavourable")
    assert engine.state_of(case).state == "to_sign"
    others = Turn.objects.filter(case=case, kind="review").exclude(agency="proteccion-civil")
    assert set(others.values_list("state", flat=True)) == {"done"}


def test_who_decides_alone_may_ask_for_what_is_missing_and_the_person_may_still_withdraw(finished, town):
    case = visit(finished[0], town, "favourable")
    head = official(town, "jefa", "desarrollo-urbano", "director")
    ask = {"folio": case.folio, "agency": "desarrollo-urbano", "official": head, "channel": "test"}
    reviewing.ask_correction(fields={"m2_final": "Mida de nuevo"}, **ask)
    bearer = Bearer(finished[1])
    done = citizens.comply(
        folio=case.folio, answers={"m2_final": "41"}, bearer=bearer, by="citizen", channel="test"
    )
    assert done.state == "to_sign"
    gone = citizens.withdraw(folio=case.folio, bearer=bearer, by="citizen", channel="test")
    assert gone.state == "withdrawn"
    with pytest.raises(Refusal):
        reviewing.resolve(folio=case.folio, outcome="granted", reasons=["Sí"], official=head, channel="test")


def test_who_signs_is_the_post_that_the_definition_names(client, finished, town):
    case = visit(finished[0], town, "favourable")
    heads = {
        title: official(town, f"jefa{at}", "desarrollo-urbano", "director", title)
        for at, title in enumerate(("otra-direccion", "director-desarrollo-urbano"))
    }
    resolve = {
        "folio": case.folio,
        "outcome": "granted",
        "reasons": ["Bien"],
        "channel": "t",
        "signature": SIGNED,
    }
    log_in(client, heads["otra-direccion"])
    assert case.folio not in client.get("/oficina/pueblo/por-firmar/").content.decode()
    with pytest.raises(Refusal, match="su puesto es otro"):
        reviewing.resolve(official=heads["otra-direccion"], **resolve)
    assert reviewing.resolve(official=heads["director-desarrollo-urbano"], **resolve).outcome == "granted"
