"""The end of a post reaches the broker: at once, or on the day after its last one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alcaldia.identity import actions, offices
from alcaldia.identity.models import Passkey, Post
from alcaldia.identity.ports import plugged
from alcaldia.kernel.errors import Refusal
from alcaldia.project.cli import main
from alcaldia.vault import custody
from tests.factories.custody import Someone
from tests.factories.people import LONG_AGO, made_official
from tests.factories.town import town as make_town

pytestmark = pytest.mark.django_db


class Told:
    """A custodian that remembers who left; `down` as a broker that does not answer."""

    def __init__(self):
        self.left, self.down = [], False

    def leave_office(self, *, subject, left):
        if self.down:
            raise Refusal("broker_down", "La bóveda no responde.", status=503)
        self.left.append((subject, left))

    def close_sessions(self, *, subject): ...


@pytest.fixture
def told(monkeypatch):
    one = Told()
    monkeypatch.setattr(plugged, "custodian", one)
    return one


@pytest.fixture
def post(db):
    return made_official(make_town(), "clerk").posts.get()


def test_a_post_that_ended_yesterday_is_told_at_once(told, post):
    offices.end_post(post=post, on=timezone.localdate() - timedelta(days=1), by="x", channel="t")
    assert told.left == [(post.official.public_id, False)]


def test_one_that_ends_today_is_told_tomorrow_and_again_if_nobody_answered(told, post):
    today = timezone.localdate()
    offices.end_post(post=post, on=today, by="x", channel="t")
    assert (told.left, offices.tell_ended(today)) == ([], 0)
    assert offices.tell_ended(today + timedelta(days=1)) == 1
    assert told.left == [(post.official.public_id, False)]


def test_what_another_post_still_gives_or_will_give_is_not_taken_away(post):
    today, subject = timezone.localdate(), post.official.public_id
    given = {"official": post.official, "municipality": post.municipality, "by": "x", "channel": "t"}
    offices.end_post(post=post, on=today - timedelta(days=1), by="x", channel="t")
    assert custody.posts_of(subject) == []
    offices.give_post(role="registrar", since=today + timedelta(days=9), **given)
    offices.give_post(role="clerk", agency="atencion", since=today, **given)
    told = [(one["office"], one["role"], one["since"][:10]) for one in custody.posts_of(subject)]
    assert told == [
        ("pueblo/atencion", "clerk", today.isoformat()),
        ("pueblo/atencion", "registrar", (today + timedelta(days=9)).isoformat()),
    ]


def test_a_post_without_an_agency_opens_no_permit(post):
    post.role = "operator"
    post.save()
    assert custody.posts_of(post.official.public_id) == []


def test_with_the_broker_down_nobody_is_said_to_have_left(told, post):
    told.down = True
    with pytest.raises(Refusal, match="no responde"):
        offices.end_official(official=post.official, on=timezone.localdate(), by="x", channel="t")
    post.official.refresh_from_db()
    assert post.official.ended_at is None


def test_one_post_is_ended_by_its_name_and_the_account_stays(post, capsys):
    words = ["createadmin", "--username", "ana", "--end", "--municipality", post.municipality.slug]
    assert main([*words, "--role", "planner"]) == 1
    assert main([*words, "--role", "clerk"]) == 0
    assert "su cuenta sigue" in capsys.readouterr().out
    post.refresh_from_db()
    assert post.until < timezone.localdate()


@pytest.mark.django_db(transaction=True)
def test_a_new_office_and_lost_keys_reach_the_broker(broker, post):
    """The post that comes opens by the key that is there; lost, no key of theirs opens anything, and they are invited anew."""
    offices.give_post(official=post.official, municipality=post.municipality, role="cadastre", since=LONG_AGO, by="x", channel="t")  # fmt: skip
    code = actions.invite(owner=post.official)
    someone = Someone(broker, post.official.public_id, {"kind": "invitation", "code": code})
    known(post.official, someone)
    offices.end_post(post=post, on=timezone.localdate() - timedelta(days=1), by="x", channel="t")
    assert posts_of(broker, someone) == [["pueblo/catastro", "cadastre"]]
    later = timezone.localdate() + timedelta(days=3)
    offices.give_post(official=post.official, municipality=post.municipality, role="planner", since=later, by="x", channel="t")  # fmt: skip
    offices.tell_offices(post.official)
    assert posts_of(broker, someone) == [["pueblo/catastro", "cadastre"]]
    Post.objects.filter(role="planner").update(since=timezone.localdate())
    assert main(["broker", "offices"]) == 0
    assert posts_of(broker, someone) == [["pueblo/catastro", "cadastre"], ["pueblo/planeacion", "planner"]]
    with pytest.raises(Refusal, match="ya tiene una llave"):
        actions.invite(owner=post.official)
    assert offices.lose_keys(official=post.official, by="operator", channel="cli") == 1
    with pytest.raises(Refusal, match="no está registrada"):
        someone.enter()
    again = Someone(
        broker, post.official.public_id, {"kind": "invitation", "code": actions.invite(owner=post.official)}
    )
    assert again.enter()


def posts_of(broker, someone):
    return broker.ask("who", token=someone.enter())["posts"]


def known(official, someone):
    Passkey.objects.create(
        official=official, credential_id=someone.key.id, public_key=b"x", algorithm=-7, sign_count=0, label="T",
        created_at=timezone.now(),
    )  # fmt: skip
