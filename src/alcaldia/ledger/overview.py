"""How the logs stand, for a public page: sizes, newest roots, and what each witness last did."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from alcaldia.kernel.errors import NotFound
from alcaldia.ledger import witnessing
from alcaldia.ledger.models import Entry, SignedHead, WitnessState
from alcaldia.ledger.ports import LogSource
from alcaldia.ledger.rules.note import BadNote, read_checkpoint, split
from alcaldia.ledger.rules.policy import NONE, BadPolicy, Policy

PATIENCE = timedelta(minutes=10)
"""Without a quorum for longer, everybody is told: issuing goes on, receipts wait."""


@dataclass(frozen=True)
class WitnessView:
    """`state`: "signs", a `Problem` value, or "waiting" before it was ever asked."""

    name: str
    state: str
    size: int
    last_seen: datetime | None
    behind: int

    @property
    def good(self) -> bool:
        return self.state == "signs"


@dataclass(frozen=True)
class LogView:
    """`witnessed` is the size of the newest checkpoint that had its quorum; None where nobody is asked.

    `problem` is a Spanish sentence where the log itself cannot be read.
    """

    name: str
    size: int
    origin: str = ""
    checkpoint: str = ""
    root: str = ""
    witnesses: tuple[WitnessView, ...] = ()
    witnessed: int | None = None
    problem: str = ""

    @property
    def holds(self) -> bool:
        return self.witnessed is not None and self.witnessed >= self.size


def logs() -> list[LogView]:
    """Every log of the installation, the acts first."""
    try:
        rules = witnessing.policy()
    except BadPolicy:
        rules = Policy()
    return [_view(source, rules) for source in witnessing.sources()]


def _view(source: LogSource, rules: Policy) -> LogView:
    try:
        signed = source.checkpoint()
        head = read_checkpoint(split(signed)[0])
    except (NotFound, BadNote, OSError):
        return LogView(source.name, 0, problem="Este registro no se puede leer en este momento.")
    states = {row.witness: row for row in WitnessState.objects.filter(log=source.name)}
    newest = SignedHead.objects.filter(log=source.name, has_quorum=True).order_by("-size").first()
    asked = rules.quorum != NONE
    return LogView(
        name=source.name,
        size=head.size,
        origin=head.origin,
        checkpoint=signed,
        root=split(signed)[0].split("\n")[2],
        witnesses=tuple(_witness(one.name, states.get(one.name), head.size) for one in rules.witnesses),
        witnessed=(newest.size if newest else 0) if asked else None,
    )


def _witness(name: str, state: WitnessState | None, size: int) -> WitnessView:
    if state is None:
        return WitnessView(name, "waiting", 0, None, size)
    behind = max(size - state.size, 0)
    return WitnessView(name, state.problem or "signs", state.size, state.last_seen, behind)


def waiting_since() -> datetime | None:
    """Since when acts wait for their witnesses, where that is longer than PATIENCE; None where all is well.

    Asks the database nothing where no witnesses are asked for.
    """
    try:
        rules = witnessing.policy()
    except BadPolicy:
        return None
    if rules.quorum == NONE:
        return None
    newest = SignedHead.objects.filter(log="acts", has_quorum=True).order_by("-size").first()
    first = Entry.objects.filter(index__gte=newest.size if newest else 0).order_by("index").first()
    late = first is not None and timezone.now() - first.recorded_at > PATIENCE
    return first.recorded_at if first is not None and late else None


def source_named(name: str) -> LogSource:
    """The log of this name. Raises NotFound."""
    for source in witnessing.sources():
        if source.name == name:
            return source
    raise NotFound("log_unknown", "No hay un registro con ese nombre, o todavía no se publica.")
