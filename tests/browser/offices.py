"""What the offices of the demo do with a request, by the program's own actions: their pages have journeys of their own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "import sys; from tests.browser.offices import in_favour; in_favour(sys.argv[1])"
TURNS = 20


def decided(home: Path, folio: str) -> None:
    """Every office that has the request attends it in favour, beside the server, as an official of its agency."""
    given = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    given |= {"ALCALDIA_HOME": str(home), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    done = subprocess.run([sys.executable, "-c", COMMAND, folio], env=given, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]


def in_favour(folio: str) -> None:
    """In a process of the demo's home: one turn after the other, until nobody has to look any more."""
    from alcaldia.project import django_setup

    django_setup.start()
    from alcaldia.procedures.models import Turn

    for _ in range(TURNS):
        turn = Turn.objects.filter(case__folio=folio, state=Turn.State.OPEN).select_related("case", "municipality").first()  # fmt: skip
        if turn is None:
            return
        attend(turn)
    raise AssertionError(f"{folio} still waits")


def attend(turn: Any) -> None:
    from alcaldia.procedures import visiting
    from alcaldia.procedures.actions import reviewing
    from tests.procedures.officials import SIGNED

    given = {"folio": turn.case.folio, "official": official_of(turn), "channel": "test"}
    if turn.kind == turn.Kind.REVIEW:
        reviewing.give_opinion(**given, agency=turn.agency, opinion="favourable", note="Revisado y conforme.")
    elif turn.kind == turn.Kind.INSPECTION:
        seen = dict.fromkeys(points_of(turn), "bien")
        visiting.inspect(**given, findings=seen, note="Se vio conforme.", result="favourable")
    elif turn.kind == turn.Kind.DECISION:
        reviewing.resolve(**given, outcome="granted", reasons=["Cumple."], signature=SIGNED)


def official_of(turn: Any) -> Any:
    """Whoever of the demo may attend and sign for the agency."""
    from alcaldia.identity.models import Official
    from alcaldia.procedures import permissions
    from alcaldia.procedures.calendars import today

    wanted = permissions.SIGN if turn.kind == turn.Kind.DECISION else permissions.ATTEND
    town, on = turn.municipality, today(turn.municipality)
    return next(one for one in Official.objects.all() if permissions.can(one, town, turn.agency, on, wanted))


def points_of(turn: Any) -> Any:
    from alcaldia.procedures import definitions

    asked = definitions.pinned(turn.case.definition).definition.inspections
    return next(one.points for one in asked if one.agency == turn.agency)
