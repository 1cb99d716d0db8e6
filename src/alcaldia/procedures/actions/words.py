"""People's words for a procedure: added only after the whole query set was searched again and nothing got worse."""

from django.db import transaction
from django.utils import timezone

from alcaldia.catalogue import own
from alcaldia.identity.models import Official
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import fold
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.procedures import definitions, events
from alcaldia.procedures.models import Alias
from alcaldia.procedures.trying import Trial, compare, phrases


def try_alias(town: Municipality, words: str, procedure: str) -> Trial:
    """Search the whole query set with and without the alias; nothing is kept."""
    catalogue, text = own.of(town), fold(words)
    now = definitions.index(town.slug, catalogue)
    then = definitions.index_with(town.slug, {**definitions.aliases(town.slug), text: procedure}, catalogue)
    return compare(now, then, phrases(town, without=text))


@transaction.atomic
def add_alias(*, town: Municipality, words: str, procedure: str, by: Official, channel: str) -> Trial:
    """Keep the alias. Raises Refusal where a known query would stop finding its procedure."""
    text = fold(words)
    definitions.program_in(town.slug, procedure)
    if not text or len(text) > 120:
        raise Refusal("bad_words", "Escriba las palabras de la gente, en menos de 120 letras.")
    trial = try_alias(town, text, procedure)
    if trial.worse:
        lost = ", ".join(f"«{one}»" for one in trial.worse[:3])
        raise Refusal(
            "search_worse",
            f"Con ese nombre dejarían de encontrarse: {lost}. Elija palabras más precisas.",
            status=409,
        )
    Alias.objects.update_or_create(
        municipality=town,
        words=text,
        defaults={"procedure": procedure, "by": by.username, "added_at": timezone.now()},
    )
    body = {
        "words": text,
        "procedure": procedure,
        "before": trial.before,
        "after": trial.after,
        "queries": trial.queries,
    }
    record(
        Act(events.ALIAS_ADDED, new_folio("BUS", timezone.now().year), body, town),
        by=by.username,
        channel=channel,
    )
    return trial


@transaction.atomic
def drop_alias(*, town: Municipality, pk: int, by: Official, channel: str) -> None:
    """Take an alias away again."""
    found = Alias.objects.filter(municipality=town, pk=pk).first()
    if found is not None:
        body = {"words": found.words, "procedure": found.procedure}
        record(
            Act(events.ALIAS_DROPPED, new_folio("BUS", timezone.now().year), body, town),
            by=by.username,
            channel=channel,
        )
        found.delete()
