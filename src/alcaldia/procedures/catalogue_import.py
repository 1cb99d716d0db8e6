"""A city's own list of procedures becomes drafts of definitions: plain name, family and look-alikes suggested, nothing published.

Real lists are in capitals, misspelt and long (mean 7 words, up to 27): what is suggested is marked so, and the
title stays as it was found. The output is one table and, where asked, one `procedure/1` draft a row.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein

from alcaldia.catalogue import files
from alcaldia.kernel.csv_cells import csv_safe
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import fold, slug
from alcaldia.procedures import definitions

MOST_ROWS, LONGEST_CELL = 5_000, 10_000
SURE, LIKELY = 88, 62
MOST_WORDS = 6
UNNAMED = "Trámite por nombrar"
COLUMNS = {"name": ("nombre", "tramite", "titulo", "name"), "code": ("ref", "homoclave", "clave", "code"),
           "agency": ("dep", "dependencia", "area", "agency")}  # fmt: skip
SMALL = frozenset(["a", "al", "con", "de", "del", "e", "el", "en", "la", "las", "lo", "los", "o", "para", "por", "sin", "u", "un", "una", "y"])  # fmt: skip
# Opening words of officialese that say nothing to the person who looks for the thing.
OPENING = frozenset(["solicitud", "tramite", "expedicion", "autorizacion", "emision", "obtencion", "otorgamiento", "gestion", "tramitacion", "elaboracion"])  # fmt: skip


@dataclass(frozen=True)
class Suggestion:
    """One row of the city's list and what we propose; `like` is a procedure of the first day that it may be."""

    row: int
    code: str
    title: str
    agency: str
    plain_name: str
    family: str
    family_score: int
    like: str
    spelling: tuple[tuple[str, str], ...]
    key: str


def read(path: Path) -> list[Suggestion]:
    """Suggestions for each row of a TSV or CSV with a heading. Raises Refusal where it has no names."""
    rows = list(_rows(path))
    if not rows:
        raise Refusal("no_rows", f"{path.name} no tiene renglones con un nombre de trámite.")
    words = _vocabulary(row["name"] for row in rows)
    seen: set[str] = set()
    return [_suggest(int(row["row"]), row, words, seen) for row in rows]


def _text(path: Path) -> str:
    """As spreadsheets save it: UTF-8 or the old code page of Windows."""
    try:
        raw = path.read_bytes()
    except OSError:
        raise Refusal("no_file", f"No existe «{path.name}». Revise el nombre del archivo.") from None
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    detail = f"{path.name} no es un texto. Guárdelo desde su hoja de cálculo como CSV UTF-8."
    raise Refusal("unreadable", detail)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        yield from _named(path)
    except csv.Error:
        detail = f"{path.name} no se lee como lista: hay unas comillas sin cerrar o una celda enorme. Guárdelo de nuevo como CSV."
        raise Refusal("bad_list", detail) from None


def _named(path: Path) -> Iterator[dict[str, str]]:
    text = _text(path)
    dialect = max("\t;,", key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text), delimiter=dialect)
    names = {fold(name): name for name in reader.fieldnames or ()}
    chosen = {
        key: next((names[one] for one in options if one in names), "") for key, options in COLUMNS.items()
    }
    if not chosen["name"]:
        wanted = ", ".join(COLUMNS["name"])
        raise Refusal("no_column", f"{path.name} no tiene una columna con el nombre del trámite ({wanted}).")
    for at, row in enumerate(reader):
        if at >= MOST_ROWS:
            raise Refusal("too_many_rows", f"{path.name} pasa de {MOST_ROWS} renglones. Divídalo.")
        # The module's own limit is one for the whole process, and the import of land data raises it.
        if any(len(str(cell)) > LONGEST_CELL for cell in row.values()):
            raise csv.Error("a cell is too long")
        found = {key: " ".join((row.get(column) or "").split()) for key, column in chosen.items() if column}
        if found.get("name"):
            yield {"code": "", "agency": "", **found, "row": str(reader.line_num)}


def _vocabulary(titles: Iterable[str]) -> Counter[str]:
    """How often each word and pair of words is used: in the city's own list and in the first day's catalogue."""
    counted: Counter[str] = Counter()
    texts = [*titles]
    for program in definitions.programs().values():
        sheet = program.definition.sheet
        texts += [sheet.name.es, sheet.plain_name.es, sheet.summary.es, *sheet.also_called] * 3
    texts += [*files.thesaurus(), *(word for words in files.thesaurus().values() for word in words)] * 3
    # What is written nowhere else in a list of titles, and right all the same.
    texts += ["clave catastral", "número de cuenta"] * 4
    for text in texts:
        words = fold(text).split()
        counted.update(words)
        counted.update(f"{one} {two}" for one, two in pairwise(words))
    return counted


