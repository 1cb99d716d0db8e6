"""What the rules say of these answers: outcome, reasons, conditions, amounts, and every line of why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from alcaldia.procedures.rules.computing import BRACKETS, CHOICES, ON_A_DAY, WORKING_DAYS, Undefined
from alcaldia.procedures.rules.definition import Outcome, Review, Row, in_force
from alcaldia.procedures.rules.program import DECISION, Formula, Program
from alcaldia.procedures.rules.tables import CompiledTable, Reading
from alcaldia.procedures.rules.values import UNKNOWN, YES_NO, shown

# The first of these that a `collect` table finds is its answer.
WORST: tuple[Outcome, ...] = ("denied", "missing_data", "review", "conditional", "granted")
FEE = "costo"
"""How the trace names the amount, which is a formula without a name of its own."""
NO_ROW = "Ningún renglón de la regla prevé este caso; lo revisa una persona."


@dataclass(frozen=True)
class Line:
    """One line of the trace: a row that held, a table that could not say, a formula's figure."""

    rule: str
    row: int | None
    result: Any
    legal_basis: str
    inputs: Mapping[str, Any]
    note: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        row = None if self.row is None else self.row + 1
        return {"rule": self.rule, "row": row, "result": shown(self.result), "legal_basis": self.legal_basis,
                "inputs": shown(dict(self.inputs)), "note": self.note}  # fmt: skip


@dataclass(frozen=True)
class Evaluation:
    """The rules' answer. `missing` names data; `reviews` and the like are positions in the definition; `fee` is None if unknown."""

    outcome: Outcome
    reasons: tuple[str, ...]
    conditions: tuple[str, ...]
    offers: tuple[str, ...]
    values: Mapping[str, Any]
    missing: tuple[str, ...]
    fee: Decimal | None
    reviews: tuple[int, ...]
    inspections: tuple[int, ...]
    appointments: tuple[int, ...]
    needs_signature: bool
    trace: tuple[Line, ...]


@dataclass(frozen=True)
class City:
    """What a municipality sets: figures by parameter name, how it counts working days, and its figures of another day."""

    figures: Mapping[str, Any] | None = None
    working_days: Callable[[date, date], int] | None = None
    figures_of: Callable[[date], Mapping[str, Any]] | None = None


def evaluate(
    program: Program, answers: Mapping[str, Any], *, today: date, city: City | None = None
) -> Evaluation:
    """Run formulas and tables over typed answers (`form.typed`); absent is unknown, None is blank. Total."""
    env = environment(program, answers, today, city or City())
    lines: list[Line] = []
    said: dict[str, tuple[CompiledTable, Reading]] = {}
    problems: list[str] = []
    for name in program.order:
        if name in program.tables:
            said[name] = _table(program.tables[name], env, lines)
        else:
            _formula(name, program.formulas[name], env, lines, problems)
    outcome, rows = _decide(*said[DECISION]) if DECISION in said else ("review", ())
    if problems and outcome in ("granted", "conditional", "missing_data"):
        outcome = "review"
    fee = _amount(program, env, lines)
    if fee is None and outcome != "denied":
        outcome = "missing_data"
        problems.append(lines[-1].note)
    return Evaluation(
        outcome,
        tuple(problems) + _column(said, rows, "reason", outcome),
        _column(said, rows, "condition", outcome),
        tuple(row.offer for row in rows if row.offer),
        {name: env.get(name, UNKNOWN) for name in program.kinds},
        _missing(program, env, fee) if outcome == "missing_data" else (),
        fee,
        _which(program, "reviews", len(program.definition.reviews), env),
        _which(program, "inspections", len(program.definition.inspections), env),
        _which(program, "appointments", len(program.definition.appointments), env),
        _signed(program, env),
        tuple(lines),
    )


def environment(program: Program, answers: Mapping[str, Any], today: date, city: City) -> dict[str, Any]:
    """Answers, parameters and today under their names."""
    figures, declared = city.figures or {}, program.definition.parameters or {}
    env: dict[str, Any] = {name: answers[name] for name in program.definition.data if name in answers}
    brackets, choices = {}, {}
    for name, parameter in declared.items():
        one = in_force(parameter, today) if parameter.dated else parameter
        given = figures.get(name, one.value)
        env[name] = UNKNOWN if given is None or isinstance(given, dict | tuple) else given
        brackets[name] = figures[name] if isinstance(figures.get(name), tuple) else one.brackets
        choices[name] = figures[name] if isinstance(figures.get(name), dict) else one.choices or {}

    def on(name: str, day: date) -> Any:
        said = city.figures_of(day) if city.figures_of else figures
        return said.get(name, in_force(declared[name], day).value if name in declared else None)

    return {
        **env,
        "hoy": today,
        ON_A_DAY: on,
        BRACKETS: brackets,
        CHOICES: choices,
        WORKING_DAYS: city.working_days,
    }


def _formula(
    name: str, formula: Formula, env: dict[str, Any], lines: list[Line], problems: list[str]
) -> None:
    note = ""
    try:
        value = formula.run(env)
    except Undefined as why:
        value, note = UNKNOWN, f"En «{name}» {why}."
        problems.append(note)
    env[name] = value
    inputs = {one: env.get(one, UNKNOWN) for one in sorted(formula.reads)}
    lines.append(Line(name, None, value, "", inputs, note or f"= {formula.text}"))


