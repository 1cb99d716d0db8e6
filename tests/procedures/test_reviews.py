"""Several agencies at once, each with its clock: opinions, corrections, visits, silence, signatures."""

import re
from datetime import date

import pytest
from django.db import connection

from alcaldia.identity.models import Official, Post
from alcaldia.kernel.errors import Refusal
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import definitions, engine, papers, permissions, registers, turns, visiting
from alcaldia.procedures.actions import absences, citizens, clocks, reviewing
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.models import Turn
from alcaldia.procedures.queries import inbox
from alcaldia.procedures.rules import deadlines
from tests.factories.money import paid_by
from tests.factories.people import log_in
from tests.procedures.conftest import later, sent
from tests.procedures.officials import official

pytestmark = pytest.mark.django_db(transaction=True)
EVENT = {
    "lugar": "Parque",
    "fecha": "15/06/2027",
    "personas": "400",
    "alcohol": "si",
    "ruido": "si",
    "cierra_calle": "si",
}


@pytest.fixture
def party(town):
    """A large event: civil protection, roads and police look at it at the same time."""
    from alcaldia.procedures import registers

    registers.keep(town, "public_spaces", [("Parque", {"ocupado": False})])
    return sent(town, "permiso-evento", **EVENT)[0]


def opine(case, agency, town, opinion="favourable", **more):
    who = official(town, agency, agency)
    return reviewing.give_opinion(
        folio=case.folio,
        agency=agency,
        opinion=opinion,
        note="Revisado.",
        official=who,
        channel="test",
        **more,
    )


def test_all_agencies_receive_it_at_the_same_moment_each_with_its_own_deadline(party, town):
    turns = Turn.objects.filter(case=party, kind="review")
    assert set(turns.values_list("agency", flat=True)) == {"proteccion-civil", "vialidad", "seguridad"}
    assert {turn.state for turn in turns} == {"open"}
    assert all(turn.due_on == deadlines.due(_calendar(town), _clock(party, turn.agency)) for turn in turns)


def _calendar(town):
    from alcaldia.procedures.calendars import calendar_of

    return calendar_of(town)


def _clock(case, agency):
    return next(one.clock for one in engine.state_of(case).reviews if one.agency == agency)


def test_the_last_favourable_opinion_decides(party, town):
    for agency in ("proteccion-civil", "vialidad"):
        assert opine(party, agency, town).outcome == ""
    done = opine(party, "seguridad", town, conditions=["Dos ambulancias"])
    assert done.outcome == "conditional"


def test_an_agency_opines_once_and_only_for_itself(party, town):
    opine(party, "vialidad", town)
    who = official(town, "otra", "salud")
    with pytest.raises(Refusal, match="necesita un puesto"):
        reviewing.give_opinion(
            folio=party.folio,
            agency="seguridad",
            opinion="favourable",
            note="x",
            official=who,
            channel="test",
        )
    again = official(town, "vialidad-2", "vialidad")
    with pytest.raises(Refusal, match="no tiene una opinión pendiente"):
        reviewing.give_opinion(
            folio=party.folio,
            agency="vialidad",
            opinion="favourable",
            note="x",
            official=again,
            channel="test",
        )


def test_an_opinion_without_reasons_is_refused_and_nothing_is_kept(party, town):
    who = official(town, "v", "vialidad")
    with pytest.raises(Refusal, match="Escriba por qué"):
        reviewing.give_opinion(
            folio=party.folio, agency="vialidad", opinion="favourable", note=" ", official=who, channel="test"
        )
    assert Turn.objects.get(case=party, agency="vialidad", kind="review").opinion == ""


def test_a_refusal_leaves_the_denial_to_a_person_with_reasons(party, town):
    opine(party, "vialidad", town)
    opine(party, "seguridad", town)
    opine(party, "proteccion-civil", town, "unfavourable")
    head = official(town, "jefa", "secretaria-ayuntamiento", "director")
    with pytest.raises(Refusal, match="no son favorables"):
        reviewing.resolve(folio=party.folio, outcome="granted", reasons=["Sí"], official=head, channel="test")
    done = reviewing.resolve(
        folio=party.folio, outcome="denied", reasons=["Sin salidas"], official=head, channel="test"
    )
    assert (done.state, done.outcome) == ("issued", "denied")


def test_an_opinion_after_its_term_is_refused_because_silence_has_spoken(party, town, monkeypatch):
    monkeypatch.setattr(engine, "today", lambda town: later(party, 20))
    with pytest.raises(Refusal, match="su silencio cuenta como opinión"):
        opine(party, "proteccion-civil", town)
    assert Turn.objects.get(case=party, agency="proteccion-civil", kind="review").opinion == ""


