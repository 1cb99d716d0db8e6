"""A municipality takes a tree, words or agencies of its own, or goes back: one version more, whole or not at all."""

from django.db import transaction
from django.utils import timezone

from alcaldia.catalogue import documents, events, own
from alcaldia.catalogue.models import CatalogueVersion
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.procedures.proposing import Proposal, changed_meanwhile
from alcaldia.procedures.trying import Trial

SHOWN = 5


def check(proposal: Proposal, *, accept_worse: bool = False) -> None:
    """Raises Refusal where the proposal has an error, or where known searches would be lost and nobody accepts that.

    To go back loses what the change had won: that is told and not asked.
    """
    if proposal.errors:
        raise documents.refusal(proposal.version.kind, list(proposal.sentences))
    lost = proposal.trial.worse if proposal.trial else ()
    if lost and not accept_worse and proposal.version.restores is None:
        told = ", ".join(f"«{one}»" for one in lost[:SHOWN])
        more = f" y {len(lost) - SHOWN} más" if len(lost) > SHOWN else ""
        raise Refusal(
            "search_worse",
            f"Dejarían de encontrarse: {told}{more}. Cambie las palabras o acéptelo.",
            status=409,
        )


@transaction.atomic
def keep(*, proposal: Proposal, by: str, channel: str, accept_worse: bool = False) -> CatalogueVersion:
    """What was proposed is in force from now on. Raises Refusal as `check` does, and where somebody saved meanwhile."""
    check(proposal, accept_worse=accept_worse)
    town = Municipality.objects.select_for_update().get(pk=proposal.town.pk)
    if {kind: one.number for kind, one in own.in_force(town).items()} != dict(proposal.seen):
        raise changed_meanwhile()
    version, now = proposal.version, timezone.now()
    version.folio, version.by, version.at = new_folio("CAT", now.year), by, now
    version.save(force_insert=True)
    town.catalogue = proposal.then.mark
    town.save(update_fields=["catalogue"])
    kind = events.VERSION_KEPT if version.restores is None else events.VERSION_RESTORED
    record(Act(kind, version.folio, _body(proposal), town), by=by, channel=channel)
    return version


def _body(proposal: Proposal) -> dict[str, object]:
    one = proposal.version
    return {
        "kind": one.kind, "version": one.number, "sha256": one.sha256, "restores": one.restores,
        "search": _tried(proposal.trial) if proposal.trial else None,
    }  # fmt: skip


def _tried(trial: Trial) -> dict[str, object]:
    return {"queries": trial.queries, "before": trial.before, "after": trial.after, "worse": len(trial.worse)}
