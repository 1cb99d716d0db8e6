"""Decision tables, formulas, form steps, replays and lives of cases; pure rules, one thread, in processor time."""

import random
import time
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

from alcaldia.procedures import definitions
from alcaldia.procedures.rules import cells, flow
from alcaldia.procedures.rules.deadlines import Calendar, mexican_rest_days
from alcaldia.procedures.rules.definition import Row
from alcaldia.procedures.rules.difference import compare
from alcaldia.procedures.rules.evaluate import evaluate
from alcaldia.procedures.rules.flow import Event, Pending
from alcaldia.procedures.rules.form import form, typed
from alcaldia.procedures.rules.tables import CompiledTable, compile_table
from alcaldia.procedures.rules.values import NUMBER, TEXT, YES_NO
from alcaldia.project.bench.clock import percentile

DAY = date(2026, 6, 15)
ROWS, READS, CASES = 30, 50_000, 10_000
COLUMNS = {"zona": TEXT, "giro": TEXT, "area": NUMBER, "aforo": NUMBER, "nuevo": YES_NO}


def run() -> dict[str, Any]:
    """Tables a second with trace, milliseconds of a step, seconds of 10,000 replays and lives."""
    return {
        "table_30_rows_per_s": _tables(),
        **_form(),
        "evaluation_per_s": _evaluations(),
        "replay_10000_cases_s": _replay(),
        "lives_10000_s": _lives(),
    }


def table(seed: int = 7) -> CompiledTable:
    """Thirty rows: two sets, an interval, a limit and a yes/no."""
    chance = random.Random(seed)  # noqa: S311
    rows = []
    for at in range(ROWS):
        low = chance.randrange(0, 500)
        rows.append(
            (f'"H{at % 9}", "C{at % 7}"', f'"g{at}", "g{at + 1}"', f"[{low}..{low + 200})", f"<= {50 + at}", "si" if at % 2 else "-")
        )  # fmt: skip
    parsed = tuple(
        tuple(cells.parse(text, kind) for text, kind in zip(row, COLUMNS.values(), strict=True))
        for row in rows
    )
    made = tuple(Row(row, ("granted",), "Art. 1") for row in rows)
    return compile_table("decision", "first", tuple(COLUMNS), ("outcome",), made, parsed)


def _tables() -> int:
    found = table()
    chance = random.Random(3)  # noqa: S311
    inputs = [
        {"zona": f"H{chance.randrange(12)}", "giro": f"g{chance.randrange(40)}", "area": Decimal(chance.randrange(700)),
         "aforo": Decimal(chance.randrange(120)), "nuevo": chance.random() < 0.5}
        for _ in range(500)
    ]  # fmt: skip
    start = time.process_time()
    for at in range(READS):
        found.read(inputs[at % 500], DAY)
    return round(READS / (time.process_time() - start))


def _answers(count: int) -> list[dict[str, Any]]:
    """Answers of a small business, with sizes, debts and zones mixed."""
    chance = random.Random(5)  # noqa: S311
    return [
        {"predio": "P-1", "giro": "461110", "area": chance.randrange(1, 200), "aforo": chance.randrange(1, 80), "vende_alcohol": chance.random() < 0.1,
         "declara_seguridad": True, "rfc": "GODE561231GR8", "uso": chance.choice(["permitted", "conditional", "prohibited"]), "riesgo": "bajo",
         "adeudo": chance.choice([0, 0, 0, 120])}
        for _ in range(count)
    ]  # fmt: skip


def _form() -> dict[str, float]:
    program = definitions.programs()["licencia-bajo-riesgo"]
    times = []
    for answers in _answers(2000):
        start = time.process_time()
        form(program, answers, today=DAY)
        times.append((time.process_time() - start) * 1000)
    return {"form_step_p50_ms": percentile(times, 50), "form_step_p95_ms": percentile(times, 95)}


def _evaluations() -> int:
    program = definitions.programs()["licencia-bajo-riesgo"]
    cases = [typed(program, answers, today=DAY) for answers in _answers(2000)]
    start = time.process_time()
    for values in cases:
        evaluate(program, values, today=DAY)
    return round(len(cases) / (time.process_time() - start))


def _replay() -> float:
    """Old rules against new over 10,000 cases: each is typed and evaluated twice."""
    program, cases = definitions.programs()["licencia-bajo-riesgo"], _answers(CASES)
    start = time.process_time()
    compare(program, program, cases, today=DAY)
    return round(time.process_time() - start, 2)


def _lives() -> float:
    """A case with three agencies, seven events, 10,000 times."""
    calendar = Calendar({2026: mexican_rest_days(2026)})
    reviews = tuple(Pending(name, 3, "favourable") for name in "abc")
    facts = {"definition": "v", "term": 9, "reviews": reviews, "fee": Decimal(5)}
    later = DAY + timedelta(days=1)
    opinions = [Event("opinion_given", later, {"agency": name, "opinion": "favourable"}) for name in "abc"]
    end = [Event("decided", later, {"outcome": "granted"}), Event("paid", later, {"payment": "p", "amount": Decimal(5)}), Event("issued", later, {"document": "F"})]  # fmt: skip
    events = [Event("submitted", DAY, facts), Event("routed", DAY), *opinions, *end]
    start = time.process_time()
    for _ in range(CASES):
        reduce(lambda case, event: flow.apply(case, event, calendar), events, flow.Case())
    return round(time.process_time() - start, 2)
