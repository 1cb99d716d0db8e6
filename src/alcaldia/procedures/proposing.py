"""A tree, words or agencies that a municipality may take: checked against its procedures, tried on its searches, not kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from alcaldia.catalogue import documents, files, own
from alcaldia.catalogue.documents import Read
from alcaldia.catalogue.models import CatalogueVersion
from alcaldia.catalogue.own import Catalogue
from alcaldia.catalogue.rules import agencies, tree, words
from alcaldia.catalogue.rules.agencies import Agencies
from alcaldia.catalogue.rules.tree import Tree
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.shape import Problem
from alcaldia.procedures import definitions, trying
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.trying import Trial

FIRST_DAY = 0
"""The number of the first day among a municipality's versions."""


@dataclass(frozen=True)
class Proposal:
    """What would be in force, and everything to say of it first. `seen` are the numbers in force that it was made upon."""

    town: Municipality
    version: CatalogueVersion
    then: Catalogue
    seen: Mapping[str, int]
    problems: tuple[Problem, ...]
    sentences: tuple[str, ...]
    trial: Trial | None
    same: bool

    @property
    def errors(self) -> list[Problem]:
        return [one for one in self.problems if one.level == "error"]


def of_text(town: Municipality, text: str) -> Proposal:
    """The proposal of a file. Raises Refusal where it is not of a catalogue's shape."""
    given = documents.read(text)
    return _proposal(town, given, text.encode())


def of_word(
    town: Municipality, everyday: str, official: str, *, upon: int | None = None, replaces: str = ""
) -> Proposal:
    """The proposal of one row of the town's words, both sides separated by commas: new, or in place of `replaces`.

    Without everyday words the row is taken away. Raises Refusal where the row is not there, or the new one is already.
    """
    said, key = own.of(town).own_words, _by_commas(everyday)
    if replaces and replaces not in said:
        raise changed_meanwhile()
    if key in said and key != replaces:
        raise Refusal("twice", f"«{key}» ya tiene su renglón. Cámbielo ahí.")
    meant = tuple(one for one in _by_commas(official).split(", ") if one)
    rows = {
        (key if one == replaces else one): (meant if one == replaces else old) for one, old in said.items()
    }
    if not replaces:
        rows[key] = meant
    rows.pop("", None)
    found = of_text(town, documents.of_words(rows))
    if upon is not None and upon != found.seen.get("words", FIRST_DAY):
        raise changed_meanwhile()
    return found


def _by_commas(text: str) -> str:
    parts = (" ".join(one.split()) for one in text.split(","))
    return ", ".join(one for one in parts if one)


def changed_meanwhile() -> Refusal:
    """Of two who save at once, the second."""
    detail = "Alguien guardó un cambio hace un momento. Vea cómo quedó y haga el suyo de nuevo."
    return Refusal("changed_meanwhile", detail, status=409)


def of_version(town: Municipality, kind: str, number: int | None) -> Proposal:
    """The proposal to go back: to that number, 0 being the first day, or else to the one before what is in force."""
    if kind not in CatalogueVersion.Kind.values:
        raise Refusal("unknown_kind", f"No hay «{kind}». Escriba tree, words o agencies.")
    rows = {one.number: one for one in CatalogueVersion.objects.filter(municipality=town, kind=kind)}
    wanted = _origin(rows, _origin(rows, max(rows, default=FIRST_DAY)) - 1) if number is None else number
    if wanted < FIRST_DAY:
        raise Refusal("nothing_to_undo", f"No hay nada que deshacer ({documents.NAMES[kind]}).", status=409)
    if wanted != FIRST_DAY and wanted not in rows:
        told = ", ".join(map(str, sorted(rows))) or "ninguna"
        raise NotFound(
            "no_version", f"No hay una versión {wanted}. Las que hay: {told}; 0 es la del primer día."
        )
    kept = bytes(rows[wanted].body) if wanted in rows else b""
    given = documents.read(kept.decode() if kept else files.text(kind))
    return _proposal(town, given, kept, restores=wanted)


def outgrown(town: Municipality) -> list[str]:
    """What is in force and does not fit any more, a sentence each: procedures came or changed since it was kept."""
    versions = {kind: one for kind, one in own.in_force(town).items() if one.body}
    now, found = own.made(versions), []
    for one in versions.values():
        given = documents.read(bytes(one.body).decode())
        problems = [*documents.alone(given), *_fit(town, given, now, now)]
        found += given.sentences([each for each in problems if each.level == "error"])
    return found


def _origin(rows: Mapping[int, CatalogueVersion], number: int) -> int:
    """The version whose content a number has: one that came back counts as what it was."""
    while number in rows and rows[number].restores is not None:
        number = rows[number].restores or FIRST_DAY
    return number


def _proposal(town: Municipality, given: Read, body: bytes, *, restores: int | None = None) -> Proposal:
    versions = own.in_force(town)
    before = versions.get(given.kind)
    version = CatalogueVersion(
        municipality=town, kind=given.kind, number=before.number + 1 if before else 1,
        sha256=sha256(body).hexdigest(), body=body, restores=restores,
    )  # fmt: skip
    now, then = own.made(versions), own.with_one(versions, version)
    problems = (*documents.alone(given), *_fit(town, given, now, then))
    tried = _tried(town, now, then) if given.kind != "agencies" else None
    return Proposal(
        town, version, then, {kind: one.number for kind, one in versions.items()}, problems,
        tuple(given.sentences(list(problems))), tried, now.mark == then.mark,
    )  # fmt: skip


def _fit(town: Municipality, given: Read, now: Catalogue, then: Catalogue) -> list[Problem]:
    """What the town's procedures would miss, and what would lead to none."""
    programs, content = definitions.programs(town.slug), given.content
    if isinstance(content, Tree):
        family_of = {key: one.definition.sheet.family for key, one in programs.items()}
        return [*tree.fit(content, family_of), *tree.empty(content, frozenset(family_of.values()))]
    if isinstance(content, Agencies):
        return agencies.fit(content, _attended_by(programs, now))
    index = definitions.index(town.slug, then)
    return words.fit(content, index.says)


def _attended_by(programs: Mapping[str, Program], now: Catalogue) -> dict[str, tuple[str, ...]]:
    """Which procedures name each agency that there is now; one that is only somebody's post does not disappear."""
    found: dict[str, list[str]] = {}
    for key, program in programs.items():
        one = program.definition
        turns = [*(turn.agency for turn in one.reviews), *(turn.agency for turn in one.inspections)]
        for agency in dict.fromkeys((one.sheet.agency, *turns)):
            if agency in now.agencies:
                found.setdefault(agency, []).append(key)
    return {agency: tuple(keys) for agency, keys in found.items()}


def _tried(town: Municipality, now: Catalogue, then: Catalogue) -> Trial:
    slug = town.slug
    return trying.compare(definitions.index(slug, now), definitions.index(slug, then), trying.phrases(town))
