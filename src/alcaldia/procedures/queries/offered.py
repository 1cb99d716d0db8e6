"""Which procedures are offered where, and what each is called; on a parcel, those that begin with one."""

from collections.abc import Callable, Iterable

from alcaldia.kernel.text import named
from alcaldia.procedures import definitions
from alcaldia.procedures.models import Case

MOST = 9
BY_PARCEL = ("parcel", "cadastral_key")


def namer(slug: str) -> Callable[[str], str]:
    """What a town calls each procedure in plain words; one that it has no more, by its key."""
    names = {key: named(one.definition.sheet.plain_name) for key, one in definitions.programs(slug).items()}
    return lambda procedure: names.get(procedure) or procedure.replace("-", " ").capitalize()


def name_of(slug: str, procedure: str) -> str:
    """What a town calls one procedure."""
    return namer(slug)(procedure)


def of_cases(folios: Iterable[str]) -> dict[str, str]:
    """What was asked for with each of these folios, for whoever may know them; one that is no case is left out."""
    rows = Case.objects.filter(folio__in=set(folios)).values_list("folio", "municipality__slug", "procedure")
    return {folio: name_of(slug, procedure) for folio, slug, procedure in rows}


def beginning_with_a_parcel(slug: str) -> list[tuple[str, str]]:
    """Key and plain name of procedures whose first question is the parcel or its account, the most used first."""
    found = []
    for key, program in definitions.programs(slug).items():
        definition = program.definition
        first = definition.steps[0].fields[0] if definition.steps and definition.steps[0].fields else ""
        if first and definition.data[first].type in BY_PARCEL and definition.sheet.begins_at("portal"):
            found.append((definition.sheet.cases_per_year or 0, key, definition.sheet.plain_name.es))
    return [(key, name) for _, key, name in sorted(found, reverse=True)[:MOST]]
