"""Who may act for whom: recorded at the counter from the paper that proves it, and taken back there."""

import json
from datetime import date

from django.db import transaction
from django.utils import timezone

from alcaldia.identity import events, sessions
from alcaldia.identity.actions import announce
from alcaldia.identity.keys import keyed
from alcaldia.identity.models import Person, Representation
from alcaldia.identity.rules.representation import BASES
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger import queries as ledger


@transaction.atomic
def record_representation(
    *, represented: Person, representative: Person, basis: str, scopes: list[str], since: date, until: date | None,
    document_folio: str, by: str, channel: str, signed: str = "",
) -> Representation:  # fmt: skip
    """Who may act for whom, as an official read it in the paper of that folio. A guardian's mandate always has an end."""
    if basis not in BASES or not scopes or not document_folio:
        detail = "Diga en qué se funda, para qué actos sirve y el folio del documento que lo prueba."
        raise Refusal("bad_representation", detail)
    if represented.pk == representative.pk:
        raise Refusal("same_person", "Nadie necesita permiso para actuar por sí mismo.")
    if basis == "guardian" and until is None:
        detail = (
            "El permiso de madre, padre o tutor termina a más tardar la víspera de los 18 años. Diga cuándo."
        )
        raise Refusal("no_end", detail)
    check_kinds(basis, legal=represented.kind == Person.Kind.LEGAL, representative=representative)
    made = Representation.objects.create(
        represented=represented, representative=representative, basis=basis, scopes=scopes, since=since,
        until=until, document_folio=document_folio, created_at=timezone.now(),
    )  # fmt: skip
    _tell(made, "may_be_acted_for")
    body = {"document": document_folio, "basis": basis, "terms": terms(made)}
    announce(events.REPRESENTATION_RECORDED, body, by=by, channel=channel, signed=signed)
    return made


def terms(row: Representation) -> str:
    """Who, for whom, for what and until when, as the act fixes it: a keyed hash that tells nobody of whom."""
    told = {
        "represented": row.represented.public_id, "representative": row.representative.public_id, "basis": row.basis,
        "scopes": row.scopes, "since": row.since.isoformat(), "until": row.until.isoformat() if row.until else "",
        "document": row.document_folio,
    }  # fmt: skip
    return keyed("mandate", canonical(told).decode())


def unrecorded() -> int:
    """How many that were not withdrawn no act of the log fixes as they are: somebody wrote past the program."""
    acts = [json.loads(bytes(one.body)) for one in ledger.entries(type=events.REPRESENTATION_RECORDED)]
    fixed = {one["terms"] for one in acts if "terms" in one}
    before = {(one["document"], one["basis"]) for one in acts if "terms" not in one}
    rows = Representation.objects.select_related("represented", "representative").filter(
        revoked_at__isnull=True
    )
    return sum(
        terms(row) not in fixed and (row.document_folio, row.basis) not in before for row in rows.iterator()
    )


def _tell(row: Representation, kind: str) -> None:
    """The represented reads it at their next visit: whoever reads a paper at a counter may read it wrong, or none."""
    sessions.tell(row.represented, kind, f"{BASES[row.basis]}, {row.document_folio}")


def check_kinds(basis: str, *, legal: bool, representative: Person) -> None:
    """A legal person acts by natural ones only and has no guardian. Raises Refusal."""
    if representative.kind == Person.Kind.LEGAL:
        detail = "Una persona moral no actúa con llave. Escriba la cuenta de quien la representa."
        raise Refusal("legal_acts", detail)
    if legal and basis == "guardian":
        detail = "Una persona moral no tiene madre, padre ni tutor. Elija otro fundamento."
        raise Refusal("legal_minor", detail)


@transaction.atomic
def revoke_representation(*, representation: Representation, by: str, channel: str, signed: str = "") -> None:
    """From here on nobody acts by it; what was sent stays sent."""
    representation.revoked_at = timezone.now()
    representation.save(update_fields=["revoked_at"])
    _tell(representation, "mandate_withdrawn")
    body = {"document": representation.document_folio}
    announce(events.REPRESENTATION_REVOKED, body, by=by, channel=channel, signed=signed)


@transaction.atomic
def search(*, document_folio: str, by: str, channel: str) -> list[Representation]:
    """Those in force by that document; the act says who searched, and the folio by a keyed hash only."""
    found = Representation.objects.select_related("represented", "representative")
    rows = list(found.filter(document_folio=document_folio, revoked_at__isnull=True))
    body = {"document": keyed("document", document_folio), "found": len(rows)}
    announce(events.REPRESENTATIONS_SEARCHED, body, by=by, channel=channel)
    return rows