def test_silence_speaks_as_its_rule_says(party, town):
    done = clocks.run(town, later(party, 20))
    told = {one.agency: (one.opinion, one.by_silence) for one in engine.state_of(party).reviews}
    assert (done.silent, done.tacit, done.failed) == (1, 1, [])
    assert told["proteccion-civil"] == ("unfavourable", True)


def test_when_the_whole_term_passes_the_system_issues_its_own_certificate(party, town):
    clocks.run(town, later(party, 20))
    party.refresh_from_db()
    body = papers.act_of(party.document)
    assert (party.outcome, body["title"], body["tacit"]) == ("denied", "Constancia de negativa ficta", True)


def test_where_silence_approves_the_person_pays_and_has_the_paper_that_says_so(town, broker):
    registers.keep(town, "licences", [("LIC-1", {"vigente": True, "m2": 40})])
    case, _ = sent(town, "terminacion-obra", licencia="LIC-1", m2_final="40", fotos="sin-archivo")
    done = clocks.run(town, later(case, 60))
    case.refresh_from_db()
    assert (done.tacit, done.failed, case.state, case.outcome) == (1, [], "decided", "granted")
    paid_by(PaymentOrder.objects.get(folio=case.order))
    case.refresh_from_db()
    body = papers.act_of(case.document)
    assert (case.state, body["tacit"], body["title"]) == ("issued", True, "Constancia de afirmativa ficta")


def test_running_the_clock_twice_changes_nothing_more(party, town):
    clocks.run(town, later(party, 20))
    before = party.events.count()
    clocks.run(town, later(party, 20))
    assert party.events.count() == before


def test_a_correction_stops_the_clocks_and_is_asked_once(party, town):
    who = official(town, "v", "vialidad")
    ask = {"folio": party.folio, "agency": "vialidad", "official": who, "channel": "test"}
    reviewing.ask_correction(fields={"personas": "¿Cuántas en total?"}, **ask)
    assert set(Turn.objects.filter(case=party).values_list("state", flat=True)) == {"citizen"}
    with pytest.raises(Refusal):
        reviewing.ask_correction(fields={"personas": "Otra vez"}, **ask)


def test_only_who_has_an_open_turn_asks_for_a_correction(party, town):
    """It stops everybody's clock and is asked once: neither who has opined already nor who has no part in it spends it."""
    opine(party, "vialidad", town)
    for who, agency in (
        (Official.objects.get(username="vialidad"), "vialidad"),
        (official(town, "s", "salud"), "salud"),
    ):
        with pytest.raises(Refusal, match="no tiene ahora un turno"):
            reviewing.ask_correction(
                folio=party.folio, agency=agency, fields={"personas": "¿Cuántas?"}, official=who, channel="t"
            )
    assert engine.state_of(party).corrections == 0


def test_the_person_completes_only_what_was_asked(town):
    from alcaldia.procedures import registers

    registers.keep(town, "public_spaces", [("Parque", {"ocupado": False})])
    case, code = sent(town, "permiso-evento", **EVENT)
    who = official(town, "v", "vialidad")
    reviewing.ask_correction(
        folio=case.folio, agency="vialidad", fields={"personas": "Total"}, official=who, channel="test"
    )
    done = citizens.comply(
        folio=case.folio,
        answers={"personas": "300", "lugar": "Otro"},
        bearer=Bearer(code),
        by="citizen",
        channel="test",
    )
    assert (done.answers["personas"], done.answers["lugar"], done.state) == ("300", "Parque", "in_review")


def test_nobody_acts_on_a_case_without_its_code_or_account(party):
    with pytest.raises(Refusal, match="código"):
        citizens.withdraw(folio=party.folio, bearer=Bearer("AAAA"), by="citizen", channel="test")


def test_who_stands_in_attends_with_the_posts_of_who_is_away(party, town):
    away, stands = official(town, "ana", "vialidad", "director"), official(town, "beto", "salud")
    absences.leave(official=away, delegate=stands, town=town, agencies=["vialidad"], since=later(party, 0),
                   until=later(party, 3), by=away, channel="test")  # fmt: skip
    told = reviewing.give_opinion(
        folio=party.folio,
        agency="vialidad",
        opinion="favourable",
        note="De acuerdo.",
        official=stands,
        channel="test",
    )
    assert told.turns.get(agency="vialidad", kind="review").opinion == "favourable"


def test_who_stands_in_has_none_of_the_posts_of_other_agencies(party, town):
    away, stands = official(town, "ana", "vialidad", "director"), official(town, "beto", "salud")
    Post.objects.create(
        official=away, municipality=town, role="director", agency="tesoreria", since=date(2020, 1, 1)
    )
    day = later(party, 1)
    absences.leave(official=away, delegate=stands, town=town, agencies=["vialidad"], since=day, until=day, by=away, channel="test")  # fmt: skip
    may = [permissions.can(stands, town, one, day, permissions.SIGN) for one in ("vialidad", "tesoreria")]
    assert may == [True, False]


