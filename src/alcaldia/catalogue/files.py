"""The catalogue of the first day: tree, thesaurus, agencies and the folder of definitions, read from their files."""

from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from alcaldia.catalogue import documents
from alcaldia.catalogue.rules.agencies import Agencies, Agency
from alcaldia.catalogue.rules.tree import Tree
from alcaldia.catalogue.rules.words import Words

DAY_ONE = Path(__file__).parent / "day_one"
"""The catalogue that every municipality starts with."""
FILES = {"tree": "tree.yaml", "words": "thesaurus.yaml", "agencies": "agencies.yaml"}


def text(kind: str) -> str:
    """The file of the first day."""
    return (DAY_ONE / FILES[kind]).read_text(encoding="utf-8")


@cache
def tree() -> Tree:
    """Doors, groups and families of the first day."""
    return cast("Tree", documents.read(text("tree")).content)


@cache
def agencies() -> dict[str, Agency]:
    """The agencies of the first day, by the slug that definitions name."""
    return cast("Agencies", documents.read(text("agencies")).content).agencies


@cache
def queries() -> tuple[tuple[str, str], ...]:
    """The query set: which procedure, in which words of people; every change of the search is tried on it."""
    lines = (DAY_ONE / "queries.tsv").read_text(encoding="utf-8").splitlines()
    return tuple((line.split("\t")[0], line.split("\t")[1]) for line in lines if line.strip())


@cache
def thesaurus() -> dict[str, tuple[str, ...]]:
    """Everyday words → official words."""
    return cast("Words", documents.read(text("words")).content).words


def definitions(folder: Path = DAY_ONE / "procedures") -> list[Path]:
    """The definition files of a folder, by name; [] where there is no folder. Listed again when the folder changes."""
    try:
        return list(_listed(folder, folder.stat().st_mtime_ns))
    except FileNotFoundError:
        return []


@lru_cache(maxsize=64)
def _listed(folder: Path, changed: int) -> tuple[Path, ...]:
    return tuple(sorted(folder.glob("*.yaml")))
