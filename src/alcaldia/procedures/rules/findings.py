"""What is wrong with a definition before anyone suffers it: `check` runs every look in `LOOKS`.

Errors block publishing; warnings are shown to who publishes.
"""

from collections.abc import Callable, Iterable, Iterator

from alcaldia.kernel.shape import Path, Problem, Text
from alcaldia.kernel.text import fold
from alcaldia.procedures.rules import impossible, privacy, retention, surroundings
from alcaldia.procedures.rules.gaps import gaps
from alcaldia.procedures.rules.program import DECISION, Program
from alcaldia.procedures.rules.readability import NORMAL, inflesz
from alcaldia.procedures.rules.surroundings import Around
from alcaldia.procedures.rules.trials import failures

RULING = "ruling"
RECKONED = frozenset({"number", "integer", "money", "date", "yes_no", "choice", "choices"})
"""Types that are asked for a rule, a fee or a paper, and for nobody to read."""
LEAST_TESTS, LEAST_ALIASES, MOST_WORDS = 5, 3, 6
# What government itself issues and may not be asked of the person (LNETB): words in a requirement's name.
ISSUED_BY_GOVERNMENT = (
    "acta de nacimiento", "acta de matrimonio", "acta de defuncion", "acta de divorcio", "curp", "constancia de situacion fiscal",
    "cedula fiscal", "credencial para votar", "credencial de elector", "ine", "pasaporte", "recibo de predial", "boleta predial",
    "boleta de predial", "recibo de agua", "boleta de agua", "numero oficial", "uso de suelo", "no adeudo", "no antecedentes",
    "titulo de propiedad", "escritura", "licencia de", "cedula profesional",
)  # fmt: skip
"""Folded words; of several levels of government, none of which may send a person to another (LNETB)."""
Found = Iterator[Problem]


def check(program: Program, around: Around | None = None) -> list[Problem]:
    """Every finding of a program; `around` are the names that the installation knows, where they are known."""
    found = [problem for look in LOOKS for problem in look(program)]
    return [*found, *(surroundings.check(program, around) if around else ())]


def _tables(program: Program) -> Found:
    for name, table in program.tables.items():
        path: Path = ("rules", "tables", name)
        seen = gaps(table, program.kinds, program.definition.data)
        if seen.gave_up:
            yield Problem(
                path,
                "too_many_cases",
                "tiene demasiadas combinaciones para revisarlas, o compara una fecha con hoy y con un día fijo; divídala",
                "warning",
            )
        if seen.uncovered is not None and table.policy != "collect":
            case = ", ".join(f"{column} = {value}" for column, value in seen.uncovered.items())
            yield Problem(path, "uncovered", f"ningún renglón dice qué pasa cuando {case}; agregue uno")
        for row in seen.dead:
            yield Problem(
                (*path, "rows", row),
                "unreachable_row",
                f"el renglón {row + 1} nunca se alcanza: otros antes cubren todo; quítelo o súbalo",
            )
        for one, other in seen.clashes:
            yield Problem(
                (*path, "rows", other),
                "contradiction",
                f"los renglones {one + 1} y {other + 1} se cumplen a la vez y dicen cosas distintas; corrija uno",
            )


def _collect_decides(program: Program) -> Found:
    """A `collect` decision needs at least one row that holds for everybody, or nobody is granted."""
    table = program.tables[DECISION]
    if table.policy == "collect" and not any(all(cell.any for cell in line) for line in table.cells):
        text = "una tabla collect necesita un renglón con todas las celdas en - (lo que pasa si nada más se cumple)"
        yield Problem(("rules", "tables", DECISION), "uncovered", text)


def used(program: Program) -> set[str]:
    """Names that rules, conditions, lookups, documents or the fee read."""
    definition = program.definition
    found = {name for table in program.tables.values() for name in table.inputs}
    found |= {
        name
        for one in (*program.formulas.values(), *program.visible.values(), *program.whens.values())
        for name in one.reads
    }
    found |= {
        name
        for lookup in (definition.lookups or {}).values()
        for name in (lookup.by, lookup.on, *lookup.told.values())
    }
    found |= {one.of for one in definition.reserves}
    if definition.document:
        found |= {*definition.document.fields, *definition.document.personal, definition.document.map}
    texts = " ".join(
        [*(one.text for one in program.formulas.values()), definition.fee.formula if definition.fee else ""]
    )
    return found | {name for name in definition.parameters or {} if f'"{name}"' in texts}


