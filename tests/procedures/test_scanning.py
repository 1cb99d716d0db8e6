"""What a scanner says of a file, over clamd's own protocol (clamd(8), INSTREAM)."""

import socket
import struct
import threading

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import scanning

DATA = b"%PDF-" + b"x" * (scanning.CHUNK + 7)


def whole(line):
    """What came in the chunks of INSTREAM, up to the empty one."""
    read = line.makefile("rb")
    assert read.read(10) == b"zINSTREAM\0"
    found = b""
    while size := struct.unpack("!I", read.read(4))[0]:
        found += read.read(size)
    return found


@pytest.fixture
def clamd(settings):
    """Answers one file with what the test says; yields how, and what it read."""
    told = {"answer": b"stream: OK\0", "read": b""}
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve():
            line, _ = door.accept()
            with line:
                told["read"] = whole(line)
                line.sendall(told["answer"])

        thread = threading.Thread(target=serve)
        thread.start()
        settings.CLAMAV = f"127.0.0.1:{door.getsockname()[1]}"
        yield told
        thread.join(10)


def test_a_clean_file_was_read_whole_and_is_said_to_be_clean(clamd):
    assert scanning.scan(DATA) == "clean"
    assert clamd["read"] == DATA


def test_a_virus_is_refused(clamd):
    clamd["answer"] = b"stream: Win.Test.EICAR_HDB-1 FOUND\0"
    with pytest.raises(Refusal, match="trae un virus"):
        scanning.scan(DATA)


def test_a_scanner_that_could_not_look_leaves_the_file_marked(clamd):
    clamd["answer"] = b"INSTREAM size limit exceeded. ERROR\0"
    assert scanning.scan(DATA) == "unscanned"


def test_where_the_scanner_is_down_nothing_is_taken(settings):
    with socket.create_server(("127.0.0.1", 0)) as door:
        settings.CLAMAV = f"127.0.0.1:{door.getsockname()[1]}"
    with pytest.raises(Refusal) as refused:
        scanning.scan(DATA)
    assert (refused.value.code, refused.value.status) == ("scanner_down", 503)