def _suggest(at: int, row: dict[str, str], words: Counter[str], seen: set[str]) -> Suggestion:
    spelling = tuple(_misspelt(row["name"], words))
    mended = fold(row["name"])
    for wrong, right in spelling:
        mended = re.sub(rf"\b{re.escape(wrong)}\b", right, mended)
    plain = _plain(row["name"], spelling)
    family, score = _family(mended)
    key = base = slug(plain)[:60] or f"tramite-{at}"
    while key in seen:
        key = f"{base}-{slug(row['code']) or at}" if key == base else f"{key}-{at}"
    seen.add(key)
    return Suggestion(
        at, row["code"], row["name"], row["agency"], plain, family, score, _like(mended), spelling, key
    )


def _misspelt(title: str, words: Counter[str]) -> Iterator[tuple[str, str]]:
    """Words used once that are one slip (a letter more, less, other, or two swapped) from one used often.

    Of several, the one that stands beside the same neighbour elsewhere: «calve catastral» is «clave», not «calle».
    """
    common = [word for word, count in words.items() if count >= 4 and len(word) > 3 and " " not in word]
    text = fold(title).split()
    for at, word in enumerate(text):
        if words[word] > 1 or len(word) < 5 or not word.isalpha():
            continue
        near = [one for one in common if DamerauLevenshtein.distance(one, word, score_cutoff=1) <= 1]
        near = [one for one in near if one.rstrip("s") != word.rstrip("s")]
        after = text[at + 1] if at + 1 < len(text) else ""
        before = text[at - 1] if at else ""
        if near:
            yield (
                word,
                max(near, key=lambda one: (words[f"{one} {after}"] + words[f"{before} {one}"], words[one])),
            )


def _plain(title: str, spelling: tuple[tuple[str, str], ...]) -> str:
    """At most six words that a person would say, spelt right; a draft for a person to improve."""
    mended = dict(spelling)
    words = [mended.get(fold(word), word.lower().strip(".,;:()-")) for word in re.split(r"[\s/]+", title)]
    words = [word for word in words if word]
    while len(words) > 2 and (fold(words[0]) in OPENING or fold(words[0]) in SMALL):
        words.pop(0)
    kept = words[:MOST_WORDS]
    while len(kept) > 1 and fold(kept[-1]) in SMALL:
        kept.pop()
    return " ".join(kept).capitalize() or UNNAMED


def _family(words: str) -> tuple[str, int]:
    """The family whose words are nearest and how near (0–100); "" below `LIKELY`."""
    told = {
        key: fold(" ".join([one.name.es, *(words.es for words in one.includes)]))
        for key, one in files.tree().families.items()
    }
    by_procedure = definitions.index().search(words)[:1]
    best = process.extractOne(words, told, scorer=fuzz.token_set_ratio)
    score = int(best[1]) if best else 0
    if by_procedure and not by_procedure[0].nearest and score < SURE:
        return by_procedure[0].family, max(score, LIKELY)
    return (str(best[2]), score) if best and score >= LIKELY else ("", score)


def _like(words: str) -> str:
    """A procedure of the first day that this one may be, "" where none is near."""
    told = {key: fold(one.definition.sheet.name.es) for key, one in definitions.programs().items()}
    best = process.extractOne(words, told, scorer=fuzz.token_sort_ratio, score_cutoff=LIKELY)
    return str(best[2]) if best else ""


def table(found: Iterable[Suggestion]) -> str:
    """Tab-separated, for a spreadsheet: what was found and what is proposed."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(
        [
            "renglon",
            "clave",
            "titulo",
            "dependencia",
            "nombre_sencillo",
            "familia",
            "parecido",
            "ya_existe",
            "ortografia",
            "archivo",
        ]
    )
    for one in found:
        spelling = "; ".join(f"{wrong}→{right}" for wrong, right in one.spelling)
        writer.writerow(
            [
                one.row,
                csv_safe(one.code),
                csv_safe(one.title),
                csv_safe(one.agency),
                csv_safe(one.plain_name),
                one.family,
                one.family_score,
                one.like,
                csv_safe(spelling),
                f"{one.key}.yaml",
            ]
        )
    return out.getvalue()


def draft(one: Suggestion) -> dict[str, Any]:
    """A definition to be completed: the checks say by line what is missing before it may be published."""
    return {
        "format": "procedure/1",
        "sheet": {
            "key": one.key, "official_code": one.code or "por confirmar", "name": one.title, "plain_name": one.plain_name,
            "also_called": [fold(one.title)[:80]], "summary": "Por escribir: qué es, para qué sirve y quién lo puede pedir.",
            "family": one.family or "por-elegir", "agency": slug(one.agency) or "por-elegir", "result": "por confirmar",
            "deadline": {"amount": 10, "legal_basis": "por confirmar; a falta de él, LNETB art. 4", "to_confirm": True},
            "tacit": "denial", "legal_basis": [{"ordinance": "por confirmar", "to_confirm": True}],
            "cost": {"summary": "por confirmar"},
        },
        "data": {"motivo": {"type": "long_text", "label": "¿Qué necesita?"}},
        "steps": [{"id": "motivo", "title": "Cuéntenos qué necesita", "fields": ["motivo"]}],
        "rules": {"tables": {"decision": {"inputs": ["motivo"], "outputs": ["outcome", "reason"], "rows": [
            {"if": ["-"], "then": ["review", "Lo revisa una persona de la dependencia."], "legal_basis": "por confirmar"}]}}},
    }  # fmt: skip
