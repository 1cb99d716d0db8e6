"""YAML as people mean it: text stays text, figures are exact, and whatever is doubtful is refused with its line.

Promises: `no`, `si` and dates stay text (YAML 1.1 would make them False, text and datetime); a figure with
a point is a Decimal; duplicate keys, anchors, tags, more than 40 levels or 1 MB are refused before anything
is built, so a small file cannot become a large tree.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from alcaldia.kernel.errors import Refusal

MAX_BYTES, MAX_DEPTH = 1_000_000, 40
Path = tuple[str | int, ...]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9]\d{0,17})\Z")
_DECIMAL = re.compile(r"[-+]?(0|[1-9]\d{0,11})\.\d{1,12}\Z")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Document:
    """The values of a file and the line on which each path begins."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of this path, or of the nearest thing around it; from 1."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Document:
    """The document in `text`; raises Refusal("bad_yaml") with the line and what to write instead."""
    if len(text.encode()) > MAX_BYTES:
        raise _refused(1, "el archivo pasa de 1 MB; divídalo en varios trámites")
    lines: dict[Path, int] = {}
    try:
        events = iter(list(yaml.parse(text, Loader=_LOADER)))
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _refused(at, "no se entiende el YAML; revise sangrías, comillas y dos puntos") from None
    except yaml.YAMLError:
        raise _refused(1, "hay un carácter que YAML no admite; guarde el archivo como texto UTF-8") from None
    value = _content(events, lines)
    return Document(value, lines)


def _content(events: Any, lines: dict[Path, int]) -> Any:
    next(events)
    first = next(events)
    if isinstance(first, yaml.StreamEndEvent):
        raise _refused(1, "el archivo está vacío")
    value = _node(next(events), events, (), lines)
    next(events)
    second = next(events)
    if not isinstance(second, yaml.StreamEndEvent):
        raise _refused(second.start_mark.line + 1, "hay dos documentos; deje sólo uno por archivo")
    return value


def _node(event: Any, events: Any, path: Path, lines: dict[Path, int]) -> Any:
    at = event.start_mark.line + 1
    lines.setdefault(path, at)
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise _refused(at, "no se admiten anclas (& ni *); escriba el contenido donde va")
    if getattr(event, "tag", None):
        raise _refused(at, "no se admiten etiquetas (!); escriba sólo el valor")
    if len(path) > MAX_DEPTH:
        raise _refused(at, "hay demasiados niveles, uno dentro de otro")
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event)
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(events, path, lines)
    return _mapping(events, path, lines)


def _scalar(event: Any) -> Any:
    word = event.value
    if event.style:
        return word
    if word in _WORDS:
        return _WORDS[word]
    if _INTEGER.match(word):
        return int(word)
    return Decimal(word) if _DECIMAL.match(word) else word


def _sequence(events: Any, path: Path, lines: dict[Path, int]) -> list[Any]:
    found: list[Any] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        found.append(_node(event, events, (*path, len(found)), lines))
    return found


def _mapping(events: Any, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        at = event.start_mark.line + 1
        if not isinstance(event, yaml.ScalarEvent) or event.anchor:
            raise _refused(at, "a la izquierda de los dos puntos va un solo nombre")
        key = event.value
        if key in found:
            raise _refused(at, f"«{key}» está dos veces; deje una sola")
        lines[(*path, key)] = at
        found[key] = _node(next(events), events, (*path, key), lines)
    return found


def _refused(line: int, what: str) -> Refusal:
    return Refusal("bad_yaml", f"Línea {line}: {what}.", line=line)
