"""What `./alcaldia test` answers for its parts, two of which run at once."""

import signal
import sys

import pytest

from alcaldia.project.commands.test import NOTHING_CHOSEN, _beside, worst


@pytest.mark.parametrize(
    ("ended", "answer"),
    [
        ([0, 0, 0], 0),
        ([0, NOTHING_CHOSEN, 0], 0),
        ([1, 0, 0], 1),
        ([0, 0, -signal.SIGTERM], signal.SIGTERM),
        ([0, -signal.SIGKILL, NOTHING_CHOSEN], signal.SIGKILL),
    ],
)
def test_a_part_that_failed_or_was_killed_is_not_hidden_by_the_others(ended, answer):
    assert worst(ended) == answer


def test_the_part_beside_tells_its_own_after_the_first(capfd):
    says = "import os; print(os.environ['DATABASE_URL']); raise SystemExit(3)"
    with _beside([sys.executable, "-c", says], "postgresql://") as other:
        assert capfd.readouterr().out == ""
        assert other("PostgreSQL") == 3
    assert capfd.readouterr().out == "postgresql://\n"


def test_the_part_beside_ends_where_the_first_is_stopped():
    forever = [sys.executable, "-c", "import threading; threading.Event().wait()"]
    with pytest.raises(KeyboardInterrupt), _beside(forever, ""):
        raise KeyboardInterrupt
