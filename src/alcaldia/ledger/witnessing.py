"""Asking the witnesses of the policy to cosign our logs: one round, all of them at once, bounded in time.

`keys/witness-policy.txt` (c2sp.org/tlog-policy) says who they are. Without it nobody is asked and a
receipt carries the log's own signatures alone.
"""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger import keys, queries
from alcaldia.ledger.models import Cosignature, SignedHead, WitnessState
from alcaldia.ledger.ports import LogSource, head_of
from alcaldia.ledger.rules import note
from alcaldia.ledger.rules.add_checkpoint import Answer, Problem, read_answer, request
from alcaldia.ledger.rules.policy import NONE, BadPolicy, Policy, Witness, read_policy
from alcaldia.ledger.tilefolder import TileFolder, consistency

PATIENCE = 1.5
"""Seconds that one witness may take to answer."""
AGAIN = timedelta(seconds=10)
"""How long a witness with a problem is left in peace."""
FRESH = timedelta(minutes=2)
LOOK = 0.05


def policy_path() -> Path:
    """The file that the operator writes."""
    return keys.folder() / "witness-policy.txt"


def policy() -> Policy:
    """The policy in force; without a file one that asks nobody. Raises BadPolicy."""
    path = policy_path()
    return read_policy(path.read_text(encoding="utf-8")) if path.exists() else Policy()


def sources() -> list[LogSource]:
    """Every log of this installation that has a checkpoint to show: the acts, and what others publish."""
    folders = {name: Path(place) for name, place in settings.LOG_FOLDERS.items()}
    published = [TileFolder(path, name) for name, path in folders.items() if (path / "checkpoint").exists()]
    return [queries.ACTS, *published]


@dataclass(frozen=True)
class Asked:
    """One question to one witness: the proof goes from what it has cosigned (`old`) to the new head."""

    witness: Witness
    old: int
    body: str
    answer: Answer | None = None


def round_of(source: LogSource, rules: Policy, client: httpx.Client) -> SignedHead | None:
    """Have the newest head of a log cosigned by all who have not yet; None where there is nothing to do.

    Never raises for a witness: its problem is kept in `WitnessState` and told on the public page.
    Raises Refusal("log_forked") where our own log contradicts a checkpoint that it signed before.
    """
    waiting = _waiting(source, rules)
    if not waiting or source.size() == 0:
        return None
    head = _kept_head(source)
    states = {row.witness: row.size for row in WitnessState.objects.filter(log=source.name)}
    first = [_question(source, head, witness, states.get(witness.name, 0)) for witness in waiting]
    answered = _ask(first, client)
    again = [
        _question(source, head, one.witness, one.answer.size)
        for one in answered
        if one.answer and one.answer.problem is Problem.OTHER_SIZE and one.answer.size <= head.size
    ]
    again += [
        one for one in answered
        if one.answer and one.answer.problem is Problem.KEY_UNKNOWN and _teach(one.witness, source, client)
    ]  # fmt: skip
    second = {one.witness.name: one for one in _ask(again, client)}
    _keep(source.name, head, rules, [second.get(one.witness.name, one) for one in answered])
    return head


def _waiting(source: LogSource, rules: Policy) -> list[Witness]:
    """Witnesses with an address that lack the newest head, but for those that failed a moment ago."""
    size, now = source.size(), timezone.now()
    states = {row.witness: row for row in WitnessState.objects.filter(log=source.name)}

    def needed(witness: Witness) -> bool:
        state = states.get(witness.name)
        if state is None:
            return True
        return now - state.asked_at > AGAIN if state.problem else state.size != size

    return [witness for witness in rules.witnesses if witness.url and needed(witness)]


def _kept_head(source: LogSource) -> SignedHead:
    signed, head = head_of(source)
    kept, _ = SignedHead.objects.get_or_create(
        log=source.name, size=head.size, defaults={"note": signed, "made_at": timezone.now()}
    )
    if note.read_checkpoint(note.split(kept.note)[0]) != head:
        raise Refusal(
            "log_forked",
            f"El registro «{source.name}» da ahora otra raíz para {head.size} anotaciones que la que ya firmó. "
            "Alguien cambió su pasado o restauró otra copia: no expida nada y compare con los testigos.",
        )
    return kept


def _question(source: LogSource, head: SignedHead, witness: Witness, old: int) -> Asked:
    if old > head.size:
        old = head.size
    proof = consistency(source, old, head.size) if 0 < old < head.size else ()
    return Asked(witness, old, request(old, proof, head.note))


