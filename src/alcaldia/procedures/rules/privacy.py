"""What of a request may be kept only sealed. Deny by default: what a person writes freely is personal unless the file says not."""

from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.program import Program

FREE = frozenset({"text", "long_text", "email", "phone", "curp", "rfc", "address", "person", "file"})
"""Types in which anything about anybody may stand: sealed where the file does not say `personal: none`."""
OF_SOMEBODY = frozenset(
    {"address_proofs", "beneficiaries", "civil_registry", "fines", "property_tax", "water"}
)
"""Registers that speak of one person or one account: rules use what they say, and no case keeps it."""


def is_personal(field: DataField) -> bool:
    """Whether an answer to this field may be kept only sealed; a file always, since a paper shows more than its title."""
    inner = (field.fields or {}).values()
    return field.type == "file" or _says_so(field) or any(is_personal(one) for one in inner)


def _says_so(field: DataField) -> bool:
    if field.personal is not None:
        return field.personal != "none"
    return field.type in FREE and not field.source.startswith("registry:")


def left_open(field: DataField) -> bool:
    """Whether the file takes on that a free text says nothing about anybody."""
    return field.type in FREE and field.personal == "none"


def names(program: Program) -> frozenset[str]:
    """The data of a definition that are personal, what registers say of somebody included."""
    data = program.definition.data
    return frozenset(name for name, one in data.items() if is_personal(one) or _of_somebody(program, one))


def _of_somebody(program: Program, field: DataField) -> bool:
    """Whether a register of persons or accounts says it."""
    lookup = (program.definition.lookups or {}).get(from_register(field))
    return lookup is not None and (lookup.consent or lookup.registry in OF_SOMEBODY)


def from_register(field: DataField) -> str:
    """The lookup that says this datum, "" where none does."""
    kind, _, path = field.source.partition(":")
    return path.partition(".")[0] if kind == "registry" else ""


def unspoken(program: Program) -> frozenset[str]:
    """What a case keeps no value of: personal data and what formulas make of them, but for what its paper has to say."""
    paper = program.definition.document
    secret, said = set(names(program)), set(paper.fields if paper else ())
    for name in program.order:
        formula = program.formulas.get(name)
        if formula is not None and name not in said and formula.reads & secret:
            secret.add(name)
    return frozenset(secret)
