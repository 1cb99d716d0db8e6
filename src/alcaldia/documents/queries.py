"""Finding issued documents, and drawing those that are only read."""

from hashlib import sha256
from typing import Any

from django.utils import timezone

from alcaldia.documents import content, keys, parcel_sheet, rendering, store
from alcaldia.documents.models import Document
from alcaldia.documents.verification import Verification, verify_pdf
from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared
from alcaldia.ledger import timestamps
from alcaldia.ledger.keys import public_keys
from alcaldia.ledger.models import Entry

_OF_ENTRY = Prepared(lambda entry: Document.objects.filter(entry_id=entry)[:1], int)


def of_entry(entry: Entry) -> Document | None:
    """The document of an act, where it has one."""
    return _OF_ENTRY.first(entry.pk)


def document(folio: str) -> Document:
    """The document of a folio. Raises NotFound."""
    found = Document.objects.select_related("entry__municipality").filter(folio=folio).first()
    if found is None:
        raise NotFound(
            "document_unknown", f"No hay documento con el folio {folio}. Revise que esté completo."
        )
    return found


def pdf(folio: str) -> bytes:
    """The signed file; a lost or altered one is not served. Raises NotFound."""
    found = document(folio)
    data = store.read(folio)
    if data is None or sha256(data).hexdigest() != found.sha256:
        raise NotFound(
            "document_lost",
            "El archivo de este documento no está disponible. El acto sigue en el registro; "
            "pida a la oficina digital que lo reponga.",
        )
    return data


def verify(data: bytes) -> Verification:
    """Check any file against the keys of this installation; nothing is kept."""
    return verify_pdf(
        data,
        trusted_log=public_keys(),
        trusted_roots=keys.trusted_roots(),
        crls=keys.crls(),
        tsa_roots=timestamps.known_roots(),
    )


def sheet_pdf(body: dict[str, Any], *, municipality: Municipality, address: str, sketch_svg: str) -> bytes:
    """The parcel sheet as PDF: informative, unsigned, kept nowhere. Raises Refusal where it cannot be drawn."""
    head = content.letterhead(municipality.name, municipality.state, municipality.settings.get("theme") or {})
    texts = parcel_sheet.texts(body, head, address)
    return rendering.draw("parcel_sheet", texts, sketch_svg=sketch_svg, made_at=timezone.now())