def _unused(program: Program) -> Found:
    """Asked and never used: why ask it? What a person reads (a text, a file, a place) may say so, by `why`."""
    read = used(program)
    for name, field in program.definition.data.items():
        if name in read:
            continue
        if field.type in RECKONED:
            text = f"se pide «{name}» y ninguna regla, tarifa, consulta ni documento lo usa; quítelo o úselo"
            yield Problem(("data", name), "unused", text)
        elif not field.why:
            text = f"se pide «{name}» y nada lo usa; quítelo o diga en why para qué (¿por qué lo pide?)"
            yield Problem(("data", name), "unused", text)
    for name in program.definition.parameters or {}:
        if name not in read:
            yield Problem(
                ("parameters", name), "unused", f"el parámetro «{name}» no se usa; quítelo", "warning"
            )


def _screens(program: Program) -> Found:
    definition = program.definition
    shown = [name for screen in definition.steps for name in screen.fields]
    for name, field in definition.data.items():
        if field.source == "asked" and name not in shown:
            yield Problem(
                ("data", name),
                "not_on_screen",
                f"«{name}» se pregunta y no está en ninguna pantalla; agréguelo a steps",
            )
        if field.source != "asked" and name in shown:
            yield Problem(
                ("data", name), "asked_twice", f"«{name}» ya lo sabe la ciudad; quítelo de las pantallas"
            )
    for name in sorted({name for name in shown if shown.count(name) > 1}):
        yield Problem(("steps",), "asked_twice", f"«{name}» está en dos pantallas; déjelo en una")


def _said_and_asked(program: Program) -> Found:
    """The sheet tells what will be asked for: every file that must be given, and CURP and RFC where they are data."""
    definition = program.definition
    sheet = definition.sheet
    listed = {one.field for one in sheet.requirements}
    for name, field in definition.data.items():
        if field.type == "file" and field.required and name not in listed:
            text = f"el archivo «{name}» es obligatorio y la ficha no lo dice; agréguelo a sheet.requirements con field: {name}"
            yield Problem(("data", name), "not_on_sheet", text)
    types = {field.type for field in definition.data.values()}
    for kind, said in (("curp", sheet.curp), ("rfc", sheet.rfc)):
        if (said != "not_asked") != (kind in types):
            asked = "se pide" if kind in types else "no se pide"
            text = f"la ficha dice {kind}: {said} y en el formulario {asked}; iguálelos"
            yield Problem(("sheet", kind), "not_as_asked", text)


def _never_shown(program: Program) -> Found:
    """Two data that each wait for the other's answer: neither would ever be asked."""
    waits = {
        name: _behind(program, one.reads) & set(program.visible) for name, one in program.visible.items()
    }
    for name in sorted(waits):
        reached, todo = set(), [*waits[name]]
        while todo:
            if (other := todo.pop()) not in reached:
                reached.add(other)
                todo += waits[other]
        if name in reached:
            text = f"«{name}» se muestra según un dato que se muestra según él: no se vería ninguno; cambie uno de los visible"
            yield Problem(("data", name, "visible"), "cycle", text)


def _behind(program: Program, names: Iterable[str]) -> set[str]:
    """The data that these names stand for, formulas and tables opened."""
    found, todo = set(), [*names]
    while todo:
        if (name := todo.pop()) in found:
            continue
        found.add(name)
        if name in program.formulas:
            todo += program.formulas[name].reads
        elif name in program.tables:
            todo += program.tables[name].inputs
    return found


def _government(program: Program) -> Found:
    """Asked among the requirements or as a file, whatever its spelling; `consulted` is believed where something is looked up."""
    definition = program.definition
    for at, one in enumerate(definition.sheet.requirements):
        named = one.issued_by_government or _is_governments(one.name.es)
        if named and not (one.consulted and definition.lookups):
            yield Problem(
                ("sheet", "requirements", at), "issued_by_government", GOVERNMENTS.format(one.name.es)
            )
    for name, spec in definition.data.items():
        if spec.type == "file" and spec.source == "asked" and _is_governments(spec.label.es):
            yield Problem(("data", name), "issued_by_government", GOVERNMENTS.format(spec.label.es))


