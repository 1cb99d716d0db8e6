"""A ruling as typst draws it, with whatever act and receipt; not sealed."""

from datetime import UTC, datetime

from alcaldia.documents import content, rendering
from tests.samples import ruling_bodies


def drawn(act: bytes, receipt: str, *, at: datetime | None = None) -> bytes:
    head = content.letterhead("x", "y", {})
    stamp = content.Stamp("DUS-1", 0, "ab" * 32, "https://x/verificar/DUS-1", "UTC")
    texts = content.ruling(ruling_bodies.body(), head, stamp) | {"title": "x"}
    made_at = at or datetime(2026, 1, 1, tzinfo=UTC)
    return rendering.pdf("ruling", texts, act=act, receipt=receipt, sketch_svg="", made_at=made_at)
