"""Issued rulings that carry a risk flag wait here for a person; the ruling itself never changes."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land.models import IssuedRuling
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act

FLAGS = {
    "undetermined": "No se pudo determinar",
    "area_exceeds_built": "La superficie pedida pasa de la construida",
    "area_mismatch": "El área documentada y la medida difieren",
    "sensitive_activity": "Giro sensible",
    "risk_layer": "El predio está en una zona de riesgo",
    "straddles_zones": "El predio toca varias zonas",
}


def waiting(town: Municipality) -> QuerySet[IssuedRuling]:
    """Flagged rulings of the municipality that nobody has reviewed, the oldest first."""
    return (
        IssuedRuling.objects.filter(municipality=town, reviewed_at__isnull=True)
        .exclude(review_flags=[])
        .order_by("issued_at")
    )


def mark_reviewed(town: Municipality, folio: str, *, note: str, by: str, channel: str) -> IssuedRuling:
    """Note who looked at a flagged ruling and what they found. Refuses an empty note and a second review."""
    if not note.strip():
        raise Refusal("empty_note", "Escriba qué revisó y qué encontró.")
    with transaction.atomic():
        ruling = IssuedRuling.objects.select_for_update().filter(municipality=town, folio=folio).first()
        if ruling is None:
            raise NotFound("unknown_ruling", f"No existe el dictamen {folio[:40]} en este municipio.")
        if ruling.reviewed_at is not None:
            raise Refusal("already_reviewed", f"{ruling.reviewed_by} ya revisó este dictamen.", status=409)
        ruling.reviewed_at, ruling.reviewed_by, ruling.review_note = (
            timezone.now(),
            by[:150],
            note.strip()[:400],
        )
        ruling.save(update_fields=["reviewed_at", "reviewed_by", "review_note"])
        record(
            Act("land.ruling_reviewed", folio, {"folio": folio, "note": ruling.review_note}, town),
            by=by,
            channel=channel,
        )
    return ruling