GOVERNMENTS = (
    "«{}» lo emite el propio gobierno: la ley no permite pedirlo; consúltelo (consulted: true y un lookup)"
)


def _is_governments(words: str) -> bool:
    plain = f" {fold(words)} "
    return any(f" {paper} " in plain for paper in ISSUED_BY_GOVERNMENT)


def _words(program: Program) -> Found:
    sheet = program.definition.sheet
    if len(sheet.plain_name.es.split()) > MOST_WORDS:
        yield Problem(
            ("sheet", "plain_name"),
            "long_name",
            f"el nombre sencillo pasa de {MOST_WORDS} palabras; acórtelo",
        )
    if len(sheet.also_called) < LEAST_ALIASES:
        yield Problem(
            ("sheet", "also_called"),
            "few_aliases",
            f"escriba al menos {LEAST_ALIASES} formas en que la gente lo dice",
        )
    if inflesz(sheet.summary.es) is None:
        yield Problem(
            ("sheet", "summary"),
            "short_summary",
            "el resumen es muy corto para medir su lectura; escriba 30 palabras o más",
            "warning",
        )


def _reading(program: Program) -> Found:
    """Every text of some length that a person reads on the way."""
    for path, what, text in _texts(program):
        score = inflesz(text.es) if text else None
        if score is not None and score < NORMAL:
            said = f"{what} es difícil de leer (INFLESZ {score}, mínimo {NORMAL}); use frases y palabras más cortas"
            yield Problem(path, "hard_to_read", said)


def _texts(program: Program) -> Iterator[tuple[Path, str, Text | None]]:
    definition = program.definition
    yield ("sheet", "summary"), "el resumen", definition.sheet.summary
    for at, one in enumerate(definition.sheet.requirements):
        yield ("sheet", "requirements", at, "remarks"), f"la nota de «{one.name.es}»", one.remarks or None
    for name, spec in definition.data.items():
        yield ("data", name, "help"), f"la ayuda de «{name}»", spec.help
        yield ("data", name, "why"), f"el motivo de «{name}»", spec.why or None
    for at, step in enumerate(definition.steps):
        yield ("steps", at, "help"), f"la ayuda de «{step.title.es}»", step.help


def _law(program: Program) -> Found:
    sheet = program.definition.sheet
    if sheet.tacit == "approval" and not sheet.tacit_basis:
        yield Problem(
            ("sheet", "tacit"),
            "no_basis",
            "la afirmativa ficta necesita el artículo que la concede (tacit_basis)",
        )
    if sheet.least_assurance != "none" and "counter" not in sheet.channels:
        yield Problem(
            ("sheet", "least_assurance"),
            "locked_out",
            "quien no puede identificarse en línea se queda fuera; agregue counter a channels o quite least_assurance",
        )
    if not sheet.legal_basis:
        yield Problem(("sheet", "legal_basis"), "no_basis", "cite el fundamento del trámite")
    agencies = {one.agency: set(one.after) for one in program.definition.reviews}
    waiting = dict(agencies)
    while ready := [name for name, after in waiting.items() if not after & set(waiting)]:
        waiting = {name: after for name, after in waiting.items() if name not in ready}
    if waiting:
        yield Problem(
            ("reviews",), "cycle", f"se esperan en círculo: {', '.join(sorted(waiting))}; quite un after"
        )


def _tests(program: Program) -> Found:
    tests = program.definition.tests
    if len(tests) < LEAST_TESTS:
        yield Problem(("tests",), "few_tests", f"escriba al menos {LEAST_TESTS} pruebas; hay {len(tests)}")
    for at, text in failures(program):
        yield Problem(("tests", at), "test_failed", text)


