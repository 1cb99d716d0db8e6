"""What land announces to the ledger: names of acts and the public part of each."""

from typing import Any

from alcaldia.land.models import Version
from alcaldia.land.rules.validity import Validity

VERSION_PUBLISHED = "land.version_published"
RULING_ISSUED = "land.ruling_issued"
RULING_REVIEWED = "land.ruling_reviewed"


def version_published(version: Version, *, counts: dict[str, int], reverted_to: int | None) -> dict[str, Any]:
    """Body of the act: which dataset, which number, which bytes, how many rows, what the audit counted."""
    dataset = version.dataset
    body = {
        "dataset": f"layer/{dataset.name}" if dataset.kind == "layer" else dataset.kind,
        "number": version.number,
        "sha256": version.sha256,
        "rows": version.rows,
        "audit": counts,
        **Validity(version.valid_from, version.valid_to).texts(),
    }
    return body if reverted_to is None else {**body, "reverted_to": reverted_to}
