"""Random lives of an agenda break no promise: a seat is of one person at a time, and what is over stays where it was."""

from collections import Counter
from random import Random

import pytest

from alcaldia.agenda import actions
from alcaldia.agenda.actions import Holder
from alcaldia.agenda.models import Appointment
from alcaldia.agenda.rules.slots import Need
from alcaldia.kernel.errors import Refusal
from tests.agenda.conftest import WHO, tomorrow

pytestmark = pytest.mark.django_db
OVER = {"attended", "missed"}
STEPS = 60


def act(chance, agenda, turns, codes):
    """Something that a person or an official might ask; Refusal where it may not be."""
    town, at, need = agenda.municipality, chance.choice(turns), Need(30 * chance.randint(1, 2))
    if not codes or chance.random() < 0.3:
        made = actions.book(**WHO, agenda=agenda, starts_at=at, need=need)
        codes[made.row.folio] = made.code
        return
    folio = chance.choice(sorted(codes))
    holder = Holder(codes[folio] if chance.random() < 0.9 else "AAAA-AAAA-AAAA")
    mine = {**WHO, "town": town, "folio": folio}
    chance.choice([
        lambda: actions.move(**mine, holder=holder, starts_at=at, need=need),
        lambda: actions.cancel(**mine, holder=holder),
        lambda: actions.restore(**mine, holder=holder, need=need),
        lambda: actions.attend(**mine, came=chance.random() < 0.5),
    ])()  # fmt: skip


def seats(agenda):
    """How many hold each seat in each half hour."""
    taken = Counter()
    for row in Appointment.objects.filter(agenda=agenda).exclude(state="cancelled"):
        taken.update((row.starts_at.timestamp() + 1800 * n, row.seat) for n in range(row.minutes // 30))
    return taken


@pytest.mark.parametrize("seed", range(20))
def test_no_seat_is_taken_twice_and_no_state_is_jumped(agenda, seed, monkeypatch):
    monkeypatch.setattr(actions, "_not_yet", lambda row: False)  # its day may come between any two steps
    chance, turns, codes = Random(seed), [tomorrow(agenda, nth) for nth in range(4)], {}
    for _ in range(STEPS):
        before = {row.folio: (row.state, row.starts_at) for row in Appointment.objects.all()}
        try:
            act(chance, agenda, turns, codes)
            refused = False
        except Refusal:
            refused = True
        after = {row.folio: (row.state, row.starts_at) for row in Appointment.objects.all()}
        assert max(seats(agenda).values(), default=0) <= 1
        assert all(seat <= agenda.capacity for _, seat in seats(agenda))
        assert not refused or after == before
        for folio, (state, at) in before.items():
            if state in OVER:
                assert after[folio][0] in OVER
                assert after[folio][1] == at