def _moment(program: Program) -> Found:
    """A fee before reviews that nobody makes is a fee before the paper: the file says one thing and means another."""
    definition = program.definition
    fee = definition.fee
    before = [one for one in definition.inspections if one.moment == "before_decision"]
    if fee and fee.moment == "before_review" and not definition.reviews and not before:
        text = (
            "no hay revisión ni visita que espere al pago: se cobra antes de entregar; escriba before_issue"
        )
        yield Problem(("fee", "moment"), "nothing_waits", text, "warning")
    if fee and fee.moment != "before_issue" and fee.voucher_days < 1:
        text = "quien paga primero necesita al menos un día para pagar; escriba voucher_days: 1 o más"
        yield Problem(("fee", "voucher_days"), "no_time_to_pay", text)


def _left_open(program: Program) -> Found:
    """Free text that stays readable: whoever writes the file says why it tells nothing about anybody."""
    for name, one in program.definition.data.items():
        for path, inner in (
            (name, one),
            *((f"{name}.{key}", cell) for key, cell in (one.fields or {}).items()),
        ):
            if privacy.left_open(inner) and not inner.why:
                text = f"«{path}» es texto libre y queda legible para siempre; diga en why por qué no es de nadie, o quite personal"
                where: Path = (
                    ("data", *path.split("."))
                    if "." not in path
                    else ("data", name, "fields", path.partition(".")[2])
                )
                yield Problem(where, "left_open", text, "warning")


def _kept(program: Program) -> Found:
    """What is to be destroyed lies sealed; what is to stay without its person lies readable and says nothing of anybody."""
    sealed, wanted = privacy.names(program), retention.plan(program)
    data = program.definition.data
    for name in (*wanted.delete, *wanted.anonymise):
        if data[name].source != "asked":
            text = f"«{name}» no se pregunta y la solicitud no lo guarda como respuesta; quite keep"
            yield Problem(("data", name, "keep"), "not_kept", text)
        elif name in wanted.delete and name not in sealed:
            text = f"«{name}» queda legible en actos públicos que no se borran; márquelo personal: personal o quite keep"
            yield Problem(("data", name, "keep"), "cannot_be_destroyed", text)
        elif name in wanted.anonymise and name in sealed:
            text = f"«{name}» es personal y no se puede volver anónimo; use keep: delete, o personal: none si no es de nadie"
            yield Problem(("data", name, "keep"), "cannot_be_anonymous", text)
    if wanted.cut:
        for name in sorted(one for one in sealed if data[one].source == "asked" and data[one].keep == "case"):
            text = f"«{name}» ligaría a la persona lo que será anónimo y se destruirá con ello; escriba keep: delete"
            yield Problem(("data", name, "keep"), "still_linked", text)
    if wanted and program.definition.sheet.appeal.unit != "working_days":
        text = "el plazo para impugnar se cuenta en días hábiles; escriba unit: working_days"
        yield Problem(("sheet", "appeal", "unit"), "bad_unit", text)


def _printed(program: Program) -> Found:
    """What a paper prints for its person alone is sealed or told by a register; the rest anybody reads in its act."""
    paper = program.definition.document
    if paper is None or not paper.personal:
        return
    secret, data = privacy.names(program), program.definition.data
    for at, name in enumerate(paper.personal):
        where: Path = ("document", "personal", at)
        if data[name].type == "file":
            yield Problem(
                where, "not_printed", f"«{name}» es un archivo y no se imprime; quítelo de personal"
            )
        elif name in paper.fields:
            text = f"«{name}» está en fields y en personal; déjelo en uno: fields lo lee cualquiera"
            yield Problem(where, "printed_twice", text)
        elif name not in secret and not privacy.from_register(data[name]):
            text = f"«{name}» no es personal ni lo dice un registro; póngalo en fields o márquelo personal: personal"
            yield Problem(where, "not_personal", text)
    if paper.template == RULING:
        text = "el dictamen lo redacta el plan y no lleva datos de la persona; quite personal o use otro template"
        yield Problem(("document", "personal"), "not_printed", text)


LOOKS: tuple[Callable[[Program], Found], ...] = (
    _tables, _collect_decides, _unused, _said_and_asked, _never_shown, _screens, _government, _words, _reading, _law, _moment, _left_open, _kept, _printed,
    impossible.check, surroundings.alone, _tests,
)  # fmt: skip
__all__ = ["check", "used"]
