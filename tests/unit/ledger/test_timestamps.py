"""Time stamps by OpenSSL's own authority over loopback: kept when they hold, refused when they do not."""

import shutil

import httpx
import pytest
from django.db import transaction
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger import actions, keys, queries, timestamps
from alcaldia.ledger.events import Act
from alcaldia.ledger.models import TimeStamp
from tests.factories.time_authority import make_authority, openssl, stamping

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def address(authority, settings):
    keys.folder().mkdir(exist_ok=True, parents=True)
    shutil.copy(authority / "ca.pem", keys.folder() / "tsa.pem")
    with stamping(authority) as found:
        settings.TSA_URLS = (found,)
        yield found
    (keys.folder() / "tsa.pem").unlink()


@pytest.fixture
def client():
    with httpx.Client(trust_env=False) as found:
        yield found


def record():
    with transaction.atomic():
        actions.record(Act("test.act_done", "T", {}), by="t", channel="cli")


def test_a_stamp_is_kept_checked_and_due_again_when_the_log_has_grown(address, client):
    record()
    assert timestamps.is_due(queries.ACTS)
    (made,) = timestamps.stamp(queries.ACTS, client)
    assert timestamps.holds(made, timestamps.roots())
    assert abs((timezone.now() - made.stamped_at).total_seconds()) < 60
    record()
    assert not timestamps.is_due(queries.ACTS)
    TimeStamp.objects.update(stamped_at=timezone.now() - timestamps.EVERY)
    assert timestamps.is_due(queries.ACTS)


def test_a_stamp_does_not_prove_another_checkpoint(address, client):
    record()
    (made,) = timestamps.stamp(queries.ACTS, client)
    made.head.note += "x"
    assert not timestamps.holds(made, timestamps.roots())


def test_a_stamp_of_a_stranger_or_no_stamp_at_all_is_refused(address, client, settings, authority, tmp_path):
    record()
    openssl(tmp_path, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-out", "other.pem",
            "-subj", "/CN=TSA root", "-days", "9")  # fmt: skip
    shutil.copy(tmp_path / "other.pem", keys.folder() / "tsa.pem")
    with pytest.raises(Refusal, match="Ninguna autoridad"):
        timestamps.stamp(queries.ACTS, client)
    settings.TSA_URLS = ("http://127.0.0.1:9",)
    with pytest.raises(Refusal, match="Se intentará de nuevo"):
        timestamps.stamp(queries.ACTS, client)
    assert not TimeStamp.objects.exists()


def test_without_roots_or_addresses_nothing_is_stamped(client, settings):
    record()
    assert not timestamps.is_due(queries.ACTS)
    settings.TSA_URLS = ("http://127.0.0.1:9",)
    with pytest.raises(Refusal, match=r"keys/tsa\.pem"):
        timestamps.stamp(queries.ACTS, client)
