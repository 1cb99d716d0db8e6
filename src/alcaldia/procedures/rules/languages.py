"""Which texts of a definition a person reads, and which of them nobody has said in a language yet. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from alcaldia.kernel.shape import Path, Problem, Text
from alcaldia.kernel.text import Sentence
from alcaldia.procedures.rules import definition as parts
from alcaldia.procedures.rules import sheet
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.rules.prose import PROSE

KINDS: dict[type, str] = {
    sheet.Sheet: "ficha", sheet.Cost: "ficha", sheet.Charge: "ficha", sheet.NextStep: "ficha", sheet.Office: "oficinas", sheet.Requirement: "requisitos",
    parts.DataField: "datos", parts.Option: "opciones", parts.Parameter: "cifras", parts.Screen: "pantallas",
    parts.Review: "opiniones", parts.Inspection: "visitas", parts.Fee: "cobro", parts.Paper: "documento",
}  # fmt: skip
"""How whoever writes the file calls the part that a text belongs to."""
REASONS = "razones y condiciones"
SPANISH, NAMES = "es", {"en": "inglés"}
Told = tuple[Path, str, Mapping[str, str]]


def texts(program: Program) -> Iterator[Told]:
    """Path, kind and words by language of every text that people read; legal citations are not among them."""
    yield from _texts(program.definition, (), "")
    for name, table in program.tables.items():
        columns = [at for at, output in enumerate(table.outputs) if output in PROSE]
        for number, row in enumerate(table.rows):
            for at in columns:
                cell = row.then[at]
                if cell not in (None, "", "-"):
                    words = cell.words if isinstance(cell, Sentence) else {SPANISH: str(cell)}
                    yield ("rules", "tables", name, "rows", number, "then", at), REASONS, words


def lacking(program: Program, language: str = "en") -> list[tuple[Path, str]]:
    """Path and kind of every one of them that the language lacks."""
    return [(path, kind) for path, kind, words in texts(program) if not words.get(language, "").strip()]


def notice(program: Program, language: str = "en") -> Problem | None:
    """How many texts of what kind have no translation, at the first of them; None where all have."""
    found = lacking(program, language)
    if not found:
        return None
    counts = ", ".join(f"{count} de {kind}" for kind, count in Counter(kind for _, kind in found).items())
    said = NAMES.get(language, language)
    several = f"{len(found)} textos no están" if len(found) > 1 else "un texto no está"
    text = f"{several} en {said} ({counts}); quien elige {said} los lee en español; escriba {{es: …, {language}: …}} o déjelos así"
    return Problem(found[0][0], "untranslated", text, "warning")


def _texts(value: Any, path: Path, kind: str) -> Iterator[Told]:
    if isinstance(value, Text):
        yield path, kind, dict(value.words)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(getattr(value, one.name), (*path, one.name), KINDS.get(type(value), kind))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, (*path, key), kind)
    elif isinstance(value, tuple):
        for at, one in enumerate(value):
            yield from _texts(one, (*path, at), kind)
