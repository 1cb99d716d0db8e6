"""Whose turn it is by post: what the definition's signer must sign is offered to whoever holds that post, and to nobody else."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from alcaldia.identity.models import Official
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import permissions
from alcaldia.procedures.actions import absences, reviewing
from alcaldia.procedures.models import Case, Turn
from alcaldia.procedures.queries import inbox
from tests.factories.people import log_in
from tests.procedures.conftest import later
from tests.procedures.officials import official
from tests.procedures.test_favourable import finished, visit  # noqa: F401 - a fixture
from tests.procedures.test_pages import words

pytestmark = pytest.mark.django_db(transaction=True)
AGENCY, POST = "desarrollo-urbano", "director-desarrollo-urbano"
INBOX, SIGN = "/oficina/pueblo/bandeja/", "Revisar y firmar"
PEOPLE = {
    "clerk": ("reviewer", ""), "signer": ("director", POST), "other": ("director", "director-obras"),
    "head": ("director", ""),
}  # fmt: skip


@pytest.fixture
def case(finished, town):  # noqa: F811
    """The end of works, seen by its inspector: only its signature is missing."""
    return visit(finished[0], town, "favourable")


def person(town, name):
    role, title = PEOPLE[name]
    return official(town, name, AGENCY, role, title)


def listed(official, town, tab="due"):
    lanes = permissions.lanes_of(official, town, timezone.localdate())
    return [one.case.folio for one in inbox.inbox(town, lanes, tab, timezone.localdate(), mine="").turns]


def page_of(client, case):
    return words(client.get(f"/oficina/pueblo/solicitud/{case.folio}/"))


def test_a_turn_knows_which_post_signs_it(case):
    turns = dict(Turn.objects.filter(case=case).values_list("kind", "signer"))
    assert turns == {"inspection": "", "decision": POST}


@pytest.mark.parametrize(
    ("name", "may"), [("clerk", False), ("signer", True), ("other", False), ("head", True)]
)
def test_the_inbox_offers_a_signature_to_the_post_that_signs(client, case, town, name, may):
    one = person(town, name)
    log_in(client, one)
    assert listed(one, town) == listed(one, town, "new") == ([case.folio] if may else [])
    assert (case.folio in words(client.get(INBOX))) is may
    assert "Firma: Dirección de desarrollo urbano" in words(client.get(INBOX, {"de": "dependencia"}))


@pytest.mark.parametrize(
    ("name", "may"), [("clerk", False), ("signer", True), ("other", False), ("head", True)]
)
def test_the_case_lets_sign_whoever_may_and_names_the_post_to_others(client, case, town, name, may):
    log_in(client, person(town, name))
    page = page_of(client, case)
    assert (SIGN in page, "Tomarla a mi nombre" in page) == (may, may)
    assert ("Firma: Dirección de desarrollo urbano" in page) is not may


def test_another_post_is_refused_before_it_reads_what_it_would_sign(client, case, town):
    log_in(client, person(town, "other"))
    answer = client.post(
        f"/oficina/pueblo/solicitud/{case.folio}/revisar/", {"resultado": "granted", "motivos": "Cumple"}
    )
    assert (answer.status_code, "su puesto es otro" in words(answer)) == (403, True)


def test_nobody_takes_what_another_post_signs(case, town):
    take = {"folio": case.folio, "agency": AGENCY}
    with pytest.raises(Refusal, match="Dirección de desarrollo urbano"):
        reviewing.take(official=person(town, "other"), **take)
    reviewing.take(official=person(town, "signer"), **take)
    assert Turn.objects.get(case=case, kind="decision").holder == "signer"


def test_who_stands_in_for_the_signer_has_their_turns_while_they_are_away(client, case, town):
    away, stands = person(town, "signer"), official(town, "beto", "salud")
    day = timezone.localdate()
    absences.leave(official=away, delegate=stands, town=town, agencies=[AGENCY], since=day, until=later(case, 1),
                   by=away, channel="test")  # fmt: skip
    log_in(client, stands)
    assert listed(stands, town) == [case.folio]
    assert SIGN in page_of(client, case)
    after = permissions.lanes_of(stands, town, day + timedelta(days=2))
    assert after == (("salud", ""),)


def test_bulk_signing_finds_ones_own_behind_any_number_of_another_post(client, case, town, monkeypatch):
    from alcaldia.web.backoffice.cases import signing

    monkeypatch.setattr(signing, "LOOKED_AT", 1)
    others = Case.objects.create(municipality=town, folio="SOL-1", procedure=case.procedure, agency=AGENCY, state="to_sign",
                                 definition=case.definition, channel="t", submitted_at=timezone.now())  # fmt: skip
    Turn.objects.create(case=others, municipality=town, agency=AGENCY, kind="decision", state="open", signer="director-obras",
                        procedure=case.procedure, due_on=later(case, -9))  # fmt: skip
    log_in(client, person(town, "signer"))
    assert case.folio in words(client.get("/oficina/pueblo/por-firmar/"))


def test_several_lanes_are_one_list_by_deadline_and_continue_where_it_ended(case, town):
    seen = Turn.objects.get(case=case, kind="decision")
    for number in range(2 * inbox.PAGE):
        row = Case.objects.create(municipality=town, folio=f"SOL-{number}", procedure=case.procedure, agency=AGENCY,
                                  definition=case.definition, channel="t", state="to_sign", submitted_at=timezone.now())  # fmt: skip
        Turn.objects.create(case=row, municipality=town, agency=AGENCY, kind="decision", state="open", due_on=later(case, number % 7),
                            procedure=case.procedure, signer=("", POST, Turn.ANY_SIGNER, "otro")[number % 4])  # fmt: skip
    lanes = permissions.lanes_of(person(town, "signer"), town, later(case, 0))
    first = inbox.inbox(town, lanes, "due", later(case, 0))
    rest = inbox.inbox(town, lanes, "due", later(case, 0), after=first.after)
    found = [*first.turns, *rest.turns]
    assert [one.pk for one in found] == [
        one.pk for one in Turn.objects.filter(state="open").exclude(signer="otro").order_by("due_on", "pk")
    ]
    assert (first.counts["due"], seen in found, len(lanes)) == (len(found), True, 3)


def test_the_inbox_asks_as_often_as_its_reader_has_lanes(case, town, django_assert_num_queries):
    lanes = permissions.lanes_of(person(town, "signer"), town, later(case, 0))
    asked = 3 * 8 + 1  # By lane: the list and its counts, what is due in two walks; one's own, by agency.
    with django_assert_num_queries(asked):
        inbox.inbox(town, lanes, "due", later(case, 0), mine="signer")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL finds them by itself")
@pytest.mark.parametrize(
    ("tab", "signer", "index"),
    [
        ("due", POST, "inbox_of_a_post"), ("new", POST, "turns_no_one_of_a_post_took"),
        ("due", None, "inbox_of_an_agency"), ("new", None, "turns_that_nobody_took"),
    ],
)  # fmt: skip
def test_turns_are_read_by_their_index(town, tab, signer, index):
    walks = inbox._tab(tab, town=town, lane=(AGENCY, signer), on=timezone.localdate(), mine="")
    assert all(index in rows.order_by("due_on", "id").explain() for rows in walks)


def test_turns_from_before_learn_their_post_and_those_that_no_one_signs_have_none(case):
    before = list(Turn.objects.order_by("pk").values_list("kind", "signer"))
    Turn.objects.update(signer="")
    import_module("alcaldia.procedures.migrations.0016_turns_of_a_post").name_posts(apps, None)
    assert list(Turn.objects.order_by("pk").values_list("kind", "signer")) == before


def test_the_post_of_a_turn_follows_an_account_that_ended(case, town):
    signer = person(town, "signer")
    Official.objects.filter(pk=signer.pk).update(ended_at=timezone.now())
    signer.refresh_from_db()
    assert permissions.lanes_of(signer, town, timezone.localdate()) == ()


def test_what_a_colleague_holds_is_taken_only_by_who_says_instead_of_whom(client, case, town):
    reviewing.take(folio=case.folio, agency=AGENCY, official=person(town, "signer"))
    log_in(client, person(town, "head"))
    assert "La tiene signer" in page_of(client, case)
    door = f"/oficina/pueblo/solicitud/{case.folio}/tomar/"
    for instead_of in ("", "clerk"):
        answer = client.post(door, {"dependencia": AGENCY, "en_lugar_de": instead_of})
        assert (answer.status_code, "Esta solicitud la tiene signer" in words(answer)) == (409, True)
    assert Turn.objects.get(case=case, kind="decision").holder == "signer"
    client.post(door, {"dependencia": AGENCY, "en_lugar_de": "signer"})
    assert Turn.objects.get(case=case, kind="decision").holder == "head"
    assert "Tomarla en su lugar" not in page_of(client, case)
