"""Issuing documents: from an act in the ledger to a sealed file that proves itself."""

import json
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from alcaldia.documents import apart, content, keys, queries, rendering, sealing, store, wording
from alcaldia.documents.models import Document
from alcaldia.documents.verification import seal_of
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.ledger import queries as ledger
from alcaldia.ledger import timestamps, witnessing
from alcaldia.ledger.models import Entry

log = structlog.get_logger()
REASON = "Acto del municipio, inscrito en su registro público"


def issue(*, entry: Entry, template: str, sketch_svg: str | None, municipality: Municipality) -> Document:
    """Draw, seal and keep the PDF of an act; an act that already has its document keeps it.

    Call it after the act's transaction: its receipt signs the log as it is committed (RuntimeError
    otherwise). Raises Refusal where the document cannot be drawn; the act stands nevertheless.
    """
    existing = queries.of_entry(entry)
    if existing is not None:
        return existing
    data = make(entry, template, sketch_svg or "", municipality)
    fields = {"folio": entry.folio, "template": template, "sketch_svg": sketch_svg or "", **_measures(data)}
    # The file is written while the row is held: of two who issue at once, one writes both.
    with transaction.atomic():
        document, created = Document.objects.get_or_create(entry=entry, defaults=fields)
        if created:
            store.write(entry.folio, data)
    return document


def try_to_issue(*, entry: Entry, template: str, sketch_svg: str | None, municipality: Municipality) -> bool:
    """`issue` for an act that stands already: what fails is told to the operator, and `pdf` draws it when it is read."""
    return drawn(
        entry.folio,
        lambda: issue(entry=entry, template=template, sketch_svg=sketch_svg, municipality=municipality),
    )


def drawn(folio: str, draw_it: Callable[[], object]) -> bool:
    """Whether the paper of an act that stands could be drawn; what fails is told to the operator and raises nothing."""
    try:
        draw_it()
    except (Refusal, DatabaseError, OSError) as error:
        log.warning("paper_not_drawn", folio=folio, code=getattr(error, "code", type(error).__name__))
        return False
    return True


def pdf(entry: Entry, template: str, sketch_svg: str | None, municipality: Municipality) -> bytes:
    """The signed file of an act; one that is not kept yet is drawn for this reader alone."""
    if queries.of_entry(entry) is not None:
        return queries.pdf(entry.folio)
    return make(entry, template, sketch_svg or "", municipality)


def rebuild(document: Document) -> bytes:
    """Make a lost file again from its act, with a new seal and a fresh receipt; the row follows it."""
    entry = document.entry
    municipality = entry.municipality
    if municipality is None:
        raise ValueError("an act of the installation has no municipal document")
    data = make(entry, document.template, document.sketch_svg, municipality)
    with transaction.atomic():
        Document.objects.filter(pk=document.pk).update(**_measures(data))
        store.write(document.folio, data)
    return data


Watch = Callable[[Iterable[Document], int], Iterable[Document]]
"""Gives the same documents, of which there are so many, while it shows how far one is."""


def seal_again(
    municipality: Municipality, *, serial: int, watch: Watch = lambda every, total: every
) -> tuple[int, int]:
    """Make every kept file that a revoked seal had sealed again, under the seal in force; (made, not made).

    One that cannot be drawn now is told to the operator; doing it again makes what is left.
    """
    went: list[bool] = []
    kept = Document.objects.filter(entry__municipality=municipality).order_by("pk")
    for document in watch(kept.iterator(), kept.count()):
        data = store.read(document.folio)
        if data is not None and seal_of(data) == serial:
            went.append(drawn(document.folio, partial(rebuild, document)))
    return went.count(True), went.count(False)


def make(
    entry: Entry, template: str, sketch_svg: str, municipality: Municipality, personal: content.Rows = ()
) -> bytes:
    """The bytes of a signed PDF for this act; nothing is kept. `personal` is for its person alone: print it for nobody else."""
    # Witnesses make the receipt stronger, never the document later than this bound.
    witnessing.wait_for_quorum(entry.index, seconds=settings.WITNESS_WAIT)
    unsealed = draw(
        entry, template, sketch_svg, municipality, receipt=ledger.receipt(entry), personal=personal
    )
    return sealing.sign(
        unsealed, keys.seal(municipality), reason=REASON, place=municipality.name, stamp=timestamps.stamper()
    )


def draw(
    entry: Entry, template: str, sketch_svg: str, municipality: Municipality, *, receipt: str,
    personal: content.Rows = (),
) -> bytes:  # fmt: skip
    """The PDF of an act with its receipt inside, not sealed yet; `personal` is printed and stands in neither."""
    act = bytes(entry.body)
    stamp = content.Stamp(
        folio=entry.folio,
        place=entry.index + 1,
        sha256=entry.body_sha256,
        verify_url=f"{settings.PUBLIC_URL}/verificar/{entry.folio}",
        timezone=municipality.timezone,
    )
    head = content.letterhead(municipality.name, municipality.state, municipality.settings.get("theme") or {})
    texts = content.TEXTS.get(template, content.ruling)(json.loads(act), head, stamp)
    if personal:
        today = wording.day(timezone.now().isoformat(), municipality.timezone)
        texts = content.with_personal(texts, personal, today)
    drawing = apart.pdf if personal else rendering.pdf
    return drawing(
        template,
        texts,
        act=act,
        receipt=receipt,
        sketch_svg=sketch_svg,
        made_at=entry.recorded_at,
    )


def _measures(data: bytes) -> dict[str, object]:
    return {"sha256": sha256(data).hexdigest(), "size": len(data), "created_at": timezone.now()}
