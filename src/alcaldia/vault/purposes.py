"""The public catalogue of purposes (`purposes.toml`): a grant carries a code, people read its name.

Codes are never taken away and never change their meaning. Grants given before there was a catalogue carry free text:
`name` gives it back as it is.
"""

import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.shape import Problem, Text, load
from alcaldia.kernel.text import named

FILE = Path(__file__).with_name("purposes.toml")
RESOLVE, CHANGES, APPEAL, NO_DEBT = "resolve-request", "review-changes", "decide-appeal", "certify-no-debt"
RESIDENCY = "decide-residency"
"""What procedures ask for by themselves; the rest is chosen by people."""


@dataclass(frozen=True)
class Purpose:
    """What for: `basis` is why the law allows it, `dpv` a term of the Data Privacy Vocabulary or ""."""

    key: str
    name: Text
    about: Text
    basis: Text
    dpv: str = ""
    by_hand: bool = False
    retired: bool = False


@dataclass(frozen=True)
class Catalogue:
    """`since` is the day of this version."""

    version: int
    since: str
    purposes: tuple[Purpose, ...]


def read(data: bytes) -> Catalogue:
    """A catalogue file. ValueError where it is not one or a code stands twice."""
    problems: list[Problem] = []
    found: Catalogue = load(Catalogue, tomllib.loads(data.decode()), problems)
    if problems:
        raise ValueError("; ".join(f"{'.'.join(map(str, one.path))}: {one.text}" for one in problems))
    if len({one.key for one in found.purposes}) != len(found.purposes):
        raise ValueError("a code stands twice")
    return found


_DATA = FILE.read_bytes()
CATALOGUE = read(_DATA)
SHA256 = sha256(_DATA).hexdigest()
"""Of the file itself: whoever kept an earlier copy sees whether it changed."""
BY_KEY = {one.key: one for one in CATALOGUE.purposes}


def known(code: str) -> bool:
    """Is or was this a purpose of the catalogue?"""
    return code in BY_KEY


def check(code: str) -> None:
    """Raises Refusal where no permit may be given for it."""
    if code not in BY_KEY or BY_KEY[code].retired:
        detail = "Ese permiso no dice para qué con una finalidad del catálogo público. Elija una de la lista y dé el permiso de nuevo."
        raise Refusal("unknown_purpose", detail)


def name(code: str) -> str:
    """What people read, in the page's language by the filter `said`; what is not a code is its own words."""
    found = BY_KEY.get(code)
    return named(found.name) if found else code


def by_hand() -> list[Purpose]:
    """What a person or a counter may choose."""
    return [one for one in CATALOGUE.purposes if one.by_hand and not one.retired]
