"""What a definition names and does not bring: agencies, registers, other procedures, agendas. Whoever checks says what there is."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from alcaldia.kernel.shape import Path, Problem
from alcaldia.procedures.rules import privacy
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.program import Program

Found = Iterator[Problem]
TEMPLATES = ("certificate", "civil-act", "licence", "permit", "receipt", "resolution", "ruling")
"""What a paper may be; `receipt` settles the account that it paid, `ruling` is that of the plan."""
NOT_READ_IN_ROWS = {"file": "un archivo", "parcel": "un predio", "group": "otro grupo"}
"""What is drawn in a repeated group and that nobody could answer there."""


@dataclass(frozen=True)
class Around:
    """The names that an installation knows. None: not known here, and nothing is said of it.

    `registries`: each with what it may be told beside the number that it is asked by. `procedures`: each with the data that a later request may read of it, those that a case keeps in the open.
    """

    families: Collection[str] | None = None
    registries: Mapping[str, Collection[str]] | None = None
    agencies: Collection[str] | None = None
    procedures: Mapping[str, Collection[str]] | None = None
    agendas: Collection[str] | None = None
    vault: Collection[str] | None = None


def open_data(program: Program) -> frozenset[str]:
    """The data of a procedure that a later request may read: asked or consulted, and not sealed."""
    return frozenset(program.definition.data) - privacy.names(program)


def check(program: Program, around: Around) -> Found:
    """Every name that leads nowhere, with what to write instead."""
    yield from _family(program, around)
    yield from _registries(program, around)
    yield from _agencies(program, around)
    yield from _procedures(program, around)
    yield from _earlier(program, around)
    yield from _agendas(program, around)
    yield from _vault(program, around)


def alone(program: Program) -> Found:
    """What the file shows by itself: papers that do not exist, two turns of one agency, rows that nobody could answer."""
    paper = program.definition.document
    if paper and paper.template not in TEMPLATES:
        yield _unknown(("document", "template"), "unknown_template", f"no hay un documento «{paper.template}»", paper.template, TEMPLATES)  # fmt: skip
    seen: set[str] = set()
    for at, review in enumerate(program.definition.reviews):
        if review.agency in seen:
            text = f"«{review.agency}» ya opina antes: una dependencia opina una vez; júntelas y una sus condiciones con o en when"
            yield Problem(("reviews", at, "agency"), "twice_in_review", text)
        seen.add(review.agency)
    for name, field in program.definition.data.items():
        yield from _rows(name, field)
        if field.vault and not privacy.is_personal(field):
            text = (
                f"«{name}» viene de la bóveda y quedaría a la vista; quite personal: none o márquelo personal"
            )
            yield Problem(("data", name, "vault"), "vault_in_the_open", text)
    yield from _counted(program)
    yield from _renewed(program)


def _renewed(program: Program) -> Found:
    """Which paper is renewed, and what the new request begins with, are read by who issues: they lie in the open."""
    paper, sealed = program.definition.document, privacy.names(program)
    if paper is None:
        return
    carried = paper.renewal.carry if paper.renewal else ()
    for path, name in (
        (("document", "renews"), paper.renews),
        *((("document", "renewal", "carry"), one) for one in carried),
    ):
        if name in sealed:
            text = f"«{name}» es personal y queda cerrado: no se sabría al renovar; use otro dato o personal: none con su why"
            yield Problem(path, "renewed_by_secret", text)


def _rows(name: str, field: DataField) -> Found:
    for inner, one in (field.fields or {}).items():
        if what := NOT_READ_IN_ROWS.get(one.type):
            text = f"«{inner}» es {what} dentro de un grupo que se repite, y ahí no se puede contestar; pídalo aparte, fuera del grupo"
            yield Problem(("data", name, "fields", inner), "not_read_in_rows", text)


def _counted(program: Program) -> Found:
    """Places are counted under answers that the case keeps in the open."""
    sealed, lookups = privacy.names(program), program.definition.lookups or {}
    for at, one in enumerate(program.definition.reserves):
        lookup = lookups[program.definition.data[one.of].source.partition(":")[2].partition(".")[0]]
        for name in sorted({lookup.by, lookup.on} & sealed):
            text = f"los lugares de «{one.of}» se cuentan por «{name}», que es personal y queda cerrado; use otro dato o personal: none con su why"
            yield Problem(("reserves", at, "of"), "counted_by_secret", text)


def _family(program: Program, around: Around) -> Found:
    family = program.definition.sheet.family
    if around.families is not None and family not in around.families:
        text = f"la familia «{family}» no está en el árbol del catálogo: nadie llegaría a este trámite"
        yield Problem(("sheet", "family"), "unreachable", f"{text}; elija otra o agréguela")


def _registries(program: Program, around: Around) -> Found:
    for name, lookup in (program.definition.lookups or {}).items():
        if around.registries is not None and lookup.registry not in around.registries:
            text = f"no hay un registro «{lookup.registry}»: sus datos nunca se sabrían"
            yield _unknown(("lookups", name, "registry"), "unknown_registry", text, lookup.registry, around.registries)  # fmt: skip
            continue
        takes = (around.registries or {}).get(lookup.registry, ())
        for told in sorted(set(lookup.with_ or {}) - set(takes)) if around.registries is not None else ():
            text = f"a «{lookup.registry}» no se le dice «{told}»: no lo usaría"
            yield _unknown(("lookups", name, "with", told), "unknown_input", text, told, takes)


def _agencies(program: Program, around: Around) -> Found:
    if around.agencies is None:
        return
    definition = program.definition
    named: list[tuple[Path, str]] = [(("sheet", "agency"), definition.sheet.agency)]
    named += [(("reviews", at, "agency"), one.agency) for at, one in enumerate(definition.reviews)]
    named += [(("inspections", at, "agency"), one.agency) for at, one in enumerate(definition.inspections)]
    for path, agency in named:
        if agency not in around.agencies:
            text = f"no hay una dependencia «{agency}»: a nadie le llegaría; si es de su municipio, dé ahí un puesto y revise con --municipality"
            yield _unknown(path, "unknown_agency", text, agency, around.agencies)


def _procedures(program: Program, around: Around) -> Found:
    """Offers, related procedures and papers of others: each is an address that somebody will open."""
    if around.procedures is None:
        return
    known = {*around.procedures, program.definition.sheet.key}
    for path, name in _named(program):
        if name not in known:
            text = f"no hay un trámite «{name}»: llevaría a una página que no existe"
            yield _unknown(path, "unknown_procedure", text, name, known)


def _named(program: Program) -> Iterator[tuple[Path, str]]:
    definition = program.definition
    for name, table in definition.rules.tables.items():
        for at, row in enumerate(table.rows):
            if row.offer:
                yield ("rules", "tables", name, "rows", at, "offer"), row.offer
    for at, one in enumerate(definition.sheet.related):
        yield ("sheet", "related", at, "procedure"), one.procedure
    if definition.document and definition.document.renewal:
        yield ("document", "renewal", "procedure"), definition.document.renewal.procedure
    for name, lookup in (definition.lookups or {}).items():
        yield from ((("lookups", name, "papers", at), other) for at, other in enumerate(lookup.papers))


def _earlier(program: Program, around: Around) -> Found:
    if around.procedures is None:
        return
    known = {**around.procedures, program.definition.sheet.key: open_data(program)}
    for name, field in program.definition.data.items():
        kind, _, path = field.source.partition(":")
        procedure, _, datum = path.partition(".")
        where: Path = ("data", name, "source")
        if kind != "earlier":
            continue
        if procedure not in known:
            text = f"no hay un trámite «{procedure}» del cual traerlo"
            yield _unknown(where, "unknown_procedure", text, procedure, known)
        elif datum not in known[procedure]:
            text = f"«{procedure}» no guarda a la vista un dato «{datum}»: nunca se traería"
            yield _unknown(where, "unknown_datum", text, datum, known[procedure])


def _agendas(program: Program, around: Around) -> Found:
    """A warning: agendas are opened by who attends them, before or after the file."""
    for at, one in enumerate(program.definition.appointments):
        if around.agendas is not None and one.agenda not in around.agendas:
            text = f"no hay una agenda «{one.agenda}»: nadie podría pedir su cita; ábrala en Oficina › Citas"
            yield _unknown(("appointments", at, "agenda"), "unknown_agenda", text, one.agenda, around.agendas, "warning")  # fmt: skip


def _vault(program: Program, around: Around) -> Found:
    for name, field in program.definition.data.items():
        if field.vault and around.vault is not None and field.vault not in around.vault:
            text = f"no hay en la bóveda un dato «{field.vault}»: nunca se traería"
            yield _unknown(("data", name, "vault"), "unknown_vault_field", text, field.vault, around.vault)


def _unknown(
    path: Path, code: str, text: str, name: str, known: Collection[str], level: str = "error"
) -> Problem:
    near = difflib.get_close_matches(name, sorted(known), 1)
    remedy = (
        f"¿quiso decir «{near[0]}»?"
        if near
        else f"los que hay: {', '.join(sorted(known)[:MOST]) or 'ninguno'}"
    )
    if not near and len(known) > MOST:
        remedy += "…"
    return Problem(path, code, f"{text}; {remedy}", level)  # type: ignore[arg-type]


MOST = 30
"""Names that fit in a sentence; beyond it the rest is left out."""
