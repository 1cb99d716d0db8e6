"""Doors, groups, families: how a person reaches every procedure in three touches."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alcaldia.catalogue.rules import names
from alcaldia.kernel.shape import Path, Problem, Text

DOORS, MOST, MOST_QUESTIONS = 3, 9, 2


@dataclass(frozen=True)
class Answer:
    """What a person may say, and the procedures that are still possible then."""

    says: Text
    leads_to: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """Tells the variants of a family apart, in people's words."""

    asks: Text
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Family:
    """What a citizen takes for one thing; its variants are settled by one or two questions on its page."""

    key: str
    name: Text
    includes: tuple[Text, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Group:
    """Up to nine families with something in common."""

    key: str
    name: Text
    families: tuple[Family, ...]


@dataclass(frozen=True)
class Door:
    """One of the three ways in."""

    key: str
    name: Text
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Tree:
    """The whole way in."""

    doors: tuple[Door, ...]

    @property
    def families(self) -> dict[str, Family]:
        return {one.key: one for door in self.doors for group in door.groups for one in group.families}


@dataclass(frozen=True)
class Settled:
    """Where a person is: the procedures that are left, and what is asked next. `at` is the question's place."""

    left: tuple[str, ...]
    asked: Question | None
    at: int


def settle(family: Family, variants: tuple[str, ...], said: Mapping[int, int]) -> Settled:
    """What remains of the variants after these answers (question → answer, by place); odd ones count for nothing.

    A question that would no longer tell anything apart is not asked.
    """
    left = variants
    for at, question in enumerate(family.questions):
        if at in said and 0 <= said[at] < len(question.answers):
            kept = tuple(one for one in left if one in question.answers[said[at]].leads_to)
            left = kept or left
        elif (
            len({frozenset(left) & frozenset(one.leads_to) for one in question.answers}) > 1 and len(left) > 1
        ):
            return Settled(left, question, at)
    return Settled(left, None, -1)


def lint(tree: Tree) -> list[Problem]:
    """What breaks the contract of three touches."""
    found = []
    if len(tree.doors) != DOORS:
        found.append(Problem(("doors",), "doors", f"las puertas son {DOORS}; hay {len(tree.doors)}"))
    for path, door in _doors(tree):
        if not 1 <= len(door.groups) <= MOST:
            found.append(Problem(path, "too_many", f"«{door.name.es}» lleva de 1 a {MOST} grupos"))
    for path, group in _groups(tree):
        if not 1 <= len(group.families) <= MOST:
            found.append(Problem(path, "too_many", f"«{group.name.es}» lleva de 1 a {MOST} familias"))
    for path, family in _families(tree):
        found += _asked(path, family)
    for places, what in (
        (_doors(tree), "la puerta"),
        (_groups(tree), "el grupo"),
        (_families(tree), "la familia"),
    ):
        found += _named(places, what)
    return found


def fit(tree: Tree, family_of: Mapping[str, str]) -> list[Problem]:
    """What leads nowhere among these procedures (key → family): answers, and procedures whose family is not in the tree."""
    found = [
        problem
        for path, family in _families(tree)
        for q, question in enumerate(family.questions)
        for a, answer in enumerate(question.answers)
        for problem in _leads((*path, "questions", q, "answers", a, "leads_to"), family, answer, family_of)
    ]
    lost: dict[str, list[str]] = {}
    for key, family_key in family_of.items():
        if family_key not in tree.families:
            lost.setdefault(family_key, []).append(key)
    for family_key, keys in lost.items():
        told = ", ".join(f"«{one}»" for one in keys)
        text = f"falta la familia «{family_key}» y son de ella los trámites publicados {told}; déjela, o cambie antes la familia de esos trámites"
        found.append(Problem(("doors",), "family_gone", text))
    return found


def empty(tree: Tree, used: frozenset[str]) -> list[Problem]:
    """Families without any procedure, `used` being those that have one: said, not refused, for a tree comes before
    the definitions that hang on it.
    """
    return [
        Problem(path, "empty", f"la familia «{one.key}» todavía no tiene trámites y no se muestra", "warning")
        for path, one in _families(tree)
        if one.key not in used
    ]


def _leads(path: Path, family: Family, answer: Answer, family_of: Mapping[str, str]) -> list[Problem]:
    """Each procedure of an answer exists and is of the family that asks."""
    found = []
    for at, key in enumerate(answer.leads_to):
        if key not in family_of:
            near = difflib.get_close_matches(key, family_of, 1)
            remedy = f"¿quiso decir «{near[0]}»?" if near else "impórtelo antes o quítelo de aquí"
            found.append(Problem((*path, at), "unknown_procedure", f"no hay un trámite «{key}»; {remedy}"))
        elif family_of[key] != family.key:
            text = f"«{key}» es de la familia «{family_of[key]}» y no de «{family.key}»; quítelo de aquí o cambie su familia"
            found.append(Problem((*path, at), "other_family", text))
    return found


def _named(places: Iterator[tuple[Path, Any]], what: str) -> list[Problem]:
    """Keys fit an address and are there once; names fit a button."""
    found: list[Problem] = []
    seen: set[str] = set()
    for path, one in places:
        found += names.key_of((*path, "key"), one.key) + names.short((*path, "name"), one.name)
        if one.key in seen:
            found.append(
                Problem((*path, "key"), "twice", f"{what} «{one.key}» está en dos lugares; déjela en uno")
            )
        seen.add(one.key)
    return found


def _doors(tree: Tree) -> Iterator[tuple[Path, Door]]:
    return (((("doors", d)), door) for d, door in enumerate(tree.doors))


def _groups(tree: Tree) -> Iterator[tuple[Path, Group]]:
    return (
        ((*path, "groups", g), group) for path, door in _doors(tree) for g, group in enumerate(door.groups)
    )


def _families(tree: Tree) -> Iterator[tuple[Path, Family]]:
    return (
        ((*path, "families", f), one) for path, group in _groups(tree) for f, one in enumerate(group.families)
    )


def _asked(path: Path, family: Family) -> list[Problem]:
    """At most two questions, of two answers or more."""
    found = [
        problem for at, text in enumerate(family.includes)
        for problem in names.short((*path, "includes", at), text)
    ]  # fmt: skip
    if len(family.questions) > MOST_QUESTIONS:
        text = f"«{family.name.es}» pregunta más de {MOST_QUESTIONS} cosas"
        found.append(Problem((*path, "questions"), "too_many", text))
    for at, one in enumerate(family.questions):
        if len(one.answers) < 2:
            text = f"una pregunta de «{family.name.es}» tiene una sola respuesta"
            found.append(Problem((*path, "questions", at), "no_choice", text))
    return found
