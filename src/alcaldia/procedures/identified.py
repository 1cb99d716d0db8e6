"""How sure the city must be of who sends a request: the definition says the least, whoever sends it brings what they proved."""

from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.models import Draft
from alcaldia.procedures.opened import Opened
from alcaldia.procedures.rules.program import Program

HOW = {
    Assurance.CODE: "Este trámite se envía desde una cuenta: entre con su llave de acceso o con un código, o hágalo en persona en la ventanilla.",
    Assurance.PASSKEY: "Este trámite se envía desde una cuenta con llave de acceso: entre con la suya, o hágalo en persona en la ventanilla.",
    Assurance.VERIFIED: "Este trámite pide que la ciudad haya comprobado quién es usted. Compruébelo en «Mi cuenta», con su e.firma o con Llave MX donde la haya, o en una ventanilla con su identificación; ahí también puede hacerlo en persona.",
}
"""What to do for each level; the counter is always the other door (`rules.findings`)."""


def least(program: Program) -> Assurance:
    """The level without which a request is not sent; NONE for most."""
    return Assurance[program.definition.sheet.least_assurance.upper()]


def check(program: Program, proved: Assurance) -> None:
    """Raises Refusal("not_identified", 403), with the level as the fact `least_assurance`."""
    wanted = least(program)
    if proved < wanted:
        raise Refusal("not_identified", HOW[wanted], status=403, least_assurance=wanted.name.lower())


def check_sender(draft: Opened, proved: Assurance) -> None:
    """The same at sending: what was proved counts only for a request that is somebody's. Raises Refusal."""
    check(draft.program, proved if draft.draft.person else Assurance.NONE)


def own(draft: Opened, person: str) -> None:
    """A request that was begun without an account becomes the account's of whoever sends it, where the level matters."""
    row = draft.draft
    if least(draft.program) == Assurance.NONE or row.person or row.representative or row.folio:
        return
    if Draft.objects.filter(pk=row.pk, folio="", person="", representative="").update(person=person):
        row.person = person
