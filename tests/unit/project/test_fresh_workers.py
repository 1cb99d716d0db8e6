"""A server's processes are replaced once they are idle after something personal, seldom, and by nobody else's parent."""

import os
import threading
import time

import pytest

from alcaldia.project import fresh_workers
from alcaldia.project.fresh_workers import FreshWorkers, watched

HEADERS = {"kept": [("Cache-Control", "max-age=60")], "private": [("Cache-Control", "no-store, private")]}


def page(environ, start_response):
    start_response("200 OK", HEADERS[environ["page"]])
    return [b""]


class Server:
    """Counts how often it was asked to renew; `asked` answers whether it was, soon."""

    def __init__(self, folder, every=0.05):
        self.times, self._told = 0, threading.Event()
        self.watched = FreshWorkers(page, self.renew, mark=folder / "run" / "renewed", every=every)

    def renew(self):
        self.times += 1
        self._told.set()

    def serve(self, kind, method="GET"):
        self.watched({"REQUEST_METHOD": method, "page": kind}, lambda *_: None)

    def asked(self, seconds=10.0):
        return self._told.wait(seconds)


def test_after_a_page_that_is_to_be_kept_nowhere_an_idle_server_renews(tmp_path):
    server = Server(tmp_path)
    server.serve("private")
    assert server.asked()


def test_what_was_sent_counts_whatever_the_answer(tmp_path):
    server = Server(tmp_path)
    server.serve("kept", "POST")
    assert server.asked()


def test_public_pages_renew_nothing(tmp_path):
    server = Server(tmp_path)
    server.serve("kept")
    assert not server.watched._holds.is_set()


def test_all_processes_together_renew_no_more_often_than_agreed(tmp_path):
    servers = [Server(tmp_path, every=3600) for _ in range(2)]
    mark = tmp_path / "run" / "renewed"
    mark.parent.mkdir()
    mark.touch()
    for one in servers:
        one.serve("private")
        assert not one.watched._due(time.monotonic(), 0.0)
    os.utime(mark, (0, 0))
    assert [one.watched._due(time.monotonic(), 0.0) for one in servers] == [True, False]


def test_a_process_that_nobody_asks_waits_while_another_is_asked(tmp_path):
    idle, busy = (Server(tmp_path, every=3600).watched for _ in range(2))
    idle._last = time.monotonic() - 1000
    busy._begins(1)
    assert not idle._due(time.monotonic(), 20.0)
    os.utime(tmp_path / "run" / "asked", (0, 0))
    assert idle._due(time.monotonic(), 20.0)


def test_a_server_that_is_never_idle_renews_in_the_end(tmp_path):
    watch = Server(tmp_path, every=10).watched
    watch._last = time.monotonic() + 1000
    assert not watch._due(time.monotonic(), 5.0)
    assert watch._due(time.monotonic() - fresh_workers.BUSY * 10, 5.0)


@pytest.mark.parametrize("every", [0, 120])
def test_where_no_such_server_started_us_nothing_is_watched(tmp_path, every):
    assert watched(page, home=tmp_path, every=every) is page
