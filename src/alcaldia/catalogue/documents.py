"""The three files of a catalogue, told apart by their first key: `doors`, `words` or `agencies`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from alcaldia.catalogue.rules import agencies, tree, words
from alcaldia.catalogue.rules.agencies import Agencies
from alcaldia.catalogue.rules.tree import Tree
from alcaldia.catalogue.rules.words import Words
from alcaldia.kernel import strict_yaml
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.shape import Problem, load
from alcaldia.kernel.strict_yaml import Document

Content = Tree | Words | Agencies
SHAPES: dict[str, tuple[str, Any]] = {
    "doors": ("tree", Tree), "words": ("words", Words), "agencies": ("agencies", Agencies)
}  # fmt: skip
NAMES = {"tree": "el árbol", "words": "las palabras", "agencies": "las dependencias"}

NO_WORDS = "# Palabras de la gente → palabras del catálogo. Se suman a las del primer día y van antes que ellas.\nwords: {}\n"


@dataclass(frozen=True)
class Read:
    """A file that has the shape of its kind, with its lines for whatever is said of it later."""

    kind: str
    content: Content
    text: str
    document: Document

    def sentences(self, problems: list[Problem]) -> list[str]:
        """The problems by line."""
        found = [(self.document.line(one.path), one) for one in problems]
        return [one.at(line) for line, one in sorted(found, key=lambda pair: pair[0])]


def read(text: str) -> Read:
    """What the file says. Raises Refusal that names each line of another shape and what goes there."""
    document = strict_yaml.read(text)
    keys = list(document.value) if isinstance(document.value, dict) else []
    kind, shape = next((SHAPES[one] for one in keys if one in SHAPES), ("", None))
    if not kind:
        raise Refusal(
            "not_a_catalogue",
            "El archivo no es de un catálogo: empieza con doors (el árbol), words (las palabras) o agencies (las dependencias), "
            "en YAML. ./alcaldia catalogue export da uno de ejemplo.",
        )
    problems: list[Problem] = []
    content = load(shape, document.value, problems)
    if problems:
        raise refusal(kind, [one.at(document.line(one.path)) for one in problems])
    return Read(kind, content, text, document)


def alone(given: Read) -> list[Problem]:
    """What the file shows by itself, whatever the municipality's procedures are."""
    content = given.content
    if isinstance(content, Tree):
        return tree.lint(content)
    return words.lint(content) if isinstance(content, Words) else agencies.lint(content)


def of_words(said: Mapping[str, tuple[str, ...]]) -> str:
    """The file that says these words, in their order."""
    if not said:
        return NO_WORDS
    rows = {"words": {key: list(official) for key, official in said.items()}}
    return yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, default_flow_style=None, width=1_000)


def refusal(kind: str, sentences: list[str]) -> Refusal:
    """Nothing was kept, and why."""
    return Refusal("bad_catalogue", "\n".join([f"No se guardó nada ({NAMES[kind]}). Corrija:", *sentences]))
