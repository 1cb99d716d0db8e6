"""The long tail stays short and what is public in rules, actions, queries and ports is typed."""

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULE_LINES, FUNCTION_LINES = 400, 60
SOURCE = ROOT / "src" / "alcaldia"
# Longer ones, each with the length it may not pass and the reason. Shrink it: remove its row.
LONGER: dict[str, tuple[int, str]] = {}
MODULES = {
    path.relative_to(SOURCE).as_posix(): path
    for path in sorted(SOURCE.rglob("*.py"))
    if "migrations" not in path.parts
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def lengths(path: Path, name: str) -> dict[str, int]:
    """The module and its functions with their lines."""
    text = path.read_text(encoding="utf-8")
    found = {name: text.count("\n")}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function) and node.end_lineno:
            found[f"{name}:{node.name}"] = node.end_lineno - node.lineno + 1
    return found


def limit(name: str) -> int:
    return LONGER[name][0] if name in LONGER else FUNCTION_LINES if ":" in name else MODULE_LINES


@pytest.mark.parametrize("name", MODULES)
def test_no_module_or_function_outgrows_the_head_of_a_reader(name):
    longer = {part: lines for part, lines in lengths(MODULES[name], name).items() if lines > limit(part)}
    assert longer == {}


@pytest.mark.parametrize("name", LONGER)
def test_an_exception_that_is_no_longer_needed_is_removed(name):
    found = lengths(MODULES[name.partition(":")[0]], name.partition(":")[0])
    assert found[name] > (FUNCTION_LINES if ":" in name else MODULE_LINES)


def strict(name: str) -> bool:
    parts = name.removesuffix(".py").split("/")
    return "rules" in parts[:-1] or parts[-1] in {"actions", "queries", "ports", "rules"}


def untyped(node: Function) -> list[str]:
    """Arguments without a type, and "return" when that is missing; `self` and `cls` need none."""
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    bare = [arg.arg for arg in every if arg.annotation is None and arg.arg not in {"self", "cls"}]
    return bare + ([] if node.returns else ["return"])


@pytest.mark.parametrize("name", [name for name in MODULES if strict(name)])
def test_rules_actions_and_queries_are_typed(name):
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    assert {node.name: untyped(node) for node in functions if untyped(node)} == {}


def test_a_missing_type_would_be_seen():
    node = ast.parse("def act(*, by, channel: str): ...").body[0]
    assert untyped(node) == ["by", "return"]


@pytest.mark.parametrize("name", [n for n in MODULES if n.endswith("actions.py")])
def test_what_an_action_is_told_is_told_by_name(name):
    """Where an act says who does it (`by`) or through which door (`channel`), both are keywords."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    public = [n for n in tree.body if isinstance(n, Function) and not n.name.startswith("_")]
    positional = {n.name for n in public if {"by", "channel"} & {a.arg for a in n.args.args}}
    assert positional == set()
