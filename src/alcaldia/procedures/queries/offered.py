"""Which procedures are offered where: on a parcel, those that begin with one."""

from alcaldia.procedures import definitions

MOST = 9
BY_PARCEL = ("parcel", "cadastral_key")


def beginning_with_a_parcel(slug: str) -> list[tuple[str, str]]:
    """Key and plain name of procedures whose first question is the parcel or its account, the most used first."""
    found = []
    for key, program in definitions.programs(slug).items():
        definition = program.definition
        first = definition.steps[0].fields[0] if definition.steps and definition.steps[0].fields else ""
        if first and definition.data[first].type in BY_PARCEL:
            found.append((definition.sheet.cases_per_year or 0, key, definition.sheet.plain_name.es))
    return [(key, name) for _, key, name in sorted(found, reverse=True)[:MOST]]
