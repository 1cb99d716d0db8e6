"""The entries of an ISO 20022 statement out of its XML, read by expat with nothing that a document may declare. Pure.

A document type, entities, or anything that would be fetched is refused before it is expanded, so a small file cannot
become a large one; depth, elements and the text of each are bounded. Only what stands under `Ntry` is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn
from xml.parsers import expat

from alcaldia.payments.rules.statement import BadStatement

NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(camt\.\d{3})\.\d{3}\.(\d{2})")
WANTED, OLDEST = "camt.053", "02"
ENTRY = ("Document", "BkToCstmrStmt", "Stmt", "Ntry")
MOST_DEPTH, MOST_TEXT, MOST_ELEMENTS = 30, 2_000, 250_000
_BARE = bytes.maketrans(b"\xef\xbb\xbf\xff\xfe", b"     ")
DECLARES = "El archivo declara entidades o un tipo de documento (DTD), que un estado de cuenta no lleva. No se leyó nada; pídalo otra vez al banco."


@dataclass(slots=True)
class Node:
    """An element of an entry: `line` is where it begins in the file."""

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def all(self, path: str) -> list["Node"]:
        """The elements at this path below, such as "NtryDtls/TxDtls", in their order."""
        found = [self]
        for name in path.split("/"):
            found = [child for one in found for child in one.children if child.name == name]
        return found

    def first(self, *paths: str) -> "Node | None":
        """The first element at the first of these paths that is there."""
        return next((one for path in paths for one in self.all(path)), None)

    def said(self, *paths: str) -> str:
        """The words of that element, "" where there is none."""
        one = self.first(*paths)
        return one.text.strip() if one else ""

    def words(self, path: str) -> Iterator[str]:
        """The words of every element at this path that says something."""
        return (one.text.strip() for one in self.all(path) if one.text.strip())


def is_xml(data: bytes) -> bool:
    """Whether the bytes begin as XML does, in any encoding of it."""
    return data[:64].replace(b"\0", b"").translate(_BARE).lstrip().startswith(b"<")


def entries(data: bytes) -> list[Node]:
    """Every `Ntry` of a camt.053. Raises BadStatement with a sentence for the treasury."""
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadStatement(
            f"Renglón {error.lineno}: el archivo está cortado o no es XML bien formado. Descárguelo otra vez del banco."
        ) from error
    except (LookupError, ValueError) as error:
        raise BadStatement(
            "No se conoce la codificación del archivo. Pida al banco el XML en UTF-8."
        ) from error
    return reader.found


class _Reader:
    """Expat's events into the nodes of entries; everything else only moves the path."""

    def __init__(self) -> None:
        self.found: list[Node] = []
        self._path: list[str] = []
        self._open: list[Node] = []
        self._space, self._count = "", 0
        self.parser: Any = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = _refuse
        self.parser.EntityDeclHandler = _refuse
        self.parser.ExternalEntityRefHandler = _refuse

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, name = tag.rpartition(" ")
        if not self._path:
            self._space = _statement(space)
        self._count += 1
        if len(self._path) >= MOST_DEPTH or self._count > MOST_ELEMENTS:
            raise BadStatement("El archivo tiene demasiados elementos. Pida al banco un estado por mes.")
        self._path.append(name if space == self._space else "")
        if not self._open and tuple(self._path) != ENTRY:
            return
        made = Node(self._path[-1], attributes, self.parser.CurrentLineNumber)
        (self._open[-1].children if self._open else self.found).append(made)
        self._open.append(made)

    def _end(self, tag: str) -> None:
        self._path.pop()
        if self._open:
            self._open.pop()

    def _text(self, text: str) -> None:
        if not self._open:
            return
        here = self._open[-1]
        if len(here.text) + len(text) > MOST_TEXT:
            raise BadStatement(
                f"Renglón {here.line}: trae un texto de más de {MOST_TEXT:,} letras. Pídalo otra vez al banco."
            )
        here.text += text


def _refuse(*_: Any) -> NoReturn:
    raise BadStatement(DECLARES)


def _statement(space: str) -> str:
    """The namespace where it is a camt.053's that we know. Raises BadStatement that says what it is instead."""
    known = NAMESPACE.fullmatch(space)
    if known is None:
        raise BadStatement(
            "El archivo es XML y no es un estado de cuenta CAMT.053. Pida al banco «camt.053» o un CSV."
        )
    if known[1] != WANTED:
        raise BadStatement(
            f"El archivo es un {known[1]}, que no es el estado de cuenta del día cerrado. Pida al banco «camt.053»."
        )
    if known[2] < OLDEST:
        raise BadStatement(
            f"El archivo es {space.rpartition(':')[2]}. Se leen las versiones desde camt.053.001.{OLDEST}."
        )
    return space
