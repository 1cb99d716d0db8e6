"""Doors, groups, families: how a person reaches every procedure in three touches."""

from collections.abc import Mapping
from dataclasses import dataclass

from alcaldia.kernel.shape import Problem, Text

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


def lint(tree: Tree, used: frozenset[str] | None = None) -> list[Problem]:
    """What breaks the contract of three touches; `used` are the families that have a procedure."""
    found = []
    if len(tree.doors) != DOORS:
        found.append(Problem(("doors",), "doors", f"las puertas son {DOORS}; hay {len(tree.doors)}"))
    for d, door in enumerate(tree.doors):
        if not 1 <= len(door.groups) <= MOST:
            found.append(Problem(("doors", d), "too_many", f"«{door.name.es}» lleva de 1 a {MOST} grupos"))
        for g, group in enumerate(door.groups):
            if not 1 <= len(group.families) <= MOST:
                path = ("doors", d, "groups", g)
                found.append(Problem(path, "too_many", f"«{group.name.es}» lleva de 1 a {MOST} familias"))
    found += [
        problem
        for door in tree.doors
        for group in door.groups
        for one in group.families
        for problem in _asked(one)
    ]
    keys = [one.key for door in tree.doors for group in door.groups for one in group.families]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        found.append(Problem(("doors",), "twice", f"la familia «{key}» está en dos lugares; déjela en uno"))
    for key in sorted(set(keys) - used) if used is not None else ():
        found.append(Problem(("doors",), "empty", f"la familia «{key}» no tiene trámites", "warning"))
    return found


def _asked(family: Family) -> list[Problem]:
    """At most two questions, of two answers or more."""
    path = ("families", family.key, "questions")
    found = []
    if len(family.questions) > MOST_QUESTIONS:
        found.append(Problem(path, "too_many", f"«{family.name.es}» pregunta más de {MOST_QUESTIONS} cosas"))
    if any(len(one.answers) < 2 for one in family.questions):
        found.append(
            Problem(path, "no_choice", f"una pregunta de «{family.name.es}» tiene una sola respuesta")
        )
    return found
