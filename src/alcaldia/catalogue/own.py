"""The catalogue of a municipality: its own tree, words and agencies where it has them, those of the first day where not.

Kept in memory under what it says: a municipality's row carries the mark, so that another process sees a change with
the row that it reads anyway, and a page asks the database nothing more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from django.db.models import OuterRef, Subquery

from alcaldia.catalogue import documents, files
from alcaldia.catalogue.documents import Content
from alcaldia.catalogue.models import CatalogueVersion
from alcaldia.catalogue.rules.agencies import Agencies, Agency
from alcaldia.catalogue.rules.tree import Tree
from alcaldia.catalogue.rules.words import Words, merged
from alcaldia.kernel.canonical import digest
from alcaldia.kernel.models import Municipality

MOST = 256
_kept: dict[str, "Catalogue"] = {}


@dataclass(frozen=True)
class Catalogue:
    """What is in force somewhere; two of one mark say the same. `own_words` are those that the municipality says itself."""

    mark: str
    tree: Tree = field(compare=False)
    words: Mapping[str, tuple[str, ...]] = field(compare=False)
    agencies: Mapping[str, Agency] = field(compare=False)
    own_words: Mapping[str, tuple[str, ...]] = field(compare=False)


@cache
def first_day() -> Catalogue:
    """The catalogue of who has none of their own."""
    return Catalogue("", files.tree(), files.thesaurus(), files.agencies(), {})


def of(town: Municipality | None) -> Catalogue:
    """The catalogue in force in a municipality as its row says; of none, the first day's."""
    mark = town.catalogue if town is not None else ""
    if town is None or not mark:
        return first_day()
    found = _kept.get(mark)
    if found is None:
        found = made(in_force(town))
        # Somebody may have saved since the row was read: what it says now is not what the mark stands for.
        if found.mark == mark:
            while len(_kept) >= MOST:
                _kept.pop(next(iter(_kept)))
            _kept[mark] = found
    return found


def by_slug(slug: str) -> Catalogue:
    """The same by name, for one question more; where there is no such municipality, the first day's."""
    return of(Municipality.objects.filter(slug=slug).first() if slug else None)


def in_force(town: Municipality) -> dict[str, CatalogueVersion]:
    """The last version of each kind, also where it is the first day's again."""
    last = CatalogueVersion.objects.filter(
        municipality=OuterRef("municipality"), kind=OuterRef("kind")
    ).order_by("-number")
    rows = CatalogueVersion.objects.filter(municipality=town, pk=Subquery(last.values("pk")[:1]))
    return {one.kind: one for one in rows}


def text_of(town: Municipality, kind: str) -> str:
    """The file in force; of words only the municipality's own, for they are merged over those of the first day."""
    version = in_force(town).get(kind)
    if version is not None and version.body:
        return bytes(version.body).decode()
    return documents.NO_WORDS if kind == "words" else files.text(kind)


def made(versions: Mapping[str, CatalogueVersion]) -> Catalogue:
    """The catalogue that these versions make, by kind; an empty body is the first day's."""
    return _put_together({
        kind: (one.sha256, documents.read(bytes(one.body).decode()).content)
        for kind, one in versions.items() if one.body
    })  # fmt: skip


def with_one(versions: Mapping[str, CatalogueVersion], one: CatalogueVersion) -> Catalogue:
    """The same with one version more, which need not be kept yet."""
    return made({**versions, one.kind: one})


def _put_together(given: Mapping[str, tuple[str, Content]]) -> Catalogue:
    first = first_day()
    if not given:
        return first
    tree, agencies, own = first.tree, first.agencies, {}
    for _, content in given.values():
        if isinstance(content, Tree):
            tree = content
        elif isinstance(content, Words):
            own = content.words
        elif isinstance(content, Agencies):
            agencies = content.agencies
    mark = digest({kind: sha for kind, (sha, _) in given.items()})
    return Catalogue(mark, tree, merged(first.words, own) if own else first.words, agencies, own)