def test_the_inbox_lists_the_nearest_deadline_first_and_counts_without_growing(
    party, town, django_assert_num_queries
):
    day = later(party, 0)
    with django_assert_num_queries(9):
        found = inbox.inbox(town, [("vialidad", None)], "due", day)
    assert [turn.case.folio for turn in found.turns] == [party.folio]
    assert found.counts["due"] == 1


def test_a_visit_is_due_in_its_own_days_and_keeps_its_day(town, broker):
    registers.keep(town, "licences", [("LIC-1", {"vigente": True, "m2": 40})])
    case, _ = sent(town, "terminacion-obra", licencia="LIC-1", m2_final="40", fotos="sin-archivo")
    turn, days = (
        case.turns.get(kind="inspection"),
        definitions.pinned(case.definition).definition.inspections[0].days,
    )
    assert turn.due_on == deadlines.add_working_days(_calendar(town), turn.opened_on, days) < case.due_on
    turns.rewrite(case, engine.state_of(case), later(case, 9))
    assert case.turns.get(kind="inspection").due_on == turn.due_on


def test_an_inspected_case_waits_for_its_signature(town, broker):
    from alcaldia.procedures import registers

    registers.keep(town, "licences", [("LIC-1", {"vigente": True, "m2": 40})])
    case, _ = sent(town, "terminacion-obra", licencia="LIC-1", m2_final="40", fotos="sin-archivo")
    who = official(town, "i", "desarrollo-urbano", "inspector")
    asked = definitions.pinned(case.definition).definition.inspections[0].points
    points = dict.fromkeys(asked, "bien")
    done = visiting.inspect(
        folio=case.folio, findings=points, note="Bien.", result="favourable", official=who, channel="test"
    )
    assert done.state == "to_sign"
    with pytest.raises(Refusal, match="necesita un puesto"):
        reviewing.resolve(folio=case.folio, outcome="granted", reasons=["Bien"], official=who, channel="test")


def test_who_heads_an_agency_sees_what_falls_due_first_and_what_passed_to_them(client, party, town, settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}
    Turn.objects.filter(case=party, agency="vialidad", kind="review").update(escalated_on=later(party, 0))
    log_in(client, official(town, "jefe", "vialidad", "director"))
    page = client.get("/oficina/pueblo/carga/").content.decode()
    assert party.folio in page
    assert "pasó a usted" in page


def listed(town, tab, day, mine="vial"):
    return [one.case.folio for one in inbox.inbox(town, [("vialidad", None)], tab, day, mine=mine).turns]


def test_what_nobody_took_is_new_and_what_one_took_is_theirs(party, town):
    day, who = later(party, 0), official(town, "vial", "vialidad")
    assert [listed(town, tab, day) for tab in ("new", "mine")] == [[party.folio], []]
    reviewing.take(folio=party.folio, agency="vialidad", official=who)
    assert [listed(town, tab, day) for tab in ("new", "mine", "due")] == [[], [party.folio], [party.folio]]
    assert listed(town, "mine", day, mine="") == []


def test_a_folio_typed_in_the_inbox_opens_its_case_however_it_is_written(client, party, town):
    log_in(client, official(town, "vial", "vialidad"))
    typed = party.folio.lower().replace("-", " ")
    assert client.post("/oficina/pueblo/bandeja/", {"folio": typed}).url.endswith(
        f"/solicitud/{party.folio}/"
    )
    assert client.post("/oficina/pueblo/bandeja/", {"folio": "SOL-2026-0000-0000-0000"}).status_code == 404


def test_the_office_reads_the_trace_in_spanish(client, party, town):
    log_in(client, official(town, "vial", "vialidad"))
    page = client.get(f"/oficina/pueblo/solicitud/{party.folio}/").content.decode()
    trace = page.partition("Traza, rengl")[2].partition("</details>")[0]
    assert "Lo revisa una persona" in trace
    assert not {"granted", "denied", "conditional", "review", "True", "False"} & set(
        re.findall(r"\w+", trace)
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL finds it by itself")
def test_an_officials_own_turns_are_read_by_their_index(town):
    [mine] = inbox._tab("mine", town=town, lane=("obras", None), on=date(2026, 6, 1), mine="ana")
    assert "open_turns_of_an_official" in mine.explain()


def test_what_has_no_paper_ends_without_speaking_of_one(client, town, broker):
    case, code = sent(town, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")
    opine(case, "servicios-publicos", town)
    client.post("/mi-tramite/", {"folio": case.folio, "codigo": code})
    page = client.get(f"/tramite/{case.folio}/").content.decode()
    told = ("Terminada" in page, "Se dio por terminada" in page, "Se entregó el documento" in page)
    assert told == (True, True, False)
