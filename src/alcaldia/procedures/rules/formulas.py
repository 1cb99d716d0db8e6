"""Formulas: what officials may compute, and nothing more. Parsed by hand, typed, compiled to closures.

    literals   12.50  "texto"  si  no  vacío  hoy  3 meses  2026-01-31
    operators  + - * /   = <> < <= > >=   y  o  no
    functions  si(condición; a; b)  min  max  redondear  techo  piso  abs  suma  cuenta  contiene
               edad  dias_entre  meses_entre  dias_habiles  tarifa  valor_de  uma

Promises: no loops, attributes, definitions of functions or regular expressions; at most 400 nodes, 24 levels
and 5,000 characters, so the cost is bounded by the text; figures are Decimal; an unknown input makes the
result unknown unless it cannot matter (`no y desconocido` is no); a division by zero raises `Undefined`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from alcaldia.procedures.rules.values import ANY, DATE, LIST, NUMBER, SPANISH, TEXT, UNITS, YES_NO, span_of

MAX_TEXT, MAX_NODES, MAX_DEPTH = 5000, 400, 24
SPAN = "span"


class FormulaError(ValueError):
    """A formula that cannot be read; its message says where and what to write."""


@dataclass(frozen=True)
class Node:
    """Operator or function with its operands; `kind` is what it gives."""

    op: str
    args: tuple[Any, ...]
    kind: str


_TOKEN = re.compile(
    r"\s*(?:(?P<date>\d{4}-\d{2}-\d{2})|(?P<number>\d+(?:\.\d+)?)|\"(?P<text>[^\"]*)\"|«(?P<quote>[^»]*)»"
    r"|(?P<name>[^\W\d]\w*)|(?P<sign><=|>=|<>|≠|≤|≥|[-+*/=<>();]))"
)
_SAME = {"≠": "<>", "≤": "<=", "≥": ">="}
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
UMA = "uma"
"""Both the function and the parameter that it reads: how much so many UMA are, today or on the day of a second operand."""
# name → (kinds of its arguments, kind of the result); ANY takes all, a last "…" repeats the one before.
FUNCTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "min": ((NUMBER, NUMBER, "…"), NUMBER),
    "max": ((NUMBER, NUMBER, "…"), NUMBER),
    "redondear": ((NUMBER, NUMBER), NUMBER),
    "techo": ((NUMBER,), NUMBER),
    "piso": ((NUMBER,), NUMBER),
    "abs": ((NUMBER,), NUMBER),
    "suma": ((LIST, TEXT), NUMBER),
    "cuenta": ((LIST,), NUMBER),
    "contiene": ((LIST, TEXT), YES_NO),
    "edad": ((DATE,), NUMBER),
    "dias_entre": ((DATE, DATE), NUMBER),
    "meses_entre": ((DATE, DATE), NUMBER),
    "dias_habiles": ((DATE, DATE), NUMBER),
    "tarifa": ((TEXT, NUMBER), NUMBER),
    "valor_de": ((TEXT, TEXT), NUMBER),
    UMA: ((NUMBER, DATE), NUMBER),
    "anio": ((DATE,), NUMBER),
    "mes": ((DATE,), NUMBER),
}


class _Reader:
    def __init__(self, text: str, kinds: Mapping[str, str]) -> None:
        if len(text) > MAX_TEXT:
            raise FormulaError(f"la fórmula pasa de {MAX_TEXT} caracteres; divídala en varias")
        self.text, self.kinds = text, kinds
        self.tokens, self.at, self.nodes, self.depth = _tokens(text), 0, 0, 0
        self.names: set[str] = set()

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at]

    def take(self) -> tuple[str, str]:
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, *signs: str) -> str | None:
        kind, word = self.peek()
        if kind in ("sign", "name") and word in signs:
            self.at += 1
            return word
        return None

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            found = self.peek()[1] or "el final"
            raise FormulaError(f"esperaba «{sign}» y encontré «{found}»")

    def node(self, op: str, args: tuple[Any, ...], kind: str) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise FormulaError("la fórmula tiene demasiadas partes; divídala en varias")
        return Node(op, args, kind)

    def either(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError("hay demasiados paréntesis, unos dentro de otros; divida la fórmula")
        left = self.both()
        while self.accept("o"):
            left = self.node("o", (want(left, YES_NO), want(self.both(), YES_NO)), YES_NO)
        self.depth -= 1
        return left

    def both(self) -> Node:
        left = self.compared()
        while self.accept("y"):
            left = self.node("y", (want(left, YES_NO), want(self.compared(), YES_NO)), YES_NO)
        return left

    def compared(self) -> Node:
        left = self.added()
        if sign := self.accept(*COMPARISONS, "≠", "≤", "≥"):
            right = self.added()
            sign = _SAME.get(sign, sign)
            _comparable(left, right, sign)
            return self.node(sign, (left, right), YES_NO)
        return left

    def added(self) -> Node:
        left = self.multiplied()
        while sign := self.accept("+", "-"):
            right = self.multiplied()
            if left.kind == DATE and right.kind == SPAN:
                left = self.node(f"date{sign}", (left, right), DATE)
            else:
                left = self.node(sign, (want(left, NUMBER), want(right, NUMBER)), NUMBER)
        return left

    def multiplied(self) -> Node:
        left = self.signed()
        while sign := self.accept("*", "/"):
            left = self.node(sign, (want(left, NUMBER), want(self.signed(), NUMBER)), NUMBER)
        return left

    def signed(self) -> Node:
        signs = 0
        while self.accept("-"):
            signs += 1
        found = self.primary()
        return self.node("neg", (want(found, NUMBER),), NUMBER) if signs % 2 else found

    def primary(self) -> Node:
        kind, word = self.take()
        if kind == "number":
            return self.number(word)
        if kind in ("text", "quote"):
            return self.node("literal", (word,), TEXT)
        if kind == "date":
            return self.node("literal", (_date(word),), DATE)
        if kind == "name":
            return self.word(word)
        if word == "(":
            found = self.either()
            self.expect(")")
            return found
        raise FormulaError(f"no se entiende «{word or 'el final'}»; revise paréntesis y operadores")

    def number(self, word: str) -> Node:
        kind, unit = self.peek()
        if kind == "name" and unit in UNITS and "." not in word:
            self.take()
            if len(word) > 3:
                raise FormulaError(f"«{word} {unit}» es demasiado tiempo; el máximo es 999")
            return self.node("literal", (span_of(int(word), unit),), SPAN)
        if len(word) > 15:
            raise FormulaError(f"«{word}» tiene demasiadas cifras; el máximo es 15")
        return self.node("literal", (Decimal(word),), NUMBER)

    def word(self, word: str) -> Node:
        if self.peek() == ("sign", "(") and word not in ("no", "y", "o"):
            return self.call(word)
        if word in ("si", "sí"):
            return self.node("literal", (True,), YES_NO)
        if word == "no":
            return self.no()
        if word in ("vacío", "vacio"):
            return self.node("literal", (None,), ANY)
        if word == "hoy":
            return self.node("name", ("hoy",), DATE)
        if word not in self.kinds:
            raise FormulaError(
                f"no existe «{word}»; use un dato, un parámetro u otra fórmula de este archivo"
            )
        self.names.add(word)
        return self.node("name", (word,), self.kinds[word])

    def no(self) -> Node:
        """`no` before something denies it; alone it is the answer no."""
        kind, word = self.peek()
        if kind in ("end",) or word in (")", ";", "y", "o", *COMPARISONS):
            return self.node("literal", (False,), YES_NO)
        return self.node("no", (want(self.compared(), YES_NO),), YES_NO)

    def call(self, name: str) -> Node:
        self.expect("(")
        args = [self.either()]
        while self.accept(";"):
            args.append(self.either())
        self.expect(")")
        if name == "si":
            return self._if(args)
        if name not in FUNCTIONS:
            raise FormulaError(f"no existe la función «{name}»; las que hay: si, {', '.join(FUNCTIONS)}")
        if name == UMA:
            args = self._on_a_day(args)
        wanted, kind = FUNCTIONS[name]
        if wanted[-1] == "…":
            wanted = (*wanted[:-1], *[wanted[-2]] * (len(args) - len(wanted) + 1))
        if len(args) != len(wanted):
            raise FormulaError(f"«{name}» lleva {len(wanted)} datos separados por punto y coma")
        return self.node(name, tuple(want(one, k) for one, k in zip(args, wanted, strict=True)), kind)

    def _on_a_day(self, args: list[Node]) -> list[Node]:
        if UMA not in self.kinds:
            raise FormulaError(
                "uma(…) necesita el parámetro uma; escríbalo en parameters con dated, uno por año"
            )
        self.names.add(UMA)
        return [*args, self.node("name", ("hoy",), DATE)] if len(args) == 1 else args

    def _if(self, args: list[Node]) -> Node:
        if len(args) != 3:
            raise FormulaError("escriba si(condición; valor; otro valor)")
        kinds = {one.kind for one in args[1:]} - {ANY}
        if len(kinds) > 1:
            raise FormulaError("los dos valores de si(…) deben ser de la misma clase")
        want(args[0], YES_NO)
        return self.node("if", tuple(args), kinds.pop() if kinds else ANY)


def want(node: Node, kind: str) -> Node:
    """The node, where it gives that kind; else FormulaError."""
    if kind not in (ANY, node.kind) and node.kind != ANY:
        what = f"«{node.args[0]}»" if node.op == "name" else "una parte"
        raise FormulaError(f"{what} da {SPANISH.get(node.kind, 'un plazo')} y aquí va {SPANISH[kind]}")
    return node


def _comparable(left: Node, right: Node, sign: str) -> None:
    kinds = {left.kind, right.kind} - {ANY}
    if len(kinds) > 1:
        raise FormulaError(f"no se puede comparar {' con '.join(SPANISH.get(k, k) for k in sorted(kinds))}")
    if sign not in ("=", "<>") and kinds and kinds.pop() not in (NUMBER, DATE):
        raise FormulaError(f"«{sign}» ordena números o fechas; para textos use = o <>")


def _date(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise FormulaError(f"«{word}» no es una fecha; escríbala como 2026-03-31") from None


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match or match.lastgroup is None:
            raise FormulaError(f"no se entiende «{text[at : at + 12].strip()}»")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return [*found, ("end", "")]


def parse(text: str, kinds: Mapping[str, str]) -> tuple[Node, frozenset[str]]:
    """The tree of a formula and the names it reads; raises FormulaError."""
    reader = _Reader(text, kinds)
    tree = reader.either()
    if reader.peek()[0] != "end":
        raise FormulaError(f"sobra «{reader.peek()[1]}»; revise paréntesis y operadores")
    return tree, frozenset(reader.names)


Compiled = Callable[[Mapping[str, Any]], Any]
