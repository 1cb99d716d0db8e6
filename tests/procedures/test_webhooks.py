"""Subscribers hear what happens to cases: in order, signed, at least once, and nothing personal."""

import hashlib
import hmac
import json

import pytest
from django.conf import settings

from alcaldia.kernel import outbound
from alcaldia.ledger.models import Delivery
from alcaldia.procedures import webhooks
from tests.procedures.conftest import sent

pytestmark = pytest.mark.django_db(transaction=True)
TWO = """
[tesoreria]
url = "http://tesoreria.example/avisos"
secret = "s3creto"
municipality = "pueblo"
history = true
events = ["case_decided"]

[tablero]
url = "http://tablero.example/"
secret = "otro"
municipality = "pueblo"
history = true
"""


class Receiver:
    """A WSGI program that keeps what it is told; the hosts in `down` answer 500."""

    def __init__(self):
        self.told, self.down = [], set()

    def __call__(self, request, start):
        host = request["HTTP_HOST"]
        raw = request["wsgi.input"].read()
        bad = host in self.down
        start("500 No" if bad else "204 No Content", [])
        if not bad:
            self.told.append((host, raw, request["HTTP_ALCALDIA_SIGNATURE"]))
        return [b""]

    def of(self, host):
        return [json.loads(raw) for name, raw, _ in self.told if name == host]


@pytest.fixture
def case(town):
    path = settings.HOME / "keys" / "webhooks.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(TWO)
    yield sent(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")[0]
    path.unlink()


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def post(receiver):
    clock = [0.0]
    made = webhooks.Post(
        lambda url: outbound.inside(receiver), now=lambda: clock[0], wall=lambda: 1_800_000_000
    )
    made.clock = clock
    return made


def test_each_hears_what_it_asked_for_in_order_and_once(case, post, receiver):
    assert (post.round(), post.round()) == (4, 0)
    assert [one["type"] for one in receiver.of("tesoreria.example")] == ["procedures.case_decided"]
    told = receiver.of("tablero.example")
    assert [one["id"] for one in told] == sorted(one["id"] for one in told)
    assert told[-1]["folio"] == case.folio
    assert set(told[0]) == {"id", "type", "folio", "at", "municipality", "state"}


def test_the_signature_covers_time_and_body(case, post, receiver):
    post.round()
    _, raw, header = next(one for one in receiver.told if one[0] == "tesoreria.example")
    expected = hmac.new(b"s3creto", b"1800000000." + raw, hashlib.sha256).hexdigest()
    assert header == f"t=1800000000,v1={expected}"


def test_one_that_fails_stops_no_other_and_is_asked_again_after_a_pause(case, post, receiver):
    receiver.down = {"tesoreria.example"}
    assert post.round() == 3
    receiver.down = set()
    assert post.round() == 0
    post.clock[0] = 3
    assert post.round() == 1


def test_who_delivers_anew_goes_on_where_the_last_one_ended(case, post, receiver):
    post.round()
    again = webhooks.Post(post.client)
    assert again.round() == 0
    assert Delivery.objects.filter(subscriber="webhook:tablero").count() == 3


def test_a_subscriber_without_a_secret_is_refused(case):
    (settings.HOME / "keys" / "webhooks.toml").write_text('[a]\nurl = "https://a.example"\n')
    with pytest.raises(ValueError, match="secret"):
        webhooks.subscribers()


def test_a_new_subscriber_hears_what_happens_from_then_on(case, post, receiver, town):
    (settings.HOME / "keys" / "webhooks.toml").write_text(TWO.replace("history = true", ""))
    assert post.round() == 0
    later, _ = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    again = webhooks.Post(post.client)
    assert again.round() == 4
    assert {one["folio"] for one in receiver.of("tesoreria.example")} == {later.folio}


def test_the_state_is_that_of_the_act_however_late_it_is_told(case, post, receiver):
    post.round()
    told = {one["type"]: one["state"] for one in receiver.of("tablero.example")}
    assert told == {"procedures.case_submitted": "submitted", "procedures.case_decided": "decided",
                    "procedures.case_issued": "issued"} | {k: v for k, v in told.items() if "document" in k}  # fmt: skip


def test_a_slow_subscriber_takes_its_share_of_a_round_and_no_more(case, post, receiver):
    slow = post.client

    def client(url):
        post.clock[0] += 11
        return slow(url)

    post.client = client
    assert (post.round(), post.round()) == (2, 2)
