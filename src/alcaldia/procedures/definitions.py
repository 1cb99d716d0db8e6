"""Definition files: read, checked, kept, and the search index that they make.

A municipality's own files (`ALCALDIA_HOME/procedures/SLUG/`) stand before those of the first day.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from alcaldia.catalogue import files, own
from alcaldia.catalogue.own import Catalogue
from alcaldia.catalogue.rules.search import Entry, Hit, Index
from alcaldia.catalogue.rules.tree import Family
from alcaldia.kernel import strict_yaml
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared
from alcaldia.kernel.shape import Problem, Text
from alcaldia.kernel.strict_yaml import Document
from alcaldia.kernel.text import slug as slugged
from alcaldia.procedures.models import Alias, DefinitionVersion
from alcaldia.procedures.registries import REGISTRIES, TAKES
from alcaldia.procedures.rules import findings, languages
from alcaldia.procedures.rules.program import Program, load
from alcaldia.procedures.rules.surroundings import Around, open_data
from alcaldia.vault.rules.catalogue import LABELS

IN_VAULT = frozenset({*LABELS, "address"})
"""What of a person's vault a datum may name: a field, or the whole address on one line."""


@dataclass(frozen=True)
class Complaint:
    """A problem with its line, for who writes the file."""

    line: int
    problem: Problem

    def sentence(self) -> str:
        return self.problem.at(self.line)

    def plain(self) -> dict[str, Any]:
        path = ".".join(map(str, self.problem.path))
        return {"line": self.line, "path": path, "code": self.problem.code, "level": self.problem.level, "text": self.problem.text}  # fmt: skip


def document_of(path: Path) -> Document:
    """The plain tree of a YAML or JSON file with its lines; raises Refusal with what to mend."""
    if not path.is_file():
        raise NotFound("no_file", f"No existe «{path.name}». Revise el nombre del archivo.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Refusal(
            "not_utf8", f"{path.name} no está en UTF-8. Guárdelo de nuevo como texto UTF-8."
        ) from None
    if path.suffix != ".json":
        return strict_yaml.read(text)
    try:
        return Document(json.loads(text, parse_float=Decimal))
    except (ValueError, RecursionError):
        raise Refusal("bad_json", f"{path.name} no es un JSON válido.") from None


def check_file(path: Path, known: Around | None = None) -> tuple[Program | None, list[Complaint]]:
    """The program of a file, where it compiles, and everything to say about it, by line.

    `known` are the names that it may use (`surroundings.of`); without it, those of the catalogue and of the files beside it.
    """
    document = document_of(path)
    program, problems = load(document.value)
    if program:
        problems = findings.check(program, known or around(beside=path.parent))
    found = [Complaint(document.line(one.path), one) for one in problems]
    return program, sorted(found, key=lambda one: one.line)


def untranslated(path: Path, program: Program) -> Complaint | None:
    """Which texts of a file whoever chose English reads in Spanish: a notice, since a town may have one language."""
    problem = languages.notice(program)
    return Complaint(document_of(path).line(problem.path), problem) if problem else None


def around(municipality: str = "", beside: Path | None = None, catalogue: Catalogue | None = None) -> Around:
    """What the catalogue knows (the first day's where none is given), the municipality's own definitions, and the files
    that lie beside the one checked; a neighbour that cannot be read is no fault of that one.
    """
    names = catalogue or own.first_day()
    known = {key: open_data(one) for key, one in programs(municipality).items()}
    for path in files.definitions(beside) if beside else ():
        if path.stem not in known and (program := _beside(path)):
            known[program.definition.sheet.key] = open_data(program)
    told = {one: TAKES.get(one, ()) for one in REGISTRIES}
    return Around(names.tree.families, told, names.agencies, known, vault=IN_VAULT)


def _beside(path: Path) -> Program | None:
    try:
        return load(document_of(path).value)[0]
    except Refusal:
        return None


@lru_cache(maxsize=512)
def _program(path: Path, changed: int) -> Program:
    program, complaints = load(document_of(path).value)
    if program is None:
        raise Refusal(
            "bad_definition",
            f"{path.name} tiene errores; ./alcaldia procedure check dice cuáles. {complaints[0].text}.",
        )
    return program


def program_of(path: Path) -> Program:
    """The compiled program of a file, kept until the file changes; raises Refusal where it has errors."""
    return _program(path, path.stat().st_mtime_ns)


def home_of(municipality: str) -> Path:
    """The folder of a municipality's own definitions."""
    return _home_of(settings.HOME, municipality)


@lru_cache(maxsize=256)
def _home_of(home: Path, municipality: str) -> Path:
    return Path(home) / "procedures" / slugged(municipality)


def paths(municipality: str = "") -> dict[str, Path]:
    """File of each procedure by its key; the municipality's own replace those of the first day."""
    own = files.definitions(home_of(municipality)) if municipality else []
    return dict(_by_key(tuple(files.definitions()), tuple(own)))


@lru_cache(maxsize=64)
def _by_key(first: tuple[Path, ...], own: tuple[Path, ...]) -> dict[str, Path]:
    return {path.stem: path for path in (*first, *own)}


