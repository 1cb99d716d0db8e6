"""From a tree of plain values to frozen dataclasses, by their annotations alone; and their JSON Schema.

Promises: an unknown key, a missing one or a value of another type is a `Problem` with its path and a
remedy; nothing is guessed and nothing is dropped. The schema and the reader come from the same classes,
so they cannot disagree. Pure.
"""

import difflib
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """What is wrong at a path of a document, in Spanish, with what to do."""

    path: Path
    code: str
    text: str
    level: Literal["error", "warning"] = "error"

    def at(self, line: int) -> str:
        """The sentence for who writes the file."""
        where = ".".join(str(part + 1) if isinstance(part, int) else part for part in self.path)
        mark = "Aviso, línea" if self.level == "warning" else "Línea"
        return f"{mark} {line} ({where or 'archivo'}): {self.text}."


@dataclass(frozen=True)
class Text:
    """Words for people by language code; Spanish is always there."""

    words: tuple[tuple[str, str], ...]

    @property
    def es(self) -> str:
        return dict(self.words)["es"]

    def in_(self, language: str) -> str:
        """In that language, or in Spanish."""
        return dict(self.words).get(language) or self.es


KINDS: dict[Any, tuple[type, ...]] = {str: (str,), bool: (bool,), int: (int,), Decimal: (int, Decimal)}
NAMES = {str: "un texto", bool: "true o false", int: "un número entero", Decimal: "un número"}
SCHEMA = {str: {"type": "string"}, bool: {"type": "boolean"}, int: {"type": "integer"}, Decimal: {"type": "number"}}  # fmt: skip


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def load(cls: Any, value: Any, problems: list[Problem], path: Path = ()) -> Any:
    """`value` as `cls`; what does not fit is added to `problems` and the result is then not to be used."""
    origin, args = get_origin(cls), get_args(cls)
    if cls is Text:
        return _text(value, problems, path)
    if is_dataclass(cls):
        return _dataclass(cls, value, problems, path)  # type: ignore[arg-type]
    if cls is Any:
        return value
    if origin is Literal:
        return _choice(args, value, problems, path)
    if origin in (Union, types.UnionType):
        return _union(args, value, problems, path)
    if origin is tuple:
        return _tuple(args[0], value, problems, path)
    if origin is dict:
        return _dict(args[1], value, problems, path)
    return _scalar(cls, value, problems, path)


def _wrong(problems: list[Problem], path: Path, wanted: str) -> None:
    problems.append(Problem(path, "wrong_type", f"aquí va {wanted}"))


def _scalar(cls: Any, value: Any, problems: list[Problem], path: Path) -> Any:
    if isinstance(value, bool) is not (cls is bool) or not isinstance(value, KINDS[cls]):
        return _wrong(problems, path, NAMES[cls])
    return Decimal(str(value)) if cls is Decimal else value


def _text(value: Any, problems: list[Problem], path: Path) -> Any:
    words = {"es": value} if isinstance(value, str) else value
    if not isinstance(words, Mapping) or not isinstance(words.get("es"), str) or not words["es"].strip():
        return _wrong(problems, path, "un texto, o {es: …, en: …} con el español siempre")
    for code, word in words.items():
        if not isinstance(word, str) or not 2 <= len(code) <= 3:
            _wrong(problems, (*path, code), "un texto bajo el código de su lengua (es, en, nah, maya: yua)")
    return Text(tuple(words.items()))


def _choice(options: tuple[Any, ...], value: Any, problems: list[Problem], path: Path) -> Any:
    if value not in options or type(value) not in {type(one) for one in options}:
        return _wrong(problems, path, f"una de estas palabras: {', '.join(map(str, options))}")
    return value


def _union(args: tuple[Any, ...], value: Any, problems: list[Problem], path: Path) -> Any:
    """The first member that fits; the complaints of the last are shown."""
    complaints: list[Problem] = []
    for member in args:
        if member is type(None):
            if value is None:
                return None
            continue
        complaints = []
        found = load(member, value, complaints, path)
        if not complaints:
            return found
    problems += complaints
    return None


def _tuple(member: Any, value: Any, problems: list[Problem], path: Path) -> Any:
    if not isinstance(value, list | tuple):
        return _wrong(problems, path, "una lista")
    return tuple(load(member, one, problems, (*path, at)) for at, one in enumerate(value))


def _dict(member: Any, value: Any, problems: list[Problem], path: Path) -> Any:
    if not isinstance(value, Mapping):
        return _wrong(problems, path, "un grupo de nombres con su valor")
    return {str(key): load(member, one, problems, (*path, key)) for key, one in value.items()}


def required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _key(one: Field[Any]) -> str:
    """`if_` in Python is `if` in the file."""
    return one.name.removesuffix("_")


def _dataclass(cls: type, value: Any, problems: list[Problem], path: Path) -> Any:
    if not isinstance(value, Mapping):
        return _wrong(problems, path, "un grupo de nombres con su valor")
    known = {_key(one): one for one in fields(cls)}
    for key in value:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            remedy = f"¿quiso decir «{near[0]}»?" if near else f"los que hay: {', '.join(known)}"
            problems.append(Problem((*path, key), "unknown_key", f"no existe «{key}»; {remedy}"))
    given: dict[str, Any] = {}
    for key, one in known.items():
        if key in value:
            given[one.name] = load(_hints(cls)[one.name], value[key], problems, (*path, key))
        elif required(one):
            problems.append(Problem(path, "missing_key", f"falta «{key}»; escríbalo aquí"))
            given[one.name] = None
    return cls(**given)


def schema(cls: type, *, title: str, identifier: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of the documents that `load` accepts."""
    definitions: dict[str, Any] = {}
    body = _schema(cls, definitions)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": identifier, "title": title}
    return {**head, **body, "$defs": definitions}


def _schema(cls: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, args = get_origin(cls), get_args(cls)
    if cls is Any:
        return {}
    if cls is Text:
        words = {"type": "object", "required": ["es"], "additionalProperties": {"type": "string"}}
        return {"anyOf": [{"type": "string"}, words]}
    if is_dataclass(cls):
        return _reference(cls, definitions)  # type: ignore[arg-type]
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(one, definitions) for one in args]}
    if origin is tuple:
        return {"type": "array", "items": _schema(args[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(args[1], definitions)}
    return {"type": "null"} if cls is type(None) else dict(SCHEMA[cls])


def _reference(cls: type, definitions: dict[str, Any]) -> dict[str, Any]:
    if cls.__name__ not in definitions:
        definitions[cls.__name__] = {}
        hints = _hints(cls)
        definitions[cls.__name__] = {
            "type": "object",
            "description": (cls.__doc__ or "").strip().split("\n")[0],
            "properties": {_key(one): _schema(hints[one.name], definitions) for one in fields(cls)},
            "required": [_key(one) for one in fields(cls) if required(one)],
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{cls.__name__}"}
