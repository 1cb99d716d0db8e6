"""What `./alcaldia test` answers for its three parts."""

import signal

import pytest

from alcaldia.project.commands.test import NOTHING_CHOSEN, worst


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
