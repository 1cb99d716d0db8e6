"""What an order of payment charges, with the names that the definition of its case gives in other languages."""

from typing import Any

from alcaldia.kernel.text import named
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import definitions
from alcaldia.procedures.models import Case
from alcaldia.procedures.subjects import folio_of


def worded(order: PaymentOrder) -> list[dict[str, Any]]:
    """The lines of the order; the concept of a case's fee knows its languages, any other is as it was charged."""
    lines = list(order.lines)
    row = Case.objects.select_related("definition").filter(folio=folio_of(order.subject)).first()
    if row is None:
        return lines
    definition = definitions.pinned(row.definition).definition
    concept = definition.fee.concept if definition.fee else definition.sheet.plain_name
    return [{**one, "concept": named(concept)} if one["concept"] == concept.es else one for one in lines]