def programs(municipality: str = "") -> dict[str, Program]:
    """Every procedure of a municipality, compiled, by key."""
    return {key: program_of(path) for key, path in paths(municipality).items()}


def program_in(municipality: str, key: str) -> Program:
    """The procedure of that key in a municipality. Raises NotFound."""
    path = paths(municipality).get(key)
    if path is None:
        raise NotFound("unknown_procedure", "No hay un trámite con ese nombre. Búsquelo desde el inicio.")
    return program_of(path)


_VERSION = Prepared(
    lambda town, procedure, version: DefinitionVersion.objects.filter(
        municipality_id=town, procedure=procedure, version=version
    ),
    int, str, str,
)  # fmt: skip


def pin(town: Municipality, program: Program) -> DefinitionVersion:
    """The kept text of the program's version, in the caller's transaction; the first who applies keeps it."""
    key = program.definition.sheet.key
    found = _VERSION.first(town.pk, key, program.version)
    if found is None:
        body = export(paths(town.slug)[key])
        if sha256(body).hexdigest() != program.version:
            raise Refusal(
                "definition_changed", "El trámite cambió hace un momento. Actualice la página.", status=409
            )
        found, _ = DefinitionVersion.objects.get_or_create(
            municipality=town, procedure=key, version=program.version, defaults={"body": body}
        )
    return found


def pinned(kept: DefinitionVersion) -> Program:
    """The program as it was when the case was sent, whatever the files say now."""
    return _pinned(kept.version, bytes(kept.body))


@lru_cache(maxsize=512)
def _pinned(version: str, body: bytes) -> Program:
    program, complaints = load(json.loads(body, parse_float=Decimal))
    if program is None:
        raise Refusal(
            "bad_definition", f"La definición guardada {version[:8]} no se entiende: {complaints[0].text}."
        )
    return program


def keep(municipality: str, path: Path, known: Around | None = None) -> Path:
    """Copy a definition without errors into the municipality's folder as YAML or JSON; returns where it lies."""
    program, complaints = check_file(path, known)
    errors = [one.sentence() for one in complaints if one.problem.level == "error"]
    if program is None or errors:
        raise Refusal("bad_definition", "\n".join([f"{path.name} no se guardó. Corrija:", *errors]))
    folder = home_of(municipality)
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{slugged(program.definition.sheet.key)}.yaml"
    # JSON is YAML: one suffix keeps one file a procedure.
    kept.write_bytes(path.read_bytes())
    return kept


def export(path: Path) -> bytes:
    """The canonical JSON of a definition: the bytes whose SHA-256 is its version."""
    program_of(path)
    return canonical(document_of(path).value)


def entry_of(program: Program, families: Mapping[str, Family]) -> Entry:
    """What the search knows of a procedure: its words in every language; who asks may write another than they read."""
    sheet = program.definition.sheet
    family = families.get(sheet.family)

    def said(*texts: Text) -> str:
        return " ".join(dict.fromkeys(words for text in texts for _, words in text.words))

    words = said(family.name, *family.includes) if family else ""
    prior = min((sheet.cases_per_year or 0) / 20_000, 1.0)
    return Entry(
        sheet.key, sheet.plain_name.es, sheet.family, said(sheet.plain_name), sheet.also_called, said(sheet.name), words,
        f"{said(sheet.summary, sheet.result)} {' '.join(sheet.life_events)}", prior,
    )  # fmt: skip


@lru_cache(maxsize=16)
def _index(
    stamps: tuple[tuple[Path, int], ...],
    added: tuple[tuple[str, str], ...],
    catalogue: Catalogue,
) -> Index:
    families = catalogue.tree.families
    entries = [entry_of(_program(path, changed), families) for path, changed in stamps]
    more: dict[str, list[str]] = {}
    for words, procedure in added:
        more.setdefault(procedure, []).append(words)
    named = [replace(one, aliases=(*one.aliases, *more.get(one.procedure, ()))) for one in entries]
    return Index(named, catalogue.words)


def aliases(municipality: str) -> dict[str, str]:
    """People's words → procedure, as officials added them."""
    rows = Alias.objects.filter(municipality__slug=municipality).order_by("words")
    return dict(rows.values_list("words", "procedure"))


def index(municipality: str = "", catalogue: Catalogue | None = None) -> Index:
    """The search index of a municipality's procedures, made again when a file, an alias or the catalogue changes.

    `catalogue` is what is in force there, where the caller has the municipality at hand; without it, it is asked by name.
    """
    return index_with(municipality, aliases(municipality) if municipality else {}, catalogue)


def index_with(municipality: str, added: dict[str, str], catalogue: Catalogue | None = None) -> Index:
    """The index as it would be with these aliases and this catalogue."""
    found = paths(municipality).values()
    stamps = tuple((path, path.stat().st_mtime_ns) for path in found)
    return _index(stamps, tuple(sorted(added.items())), catalogue or own.by_slug(municipality))


def search(words: str, *, municipality: str = "", catalogue: Catalogue | None = None) -> list[Hit]:
    """At most ten procedures for people's words in any of our languages, best first, never none."""
    return index(municipality, catalogue).search(words)
