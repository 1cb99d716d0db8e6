"""Doors, groups, families: how a person reaches every procedure in three touches."""

from dataclasses import dataclass

from alcaldia.kernel.shape import Problem, Text

DOORS, MOST = 3, 9


@dataclass(frozen=True)
class Family:
    """What a citizen takes for one thing; its variants are settled by a question on its page."""

    key: str
    name: Text
    includes: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


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
    keys = [one.key for door in tree.doors for group in door.groups for one in group.families]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        found.append(Problem(("doors",), "twice", f"la familia «{key}» está en dos lugares; déjela en uno"))
    for key in sorted(set(keys) - used) if used is not None else ():
        found.append(Problem(("doors",), "empty", f"la familia «{key}» no tiene trámites", "warning"))
    return found
