"""The operator's commands: a link instead of a password, and the end of an account."""

import json
import re

import pytest
from django.utils import timezone

from alcaldia.identity import permissions, queries
from alcaldia.identity.models import Invitation, Official, Post
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.models import Entry
from alcaldia.project import demo_people
from alcaldia.project.cli import main
from tests.factories.people import log_in, made_person, with_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return Municipality.objects.create(slug="prueba", name="Prueba")


@pytest.fixture(autouse=True)
def started(monkeypatch):
    monkeypatch.setattr("alcaldia.project.django_setup.start", lambda **_: None)


def createadmin(*more):
    return main(["createadmin", "--username", "ana", "--municipality", "prueba", "--role", "treasury", *more])


def test_createadmin_prints_a_link_that_works_once_and_keeps_no_code(town, capsys):
    assert createadmin() == 0
    code = re.search(r"/oficina/invitacion/([0-9A-Z]{26})", capsys.readouterr().out).group(1)

    assert queries.invitation(code).official.username == "ana"
    assert code not in str(list(Invitation.objects.values()))
    assert Post.objects.get().role == "treasury"


def test_again_gives_a_new_link_and_no_second_post(town, capsys):
    createadmin()
    first = capsys.readouterr().out.split("/")[-1].strip()
    createadmin()

    assert queries.invitation(first) is None
    assert (Official.objects.count(), Post.objects.count()) == (1, 1)


def test_who_has_a_key_gets_the_post_and_no_link(town, capsys):
    createadmin()
    ana = Official.objects.get()
    with_key(ana)
    capsys.readouterr()
    invitations = ana.invitations.count()

    assert createadmin("--agency", "catastro") == 0

    said = capsys.readouterr().out
    assert "/oficina/invitacion/" not in said
    assert "con la llave que ya tiene" in said
    assert {one.agency for one in ana.posts.all()} == {"", "catastro"}
    assert ana.invitations.count() == invitations


def test_who_lost_every_key_loses_them_before_another_is_registered(client, town, capsys):
    createadmin()
    ana = Official.objects.get()
    with_key(ana)
    log_in(client, ana)
    capsys.readouterr()

    left_over = list(ana.invitations.filter(used_at__isnull=True))

    assert createadmin("--lost-keys") == 0

    assert "/oficina/invitacion/" in capsys.readouterr().out
    assert left_over
    assert not ana.invitations.filter(pk__in=[one.pk for one in left_over], used_at__isnull=True).exists()
    assert client.get("/oficina/").status_code == 302
    assert queries.credential_ids(ana) == []
    [act] = Entry.objects.filter(type="identity.passkey_revoked")
    assert (act.by, json.loads(bytes(act.body))["official"]) == ("operator", "ana")
    assert with_key(ana)


def test_keys_of_an_account_that_is_not_there_are_not_lost(town, capsys):
    assert createadmin("--lost-keys") == 1
    assert not Official.objects.exists()


def test_an_account_that_ends_opens_nothing_and_holds_nothing(client, town, capsys):
    createadmin()
    ana = Official.objects.get()
    with_key(ana)
    log_in(client, ana)

    assert main(["createadmin", "--username", "ana", "--end"]) == 0

    ana.refresh_from_db()
    assert client.get("/oficina/").status_code == 302
    assert not permissions.can(ana, "accounts.load", town, timezone.localdate())
    assert Entry.objects.filter(type="identity.official_ended").count() == 1
    assert main(["createadmin", "--username", "nadie", "--end"]) == 1


@pytest.mark.parametrize("name", ["", "Ána", "a b", "x" * 61, "a/b"])
def test_a_name_that_is_no_user_name_is_refused(town, name, monkeypatch, capsys):
    monkeypatch.setattr("builtins.input", lambda _: name)

    assert main(["createadmin", "--username", name, "--municipality", "prueba"]) == 1
    assert not Official.objects.exists()


def test_the_demos_links_stay_until_used_and_then_are_fresh(town, monkeypatch, tmp_path):
    monkeypatch.setattr(demo_people.environment, "home", lambda: tmp_path)
    first, second = demo_people.links(town), demo_people.links(town)
    Invitation.objects.filter(official__username="catastro").update(used_at=timezone.now())
    third = demo_people.links(town)

    with_key(Official.objects.get(username="salud"))
    assert demo_people.links(town)["salud"] == "/oficina/entrar/"
    citizen = made_person()[0]
    Invitation.objects.filter(person__isnull=False).update(used_at=timezone.now())
    (tmp_path / "keys" / "demo_citizen").write_text(citizen.public_id)
    assert demo_people.links(town)["ciudadana"] == "/cuenta/entrar/"
    assert first == second
    assert {name for name in first if first[name] != third[name]} == {"catastro"}
    assert {"planeacion", "catastro", "tesoreria", "ciudadana"} <= set(first)
    assert (tmp_path / "keys" / "demo_links").stat().st_mode & 0o077 == 0
