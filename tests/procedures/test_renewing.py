"""A paper that ends: its person is told once, in time, and renews it without saying again what the city knows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.notices import postman
from alcaldia.notices.models import Message
from alcaldia.notices.ports import plugged
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import definitions, papers, registers, renewing, telling
from alcaldia.procedures.actions import clocks
from alcaldia.procedures.models import Case, Draft
from alcaldia.procedures.rules.sheet import Term
from alcaldia.procedures.rules.validity import valid_until
from tests.factories.money import paid_by
from tests.factories.people import log_in, made_person
from tests.procedures.conftest import begun, sent
from tests.procedures.test_pages import words
from tests.procedures.test_renewal import CLEAN, licence

pytestmark = pytest.mark.django_db(transaction=True)
SIGN = {"predio": "L1", "tipo": "adosado", "m2": "3", "foto": "sin-archivo"}


@pytest.fixture(autouse=True)
def _public(monkeypatch):
    monkeypatch.setattr(plugged, "public_url", "https://pueblo.example")


def ends(town, days, folio="LIC-1", **more):
    """A licence in force that ends in so many days, whose person said where to write."""
    case = licence(town, folio, days=days, **more)
    case.valid_until = timezone.localdate() + timedelta(days=days)
    case.contact = postman.pack({"email": "ana@ejemplo.mx"})
    case.save()
    return case


def told(case):
    return Message.objects.filter(subject=f"case:{case.folio}", template="renewal_due").count()


def renewed(town, folio="LIC-1"):
    registers.keep(town, "licences", [(folio, CLEAN)])
    return sent(town, "refrendo-licencia", licencia=folio.lower(), sin_cambios="si")[0]


@pytest.mark.parametrize(("days", "times"), [(31, 0), (30, 1), (0, 1), (-1, 0)])
def test_it_is_told_from_so_many_days_before_until_the_last_and_once(town, days, times):
    case = ends(town, days)
    for _ in range(2):
        assert clocks.run(town).failed == []
    assert told(case) == times
    if times:
        message = Message.objects.get(template="renewal_due")
        assert set(message.facts) == {"town", "folio", "name", "link", "until"}
        assert message.facts["until"] == f"{case.valid_until:%d/%m/%Y}"


@pytest.mark.parametrize(
    "given",
    [{"state": "annulled"}, {"state": "appealed"}, {"outcome": "denied"}, {"procedure": "permiso-evento"}],
)
def test_nobody_is_told_of_a_paper_that_does_not_stand_or_is_not_renewed(town, given):
    case = ends(town, 5, **given)
    clocks.run(town)
    assert (told(case), renewing.offer(case)) == (0, None)


@pytest.mark.parametrize(
    ("theirs", "given", "times"),
    [("someone", {}, 0), ("stranger", {}, 1), ("", {}, 1), ("", {"state": "issued"}, 0)],
    ids=["their own request", "of a stranger", "of nobody known", "renewed"],
)
def test_whoever_renews_already_is_not_told_and_a_stranger_stops_nobody(town, theirs, given, times):
    case = ends(town, 5)
    Case.objects.filter(pk=case.pk).update(account="someone")
    case.refresh_from_db()
    new = renewed(town)
    Case.objects.filter(pk=new.pk).update(account=theirs, **given)
    clocks.run(town)
    assert (new.renews, told(case), len(renewing.under_way([case]))) == ("LIC-1", times, 1 - times)


def test_what_was_denied_or_withdrawn_renews_nothing(town):
    case = ends(town, 5)
    for change in ({"outcome": "denied"}, {"state": "withdrawn"}):
        Case.objects.create(municipality=town, folio=f"SOL-{change}", procedure="refrendo-licencia", agency="x", channel="t",
                            definition=case.definition, renews="LIC-1", submitted_at=timezone.now(), **{"state": "issued"} | change)  # fmt: skip
    assert renewing.under_way([case]) == {}
    clocks.run(town)
    assert told(case) == 1


def test_a_message_that_could_not_be_queued_is_queued_by_the_next_run(town, monkeypatch):
    case = ends(town, 5)

    def broken(*_, **__):
        raise Refusal("down", "No se pudo.")

    with monkeypatch.context() as patch:
        patch.setattr(telling, "remind_renewal", broken)
        assert clocks.run(town).failed == [case.folio]
    case.refresh_from_db()
    assert case.reminded_on is None
    clocks.run(town)
    assert told(case) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one after the other")
def test_two_clocks_at_once_tell_once(town):
    case = ends(town, 5)

    def turn(_):
        clocks.run(town)
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(turn, range(2)))
    assert told(case) == 1


def test_the_clock_asks_by_an_index_and_as_often_as_there_are_procedures_that_renew(
    town, django_assert_num_queries
):
    renews = [
        one
        for one in definitions.programs(town.slug).values()
        if one.definition.document and one.definition.document.renewal
    ]
    for number in range(3):
        ends(town, 5, f"LIC-{number}")
    with django_assert_num_queries(len(renews)):
        assert len(list(renewing.ending(town, timezone.localdate(), 2))) == 2


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL finds it by itself")
def test_papers_that_end_are_found_by_their_index(town, monkeypatch):
    plans = []
    monkeypatch.setattr(
        type(Case.objects.all()), "values_list", lambda rows, *_, **__: plans.append(rows.explain()) or []
    )
    list(renewing.ending(town, timezone.localdate(), 2))
    assert plans
    assert all("papers_that_end" in one for one in plans)


def test_the_paper_s_last_day_is_an_event_of_its_case_and_its_act_s(town):
    case = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")[0]
    assert case.valid_until > timezone.localdate()
    assert case.events.get(kind="issued").facts["valid_until"] == case.valid_until.isoformat()
    Case.objects.filter(pk=case.pk).update(valid_until=None)
    import_module("alcaldia.procedures.migrations.0017_papers_that_end").read_acts(apps, None)
    assert Case.objects.get(pk=case.pk).valid_until == case.valid_until


@pytest.mark.parametrize(
    ("days", "grace", "after"),
    [(20, 0, 20), (0, 0, 0), (60, 0, 0), (-5, 10, 0)],
    ids=["in its days", "last day", "too early", "late"],
)
def test_whoever_renews_in_time_loses_none_of_the_days_that_were_left(town, broker, days, grace, after):
    town.settings = {**town.settings, "procedures": {"refrendo-licencia": {"dias_de_gracia": grace}}}
    town.save()
    ends(town, days)
    case = renewed(town)
    paid_by(PaymentOrder.objects.get(folio=case.order))
    case.refresh_from_db()
    begins = timezone.localdate() + timedelta(days=after)
    assert case.valid_until == valid_until(begins, Term(1, "years"))
    assert papers.act_of(case.document)["valid_until"] == case.valid_until.isoformat()


def mine(client, case):
    """Whose case it is, inside."""
    someone, _ = made_person()
    Case.objects.filter(pk=case.pk).update(account=someone.public_id)
    log_in(client, someone)


def renew(client, case):
    return client.post(reverse("procedures:renew", args=[case.folio]))


def test_the_folder_leads_to_a_renewal_that_begins_with_what_is_known(client, town):
    case = ends(town, 5)
    mine(client, case)
    page = words(client.get(reverse("procedures:folder")))
    assert "vence el" in page
    assert "Renovar" in page
    step = renew(client, case)
    draft = Draft.objects.get()
    assert (draft.procedure, draft.answers) == ("refrendo-licencia", {"licencia": "LIC-1"})
    assert step.url.endswith("/paso/cambios/")
    assert client.get(step.url).status_code == 200


def test_renewing_twice_goes_on_with_what_was_begun_and_then_with_what_was_sent(client, town):
    case = ends(town, 5)
    mine(client, case)
    renew(client, case)
    assert renew(client, case).url == reverse("procedures:resume", args=[Draft.objects.get().public_id])
    sent_now = renewed(town)
    Case.objects.filter(pk=sent_now.pk).update(account=Case.objects.get(pk=case.pk).account)
    assert renew(client, case).url == reverse("procedures:case", args=[sent_now.folio])
    assert "Ya pidió renovarlo" in words(client.get(reverse("procedures:folder")))


@pytest.mark.parametrize(("days", "said"), [(40, "Se renueva desde el"), (-1, "ya venció")])
def test_outside_its_days_a_renewal_is_refused_with_a_sentence(client, town, days, said):
    case = ends(town, days)
    mine(client, case)
    answer = renew(client, case)
    assert (answer.status_code, said in words(answer)) == (409, True)
    assert "Renovar" not in words(client.get(reverse("procedures:folder")))


def test_nobody_renews_what_is_somebody_else_s(client, town):
    case = ends(town, 5)
    mine(client, ends(town, 5, "LIC-2"))
    assert renew(client, case).status_code == 403
    assert "Escriba su código para renovarlo" in words(
        client.get(reverse("procedures:case", args=[case.folio]))
    )


def sign(town):
    """A permit of a sign that was granted, as its case keeps it."""
    return ends(town, 5, "ANU-1", procedure="anuncio-letrero")


def test_a_sign_is_renewed_by_its_own_procedure_with_what_it_said(client, town):
    case = sign(town)
    Case.objects.filter(pk=case.pk).update(
        answers={"predio": "L1", "tipo": "adosado", "m2": "3", "foto": "f"}
    )
    mine(client, case)
    renew(client, case)
    assert Draft.objects.get().answers == {
        "predio": "L1",
        "tipo": "adosado",
        "m2": "3",
        "permiso_anterior": "ANU-1",
    }


@pytest.mark.parametrize(
    ("number", "said"), [("ANU-1", ""), ("ANU-2", "No hay un permiso vigente"), ("", "")]
)
def test_a_sign_names_the_permit_that_it_renews_or_none(town, number, said):
    sign(town)
    registers.keep(town, "urban_image", [("L1", {"zona": "general"})])
    registers.keep(town, "licences", [("LIC-0", CLEAN)])
    draft = begun(town, "anuncio-letrero", **SIGN, permiso_anterior=number)
    found = draft.evaluate(draft.consult())
    assert (found.outcome, said in " ".join(found.reasons)) == ("denied" if said else "granted", True)


def test_every_paper_with_a_term_says_how_it_is_renewed_and_where_it_leads_asks_for_its_number():
    programs = definitions.programs()
    terms = {key: one.definition for key, one in programs.items() if one.definition.sheet.validity}
    assert [key for key, one in terms.items() if not one.sheet.renewal] == []
    renewals = [one.document.renewal for one in terms.values() if one.document and one.document.renewal]
    assert len(renewals) == 5
    assert all(programs[one.procedure].definition.document.renews for one in renewals)
