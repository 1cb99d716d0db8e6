"""Time stamps by OpenSSL's own authority over loopback: kept when they hold, refused when they do not."""

import shutil
import subprocess
from http.server import BaseHTTPRequestHandler

import httpx
import pytest
from django.db import transaction
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger import actions, keys, queries, timestamps
from alcaldia.ledger.events import Act
from alcaldia.ledger.models import TimeStamp
from tests.factories.witnesses import serving

pytestmark = pytest.mark.django_db
CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[stamp]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
"""


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A folder with ca.pem and an authority's key and certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("no está openssl")
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "c.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    made = ("-newkey", "rsa:2048", "-nodes", "-config", "/dev/null")
    openssl(folder, "req", "-x509", *made, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=TSA root",
            "-days", "30", "-extensions", "ca", "-config", "c.cnf")  # fmt: skip
    openssl(folder, "req", *made, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=TSA")
    openssl(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "tsa.pem", "-days", "20", "-extfile", "c.cnf", "-extensions", "stamp")  # fmt: skip
    return folder


@pytest.fixture
def address(authority, settings):
    class Authority(BaseHTTPRequestHandler):
        def do_POST(self):
            (authority / "q.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            openssl(authority, "ts", "-reply", "-config", "c.cnf", "-queryfile", "q.tsq", "-signer", "tsa.pem",
                    "-inkey", "tsa.key", "-out", "r.tsr")  # fmt: skip
            data = (authority / "r.tsr").read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words):
            pass

    keys.folder().mkdir(exist_ok=True, parents=True)
    shutil.copy(authority / "ca.pem", keys.folder() / "tsa.pem")
    with serving(Authority) as found:
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
