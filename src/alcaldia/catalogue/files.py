"""Where the catalogue's data lie and how they are read: tree, thesaurus, and the folder of definitions."""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from alcaldia.catalogue.rules.tree import Tree
from alcaldia.kernel import strict_yaml
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.shape import Problem, Text, load

DAY_ONE = Path(__file__).parent / "day_one"
"""The catalogue that every municipality starts with."""


@dataclass(frozen=True)
class Words:
    """The shared thesaurus: everyday words (several by commas) → official words."""

    words: dict[str, tuple[str, ...]]


@cache
def tree() -> Tree:
    """Doors, groups and families of the first day."""
    return _read(Tree, DAY_ONE / "tree.yaml")  # type: ignore[no-any-return]


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


@cache
def agencies() -> dict[str, Agency]:
    """The agencies of the first day, by the slug that definitions name."""
    return _read(Agencies, DAY_ONE / "agencies.yaml").agencies  # type: ignore[no-any-return]


@cache
def queries() -> tuple[tuple[str, str], ...]:
    """The query set: which procedure, in which words of people; every change of the search is tried on it."""
    lines = (DAY_ONE / "queries.tsv").read_text(encoding="utf-8").splitlines()
    return tuple((line.split("\t")[0], line.split("\t")[1]) for line in lines if line.strip())


@cache
def thesaurus() -> dict[str, tuple[str, ...]]:
    """Everyday words → official words."""
    return _read(Words, DAY_ONE / "thesaurus.yaml").words  # type: ignore[no-any-return]


def definitions(folder: Path = DAY_ONE / "procedures") -> list[Path]:
    """The definition files of a folder, by name; [] where there is no folder. Listed again when the folder changes."""
    try:
        return list(_listed(folder, folder.stat().st_mtime_ns))
    except FileNotFoundError:
        return []


@lru_cache(maxsize=64)
def _listed(folder: Path, changed: int) -> tuple[Path, ...]:
    return tuple(sorted(folder.glob("*.yaml")))


def _read(cls: Any, path: Path) -> Any:
    document = strict_yaml.read(path.read_text(encoding="utf-8"))
    problems: list[Problem] = []
    found = load(cls, document.value, problems)
    if problems:
        first = problems[0]
        raise Refusal("bad_catalogue", f"{path.name}, línea {document.line(first.path)}: {first.text}.")
    return found
