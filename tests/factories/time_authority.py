"""OpenSSL's own time-stamping authority, over loopback."""

import shutil
import subprocess
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.conftest import missing
from tests.factories.witnesses import serving

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


def make_authority(folder):
    """A folder with ca.pem and an authority's key and certificate."""
    if shutil.which("openssl") is None:
        missing("openssl is not installed")
    (folder / "c.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    made = ("-newkey", "rsa:2048", "-nodes", "-config", "/dev/null")
    openssl(folder, "req", "-x509", *made, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=TSA root",
            "-days", "30", "-extensions", "ca", "-config", "c.cnf")  # fmt: skip
    openssl(folder, "req", *made, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=TSA")
    openssl(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "tsa.pem", "-days", "20", "-extfile", "c.cnf", "-extensions", "stamp")  # fmt: skip
    return folder


@contextmanager
def stamping(authority):
    """The address at which it answers."""

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

    with serving(Authority) as found:
        yield found
