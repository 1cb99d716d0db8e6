"""Real witnesses for tests: the program of `witness/`, on loopback, in threads of the test's process."""

import importlib.util
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.conftest import ROOT

_spec = importlib.util.spec_from_file_location("testigo", ROOT / "witness" / "testigo.py")
testigo = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(testigo)


@contextmanager
def serving(handler):
    """The address of an HTTP server with this handler, gone afterwards."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def made(folder, name, *vkeys):
    """A Witness that watches the logs of these keys."""
    testigo.prepare(folder, name, list(vkeys))
    return testigo.Witness(folder)


def door(witness):
    """Its HTTP handler class."""
    return type("Door", (testigo.Handler,), {"witness": witness})


def answering(status, text):
    """A handler that answers everything the same: a lying or broken witness."""

    class Liar(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *words):
            pass

    return Liar
