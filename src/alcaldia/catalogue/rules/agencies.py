"""Agencies as people look for them."""

from collections.abc import Mapping
from dataclasses import dataclass

from alcaldia.catalogue.rules import names
from alcaldia.kernel.shape import Problem, Text

MOST, LONGEST_ABOUT = 99, 300


@dataclass(frozen=True)
class Agency:
    """An agency as people look for it."""

    name: Text
    about: Text
    address: str = ""
    phone: str = ""
    hours: str = ""


@dataclass(frozen=True)
class Agencies:
    """Slug → agency."""

    agencies: dict[str, Agency]


def lint(given: Agencies) -> list[Problem]:
    """What could not be shown: no agency at all or too many, keys that fit no address, names that fit no heading."""
    found: list[Problem] = []
    if not 1 <= len(given.agencies) <= MOST:
        found.append(Problem(("agencies",), "too_many", f"las dependencias son de 1 a {MOST}"))
    for key, one in given.agencies.items():
        path = ("agencies", key)
        found += names.key_of(path, key) + names.short((*path, "name"), one.name)
        found += names.short((*path, "about"), one.about, LONGEST_ABOUT)
        for part in ("address", "phone", "hours"):
            if text := getattr(one, part):
                found += names.short((*path, part), text, LONGEST_ABOUT)
    return found


def fit(given: Agencies, attended_by: Mapping[str, tuple[str, ...]]) -> list[Problem]:
    """Agencies that procedures name (agency → procedures) and that would not be there any more."""
    found = []
    for agency, procedures in attended_by.items():
        if agency not in given.agencies:
            told = ", ".join(f"«{one}»" for one in procedures)
            text = f"falta la dependencia «{agency}» y la nombran los trámites publicados {told}; déjela, o cambie antes la dependencia de esos trámites"
            found.append(Problem(("agencies",), "agency_gone", text))
    return found
