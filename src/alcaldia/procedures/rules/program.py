"""A definition read and compiled: typed names, formulas in their order, tables of cells, everything checked.

`load` gives a `Program` or the problems of the file; a program never fails for a reason that could have
been seen in the file.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from alcaldia.kernel import shape
from alcaldia.kernel.shape import Path, Problem
from alcaldia.procedures.rules import cells, formulas, prose
from alcaldia.procedures.rules.computing import compiled
from alcaldia.procedures.rules.definition import NOTICES, OUTCOMES, Definition, Table, version_of
from alcaldia.procedures.rules.formulas import Compiled
from alcaldia.procedures.rules.tables import CompiledTable, compile_table
from alcaldia.procedures.rules.values import ANY, DATE, KIND_OF, NUMBER, TEXT, YES_NO

DECISION = "decision"
RESERVED = {"si", "sí", "no", "y", "o", "hoy", "vacío", "vacio", *formulas.FUNCTIONS} - {formulas.UMA}
SAID = ("outcome", "reason", "condition")
"""Columns of results that speak to the person; any other column is a value that formulas may use."""


@dataclass(frozen=True)
class Formula:
    """A compiled formula, its kind, and what it reads."""

    text: str
    kind: str
    reads: frozenset[str]
    run: Compiled


@dataclass(frozen=True)
class Program:
    """Everything that evaluating needs. `order` lists formulas and tables so that each comes after what it reads."""

    definition: Definition
    version: str
    kinds: Mapping[str, str]
    formulas: Mapping[str, Formula]
    tables: Mapping[str, CompiledTable]
    order: tuple[str, ...]
    visible: Mapping[str, Formula]
    whens: Mapping[str, Formula]

    def said(self, text: str) -> str:
        """A reason or condition of the decision as its row says it in several languages; any other text as it is."""
        return prose.said(self.tables[DECISION].rows, text) if DECISION in self.tables else text


@dataclass
class _Compiler:
    definition: Definition
    problems: list[Problem] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    formulas: dict[str, Formula] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)

    def wrong(self, path: Path, code: str, text: str) -> None:
        self.problems.append(Problem(path, code, text))

    def formula(self, text: str, path: Path, wanted: str = ANY) -> Formula | None:
        try:
            tree, reads = formulas.parse(text, self.kinds)
            formulas.want(tree, wanted)
        except formulas.FormulaError as error:
            self.wrong(path, "bad_formula", f"en «{text}»: {error}")
            return None
        return Formula(text, tree.kind, reads, compiled(tree))


def load(tree: Any) -> tuple[Program | None, list[Problem]]:
    """The program of a plain tree (YAML or JSON already read) and its problems; no program where one is an error."""
    problems: list[Problem] = []
    definition = shape.load(Definition, tree, problems)
    if problems:
        return None, problems
    maker = _Compiler(definition)
    _names(maker)
    order = _order(maker)
    tables = {name: _table(maker, name) for name in definition.rules.tables}
    visible = _visible(maker)
    whens = _whens(maker)
    _references(maker)
    if maker.problems:
        return None, maker.problems
    kept = {name: table for name, table in tables.items() if table}
    version = version_of(tree)
    return Program(definition, version, maker.kinds, maker.formulas, kept, order, visible, whens), []


def _names(maker: _Compiler) -> None:
    """One name, one meaning: data, parameters, formulas and tables share a dictionary."""
    definition = maker.definition
    for section, names in (("data", definition.data), ("parameters", definition.parameters or {})):
        for name, one in names.items():
            if (
                section == "data"
                and sum(place_in_vault(name) == place_in_vault(other) for other in names) > 1
            ):
                detail = f"«{name}» y otro dato sólo se distinguen por números o mayúsculas; use palabras distintas"
                maker.wrong((section, name), "alike", detail)
            kind = KIND_OF[one.type] if section == "data" else NUMBER  # type: ignore[union-attr]
            _declare(maker, name, kind, (section, name))
    for name, table in definition.rules.tables.items():
        for output in table.outputs:
            if output not in SAID:
                _declare(maker, output, _kind_of_output(table, output), ("rules", "tables", name, "outputs"))
                maker.made[output] = name
    for name in definition.rules.formulas or {}:
        if name in maker.kinds or name in RESERVED:
            maker.wrong(("rules", "formulas", name), "twice", f"«{name}» ya se usa; ponga otro nombre")


def place_in_vault(name: str) -> str:
    """What a datum is called in its person's vault, where names have small letters and no digits.

    Two data of one name there would overwrite each other, and a permit for one would open both.
    """
    return "".join("_" if c.isdigit() else c for c in name.lower())


def _declare(maker: _Compiler, name: str, kind: str, path: Path) -> None:
    if name in RESERVED:
        maker.wrong(path, "bad_name", f"«{name}» es una palabra de las fórmulas; ponga otro nombre")
    elif not name.isidentifier():
        maker.wrong(path, "bad_name", f"«{name}» no puede ser un nombre; use letras, números y guion bajo")
    elif name in maker.kinds:
        maker.wrong(path, "twice", f"«{name}» ya se usa; ponga otro nombre")
    maker.kinds[name] = kind


def _kind_of_output(table: Table, output: str) -> str:
    at = table.outputs.index(output)
    values = [row.then[at] for row in table.rows if at < len(row.then) and row.then[at] is not None]
    if values and all(not isinstance(value, str | bool) for value in values):
        return NUMBER
    return YES_NO if values and all(value in ("si", "no") for value in values) else TEXT


def _order(maker: _Compiler) -> tuple[str, ...]:
    """Formulas and tables, each after what it reads; a circle is a problem that names its members."""
    texts = maker.definition.rules.formulas or {}
    tables = maker.definition.rules.tables
    order: list[str] = []
    walking: list[str] = []

    def visit(name: str) -> None:
        name = maker.made.get(name, name)
        if name in order or (name not in texts and name not in tables):
            return
        if name in walking:
            circle = " → ".join([*walking[walking.index(name) :], name])
            path: Path = ("rules", "formulas" if name in texts else "tables", name)
            maker.wrong(path, "cycle", f"se calcula en círculo: {circle}; quite una de esas dependencias")
            maker.kinds.setdefault(name, ANY)  # it exists, for whoever reads it
            return
        walking.append(name)
        for other in _mentions(maker, name):
            visit(other)
        walking.pop()
        if name not in order:
            order.append(name)
            _settle(maker, name)

    for name in (*texts, *tables):
        visit(name)
    return tuple(order)


def _mentions(maker: _Compiler, name: str) -> tuple[str, ...]:
    texts, tables = maker.definition.rules.formulas or {}, maker.definition.rules.tables
    if name in tables:
        return tables[name].inputs
    known = {**maker.kinds, **dict.fromkeys(texts, ANY)}
    try:
        return tuple(sorted(formulas.parse(texts[name], known)[1]))
    except formulas.FormulaError:
        return ()


def _settle(maker: _Compiler, name: str) -> None:
    texts = maker.definition.rules.formulas or {}
    if name in texts:
        found = maker.formula(texts[name], ("rules", "formulas", name))
        maker.kinds[name] = found.kind if found else ANY
        if found:
            maker.formulas[name] = found


def _table(maker: _Compiler, name: str) -> CompiledTable | None:
    table = maker.definition.rules.tables[name]
    base: Path = ("rules", "tables", name)
    before = len(maker.problems)
    for column in table.inputs:
        if column not in maker.kinds:
            _unknown(maker, (*base, "inputs"), column)
    if len(table.rows) > 500 or len(table.inputs) > 20:
        maker.wrong(base, "too_large", "una tabla llega a 500 renglones y 20 columnas; divídala")
    lines = [_row(maker, table, at, (*base, "rows", at)) for at in range(len(table.rows))]
    rows = prose.worded(table, (*base, "rows"), maker.problems)
    if name == DECISION and "outcome" not in table.outputs:
        maker.wrong(base, "no_outcome", "la tabla decision debe tener la columna outcome")
    if len(maker.problems) > before:
        return None
    return compile_table(name, table.policy, table.inputs, table.outputs, rows, tuple(lines))


def _row(maker: _Compiler, table: Table, at: int, path: Path) -> tuple[cells.Cell, ...]:
    row = table.rows[at]
    if not row.legal_basis.strip():
        maker.wrong(path, "no_basis", "el renglón no cita su artículo; escriba legal_basis")
    if len(row.if_) != len(table.inputs) or len(row.then) != len(table.outputs):
        maker.wrong(
            path,
            "wrong_width",
            f"el renglón lleva {len(table.inputs)} celdas y {len(table.outputs)} resultados",
        )
        return ()
    if "outcome" in table.outputs and row.then[table.outputs.index("outcome")] not in OUTCOMES:
        maker.wrong((*path, "then"), "bad_outcome", f"el resultado es uno de: {', '.join(OUTCOMES)}")
    found = []
    for column, raw in zip(table.inputs, row.if_, strict=True):
        try:
            found.append(_cell(maker, column, raw))
        except cells.CellError as error:
            if column in maker.kinds:  # one that does not exist has been told already
                maker.wrong((*path, "if"), "bad_cell", f"columna «{column}»: {error}")
    return tuple(found)


def _cell(maker: _Compiler, column: str, raw: Any) -> cells.Cell:
    cell = cells.parse(raw, maker.kinds.get(column, TEXT))
    field_ = maker.definition.data.get(column)
    if field_ and field_.type == "choice" and cell.values:
        known = {option.value for option in field_.options}
        if odd := sorted(cell.values - known):
            raise cells.CellError(
                f"«{odd[0]}» no es una opción de ese dato; las que hay: {', '.join(sorted(known))}"
            )
    return cell


def _visible(maker: _Compiler) -> dict[str, Formula]:
    found = {}
    for name, one in maker.definition.data.items():
        if one.visible and (formula := maker.formula(one.visible, ("data", name, "visible"), YES_NO)):
            found[name] = formula
    return found


def _whens(maker: _Compiler) -> dict[str, Formula]:
    """Conditions outside the rules, by `reviews.0` and the like, and `fee`."""
    definition, found = maker.definition, {}
    lists: dict[str, tuple[Any, ...]] = {"reviews": definition.reviews, "inspections": definition.inspections, "appointments": definition.appointments, "reserves": definition.reserves}  # fmt: skip
    texts = {
        (name, at): one.when for name, items in lists.items() for at, one in enumerate(items) if one.when
    }
    if definition.signature and definition.signature.when:
        texts[("signature", 0)] = definition.signature.when
    for (name, at), text in texts.items():
        path: Path = (name, at, "when") if name in lists else (name, "when")
        if formula := maker.formula(text, path, YES_NO):
            found[f"{name}.{at}"] = formula
    for at, one in enumerate(definition.reserves):
        for key in ("units", "days"):
            text = getattr(one, key)
            if text and (formula := maker.formula(text, ("reserves", at, key), NUMBER)):
                found[f"reserves.{at}.{key}"] = formula
    if definition.fee and (fee := maker.formula(definition.fee.formula, ("fee", "formula"), NUMBER)):
        found["fee"] = fee
    return found


def _unknown(maker: _Compiler, path: Path, name: str) -> None:
    near = difflib.get_close_matches(name, maker.kinds, 1)
    remedy = f"¿quiso decir «{near[0]}»?" if near else "declárelo en data, parameters o formulas"
    maker.wrong(path, "unknown_name", f"no existe «{name}»; {remedy}")


def _references(maker: _Compiler) -> None:
    """What names other parts of the file names something that is there."""
    definition = maker.definition
    for at, screen in enumerate(definition.steps):
        for name in screen.fields:
            if name not in definition.data:
                _unknown(maker, ("steps", at, "fields"), name)
    for name, lookup in (definition.lookups or {}).items():
        for key, datum in (("by", lookup.by), ("on", lookup.on)):
            if datum not in definition.data and (datum or key == "by"):
                _unknown(maker, ("lookups", name, key), datum)
        for told, datum in lookup.told.items():
            if datum not in definition.data:
                _unknown(maker, ("lookups", name, "with", told), datum)
    for at, taken in enumerate(definition.reserves):
        _reserved(maker, at, taken.of)
    for name, one in definition.data.items():
        _source(maker, name, one.source)
        if one.type in ("choice", "choices") and not one.options:
            maker.wrong(("data", name), "no_options", "una elección necesita options")
    agencies = {one.agency for one in definition.reviews}
    for at, review in enumerate(definition.reviews):
        for name in review.reads or ():
            if name not in definition.data:
                _unknown(maker, ("reviews", at, "reads"), name)
        for other in review.after:
            if other not in agencies:
                maker.wrong(("reviews", at, "after"), "unknown_agency", f"«{other}» no opina en este trámite")
    _paper(maker)
    for name, parameter in (definition.parameters or {}).items():
        for at, dated in enumerate(parameter.dated):
            if not _is_day(dated.from_):
                text = f"«{dated.from_}» no es una fecha; escriba, por ejemplo, 2027-01-01"
                maker.wrong(("parameters", name, "dated", at, "from"), "bad_date", text)
    for name in definition.notices or {}:
        if name not in NOTICES:
            maker.wrong(
                ("notices", name),
                "unknown_notice",
                f"no hay un aviso «{name}»; los que hay: {', '.join(NOTICES)}",
            )
    if DECISION not in definition.rules.tables:
        maker.wrong(("rules", "tables"), "no_decision", "falta la tabla decision; es la que resuelve")


def _paper(maker: _Compiler) -> None:
    """What the paper prints and how it is renewed are data of the file."""
    definition = maker.definition
    paper, data = definition.document, definition.data
    if paper is None:
        return
    for name in paper.fields:
        if name not in maker.kinds:
            _unknown(maker, ("document", "fields"), name)
    for name in paper.merged:
        if name not in paper.fields:
            text = f"«{name}» no está entre los datos que el documento imprime; agréguelo a document.fields"
            maker.wrong(("document", "wording"), "unknown_name", text)
    carried = paper.renewal.carry if paper.renewal else ()
    for path, names in (
        (("document", "personal"), paper.personal),
        (("document", "renewal", "carry"), carried),
    ):
        for at, name in enumerate(names):
            if name not in data:
                _unknown(maker, (*path, at), name)
    if paper.renews and paper.renews not in data:
        _unknown(maker, ("document", "renews"), paper.renews)
    if paper.renewal and definition.sheet.validity is None:
        text = "dice cómo se renueva y no hasta cuándo vale; ponga sheet.validity o quite renewal"
        maker.wrong(("document", "renewal"), "never_ends", text)


def _reserved(maker: _Compiler, at: int, name: str) -> None:
    """A place is taken of what a register counts, for answers that the case keeps in the open."""
    data, path = maker.definition.data, ("reserves", at, "of")
    spec = data.get(name)
    if spec is None:
        _unknown(maker, path, name)
    elif not spec.source.startswith("registry:") or KIND_OF[spec.type] not in (NUMBER, YES_NO):
        text = (
            f"«{name}» no es una cifra ni un sí o no que diga un registro; use un dato con source registry:…"
        )
        maker.wrong(path, "not_counted", text)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _source(maker: _Compiler, name: str, source: str) -> None:
    kind, _, rest = source.partition(":")
    path: Path = ("data", name, "source")
    if source in ("asked", "computed", "profile"):
        return
    if kind == "registry" and rest.partition(".")[0] in (maker.definition.lookups or {}):
        return
    if kind == "earlier" and "." in rest:
        return
    maker.wrong(
        path,
        "bad_source",
        "de dónde viene: asked, profile, registry:CONSULTA.DATO (declarada en lookups) o earlier:TRÁMITE.DATO",
    )


__all__ = ["DATE", "DECISION", "Formula", "Program", "load"]