def _ask(questions: list[Asked], client: httpx.Client) -> list[Asked]:
    if not questions:
        return []
    with ThreadPoolExecutor(len(questions)) as pool:
        return list(pool.map(lambda one: replace(one, answer=_post(one, client)), questions))


def _teach(witness: Witness, source: LogSource, client: httpx.Client) -> bool:
    """Hand a witness that does not know our keys each change, oldest first; did it learn any?

    It believes only what every key that it knew before has signed. Witnesses of others answer 404.
    """
    learned = False
    for told in source.statements():
        try:
            got = client.post(f"{witness.url}/add-keys", content=told.encode(), timeout=PATIENCE)
        except (httpx.HTTPError, httpx.InvalidURL):
            return learned
        learned |= got.status_code == 200
    return learned


def _post(one: Asked, client: httpx.Client) -> Answer:
    text = note.split(one.body.partition("\n\n")[2])[0]
    try:
        got = client.post(f"{one.witness.url}/add-checkpoint", content=one.body.encode(), timeout=PATIENCE)
    except (httpx.HTTPError, httpx.InvalidURL):
        return Answer(problem=Problem.OFFLINE)
    answer = read_answer(got.status_code, got.content[:65_536], text=text, key=one.witness.key)
    # It has cosigned exactly what we said and yet refuses: it holds another root of that size.
    disagrees = answer.problem is Problem.OTHER_SIZE and answer.size == one.old
    return replace(answer, problem=Problem.FORK) if disagrees else answer


def _keep(log: str, head: SignedHead, rules: Policy, asked: list[Asked]) -> None:
    now = timezone.now()
    with transaction.atomic():
        for one in asked:
            answer = one.answer or Answer(problem=Problem.OFFLINE)
            _keep_state(log, one.witness.name, head.size, answer, now)
            if answer.line:
                at = datetime.fromtimestamp(answer.at, UTC)
                Cosignature.objects.get_or_create(
                    head=head, witness=one.witness.name, defaults={"line": answer.line, "signed_at": at}
                )
        names = head.cosignatures.values_list("witness", flat=True)
        if rules.witnesses and rules.holds(names):
            SignedHead.objects.filter(pk=head.pk).update(has_quorum=True)
            head.has_quorum = True


def _keep_state(log: str, name: str, size: int, answer: Answer, now: datetime) -> None:
    fields: dict[str, object] = {"asked_at": now, "problem": answer.problem.value if answer.problem else ""}
    if answer.problem is not Problem.OFFLINE:
        fields["last_seen"] = now
    if answer.line:
        fields["size"] = size
    elif answer.problem is Problem.OTHER_SIZE:
        fields["size"] = answer.size
    WitnessState.objects.update_or_create(log=log, witness=name, defaults=fields)


def run_rounds(client: httpx.Client) -> list[SignedHead]:
    """One round for every log."""
    rules = policy()
    done = [round_of(source, rules, client) for source in sources()] if rules.witnesses else []
    return [head for head in done if head is not None]


@dataclass(frozen=True)
class Standing:
    """`asked`: there is a policy that wants witnesses. `names`: who cosigned, once they were enough."""

    asked: bool
    names: tuple[str, ...] = ()

    @property
    def pending(self) -> bool:
        return self.asked and not self.names


def standing(index: int) -> Standing:
    """How entry `index` of the log of acts stands with its witnesses."""
    head = queries.quorum_over(index)
    if head is not None:
        return Standing(True, tuple(head.cosignatures.order_by("witness").values_list("witness", flat=True)))
    try:
        return Standing(policy().quorum != NONE)
    except BadPolicy:
        return Standing(True)


def expected(rules: Policy, log: str = "acts") -> bool:
    """Would the witnesses that answer at present be enough? Where not, nobody waits for them."""
    if not rules.witnesses or rules.quorum == NONE:
        return False
    fresh = timezone.now() - FRESH
    return rules.holds(_names(WitnessState.objects.filter(log=log, problem="", asked_at__gte=fresh)))


def _names(states: Iterable[WitnessState]) -> list[str]:
    return [state.witness for state in states]


def wait_for_quorum(index: int, *, seconds: float) -> bool:
    """Give the witnesses up to `seconds` for entry `index`; at once False where a quorum is not to be expected.

    The worker does the asking; this only looks. Never raises for witnesses, never waits longer.
    """
    try:
        rules = policy()
    except BadPolicy:
        return False
    if seconds <= 0 or not expected(rules):
        return False
    until = time.monotonic() + seconds
    while queries.quorum_over(index) is None:
        if time.monotonic() > until:
            return False
        time.sleep(LOOK)
    return True
