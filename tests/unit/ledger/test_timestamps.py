"""Time stamps by OpenSSL's own authority over loopback: kept when they hold, refused when they do not."""

import shutil
from base64 import b64decode
from contextlib import closing

import httpx
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger import actions, keys, queries, tilefolder, timestamps
from alcaldia.ledger.events import Act
from alcaldia.ledger.filelog import FileLog
from alcaldia.ledger.models import SignedHead, TimeStamp
from alcaldia.ledger.rules.note import Checkpoint
from alcaldia.project import witness_loop
from alcaldia.project.cli import main
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


@pytest.fixture
def both(settings, tmp_path):
    """A second log beside the acts: a folder log published as the broker does."""
    with closing(FileLog(tmp_path / "log", origin="prueba/accesses")) as log:
        log.append([b"one", b"two"])
        tilefolder.publish(log, tmp_path / "public")
    settings.LOG_FOLDERS = {"accesses": str(tmp_path / "public")}


def test_the_worker_stamps_both_logs_and_anybody_checks_them_with_openssl(
    address, client, both, authority, tmp_path
):
    record()
    assert witness_loop.turn(client) == ""
    for place, size in (("/log/stamps.json", 1), ("/log/accesses/stamps.json", 2)):
        [told] = Client().get(place).json()["stamps"]
        assert (told["size"], told["authority"]) == (size, address)
        assert told["root"] == told["checkpoint"].split("\n")[2]
        (tmp_path / "checkpoint").write_text(told["checkpoint"])
        (tmp_path / "answer.tsr").write_bytes(b64decode(told["token"]))
        openssl(
            tmp_path,
            "ts",
            "-verify",
            "-data",
            "checkpoint",
            "-in",
            "answer.tsr",
            "-CAfile",
            str(authority / "ca.pem"),
        )
    assert Client().get("/log/stamps.json?before=1").json()["stamps"] == []
    assert Client().get("/log/nada/stamps.json").status_code == 404


def test_the_command_checks_every_stamp(address, client, both, capsys):
    record()
    witness_loop.turn(client)
    assert main(["log", "verify"]) == 0
    assert "Sellos de tiempo: 2, todos válidos." in capsys.readouterr().out
    one, other = TimeStamp.objects.order_by("head__size")
    one.token, other.token = other.token, one.token
    one.save(), other.save()
    assert main(["log", "verify"]) == 1
    assert capsys.readouterr().err.count("no vale con las raíces") == 2


def test_a_stamp_over_a_root_that_the_log_never_had_is_found(address, client, capsys):
    """The authority stamps whatever it is given: here a head that our own keys signed over another history."""
    record()
    note = keys.signer().sign(Checkpoint(keys.signer().origin, 1, bytes(32)).text())
    SignedHead.objects.create(log="acts", size=1, note=note, made_at=timezone.now())
    timestamps.stamp(queries.ACTS, client)
    assert main(["log", "verify"]) == 1
    assert "que el registro no tuvo" in capsys.readouterr().err


def test_without_roots_the_command_says_that_it_checked_none(address, client, capsys):
    record()
    timestamps.stamp(queries.ACTS, client)
    place = keys.folder() / "tsa.pem"
    kept = place.read_bytes()
    place.unlink()
    try:
        assert main(["log", "verify"]) == 0
        assert "sin comprobar: 1" in capsys.readouterr().out
    finally:
        place.write_bytes(kept)