def _table(table: CompiledTable, env: dict[str, Any], lines: list[Line]) -> tuple[CompiledTable, Reading]:
    reading = table.read(env, env["hoy"])
    inputs = {name: env.get(name, UNKNOWN) for name in table.inputs}
    for at in reading.matched:
        row = table.rows[at]
        lines.append(
            Line(table.name, at, dict(zip(table.outputs, row.then, strict=True)), row.legal_basis, inputs)
        )
    if not reading.matched:
        note = (
            "Falta un dato para saber si este renglón se cumple."
            if reading.open_rows
            else "Ningún renglón se cumple."
        )
        lines.append(Line(table.name, next(iter(reading.open_rows), None), None, "", inputs, note))
    first = table.rows[reading.matched[0]] if reading.matched and not reading.open_rows else None
    for at, output in enumerate(table.outputs):
        if output not in ("outcome", "reason", "condition"):
            env[output] = _value(first.then[at]) if first else UNKNOWN
    return table, reading


def _value(raw: Any) -> Any:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return Decimal(raw)
    return {"si": True, "sí": True, "no": False}.get(raw, raw) if isinstance(raw, str) else raw


def _decide(table: CompiledTable, reading: Reading) -> tuple[Outcome, tuple[Row, ...]]:
    rows = tuple(table.rows[at] for at in reading.matched)
    at = table.outputs.index("outcome")
    found: list[Outcome] = [row.then[at] for row in rows]
    if reading.open_rows and (table.policy != "collect" or "denied" not in found):
        return "missing_data", ()
    if not found:
        return "review", ()
    if table.policy == "unique" and len({tuple(map(str, row.then)) for row in rows}) > 1:
        return "review", rows
    return min(found, key=WORST.index), rows


def _column(said: Mapping[str, Any], rows: tuple[Row, ...], name: str, outcome: str) -> tuple[str, ...]:
    table: CompiledTable | None = said[DECISION][0] if DECISION in said else None
    if table is None or name not in table.outputs:
        return ()
    if not rows:
        return (NO_ROW,) if name == "reason" and outcome == "review" else ()
    at, result = table.outputs.index(name), table.outputs.index("outcome")
    worst = [row for row in rows if row.then[result] == outcome or name == "condition"]
    cells = [row.then[at] for row in worst if row.then[at] not in (None, "", "-")]
    return tuple(one if isinstance(one, str) else str(one) for one in cells)


def _amount(program: Program, env: Mapping[str, Any], lines: list[Line]) -> Decimal | None:
    """The fee; None where it cannot be computed, and then the last line of the trace says why."""
    formula = program.whens.get("fee")
    if formula is None:
        return Decimal(0)
    try:
        value, why = formula.run(env), ""
    except Undefined as undefined:
        value, why = UNKNOWN, str(undefined)
    if value is not UNKNOWN and value is not None:
        return max(Decimal(value), Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    inputs = {one: env.get(one, UNKNOWN) for one in sorted(formula.reads)}
    lacking = [_label(program, one) for one, given in inputs.items() if given is UNKNOWN or given is None]
    why = why or f"falta {', '.join(f'«{one}»' for one in lacking) or 'un dato'}"
    lines.append(Line(FEE, None, UNKNOWN, "", inputs, f"No se pudo calcular el costo: {why}."))
    return None


def _label(program: Program, name: str) -> str:
    """A datum or a parameter as people call it; what a formula computes, by its name."""
    declared = {**program.definition.data, **(program.definition.parameters or {})}.get(name)
    label = getattr(declared, "label", None)
    return label.es.strip("¿?") if label else name.replace("_", " ")


def _which(program: Program, name: str, count: int, env: Mapping[str, Any]) -> tuple[int, ...]:
    """Positions whose condition holds; an unknown condition holds, so that a person looks."""
    return tuple(at for at in range(count) if _holds(program.whens.get(f"{name}.{at}"), env))


def _holds(formula: Formula | None, env: Mapping[str, Any]) -> bool:
    try:
        return formula is None or formula.run(env) is not False
    except Undefined:
        return True


def _signed(program: Program, env: Mapping[str, Any]) -> bool:
    return program.definition.signature is not None and _holds(program.whens.get("signature.0"), env)


def _missing(program: Program, env: Mapping[str, Any], fee: Decimal | None) -> tuple[str, ...]:
    """Data that are unknown and that the decision reads, or a fee that is unknown, directly or through what they compute."""
    seen: set[str] = set()
    made = {out: name for name, table in program.tables.items() for out in table.outputs}
    todo = [DECISION, *(program.whens["fee"].reads if fee is None else ())]
    while todo:
        name = todo.pop()
        name = made.get(name, name) if name not in program.kinds or name in made else name
        if name in seen:
            continue
        seen.add(name)
        if name in program.tables:
            todo += program.tables[name].inputs
        elif name in program.formulas and (name == DECISION or env.get(name, UNKNOWN) is UNKNOWN):
            todo += program.formulas[name].reads
    return tuple(
        name for name in program.definition.data if name in seen and env.get(name, UNKNOWN) is UNKNOWN
    )


def reviews_of(program: Program, found: Evaluation) -> tuple[Review, ...]:
    """The reviews that this evaluation calls for."""
    return tuple(program.definition.reviews[at] for at in found.reviews)


__all__ = ["YES_NO", "City", "Evaluation", "Line", "environment", "evaluate", "reviews_of"]
