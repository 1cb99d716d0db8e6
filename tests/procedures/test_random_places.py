"""Random lives of what runs out break no promise: never more than there is, in the order of coming, nobody pays while waiting."""

from contextlib import suppress
from random import Random

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import registers, reserving
from alcaldia.procedures.actions import citizens, clocks
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.models import Case, Place
from tests.procedures.conftest import sent
from tests.procedures.test_paying import pay
from tests.procedures.test_places import COURSE, unpaid

pytestmark = pytest.mark.django_db(transaction=True)
STEPS, HELD = 50, "held"


def one_of(chance, state):
    return chance.choice(list(Case.objects.filter(state=state).order_by("pk")) or [None])


def act(chance, town, offered, codes):
    """Somebody comes, pays, does not pay or withdraws; the city adds a seat; the clock runs. How many seats there are now."""
    what = chance.choice(["comes", "comes", "pays", "does not", "withdraws", "seat", "clock"])
    decided = one_of(chance, "decided")
    if what == "comes":
        case, code = sent(town, "inscripcion-cursos", **COURSE)
        codes[case.folio] = code
    elif what == "seat":
        registers.keep(town, "courses", [("natacion", {"lugares": offered + 1})])
        return offered + 1
    elif what == "clock":
        clocks.run(town)
    elif what == "withdraws" and codes:
        folio = chance.choice(sorted(codes))
        citizens.withdraw(folio=folio, bearer=Bearer(codes[folio]), by="citizen", channel="test")
    elif decided:
        pay(decided) if what == "pays" else unpaid(decided)
    return offered


@pytest.mark.parametrize("seed", range(20))
def test_no_seat_is_given_twice_and_nobody_passes_who_waits(town, broker, seed):
    chance, codes, offered = Random(seed), {}, 2
    registers.keep(town, "courses", [("natacion", {"lugares": offered})])
    for _ in range(STEPS):
        with suppress(Refusal):
            offered = act(chance, town, offered, codes)
        waiting = list(Case.objects.filter(state="waiting_list").order_by("pk"))
        assert Place.objects.filter(state=HELD).count() <= offered
        assert not [one for one in waiting if one.order or one.document]
        assert [reserving.line_of(one)[0] for one in waiting] == list(range(1, len(waiting) + 1))
        issued = Case.objects.filter(state__in=("decided", "issued"))
        assert {one.case_id for one in Place.objects.filter(state=HELD)} == {one.pk for one in issued}
    clocks.run(town)
    still = Case.objects.filter(state="waiting_list").exists()
    assert not still or Place.objects.filter(state=HELD).count() == offered
