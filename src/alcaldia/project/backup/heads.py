"""What the logs promise at this moment: a restored log must contain it."""

from pathlib import Path


def signed_heads() -> dict[str, str]:
    """The signed head of each log of this installation that has entries."""
    from django.conf import settings

    from alcaldia.ledger import queries

    heads = {"acts": queries.checkpoint()} if queries.size() else {}
    for name, folder in settings.LOG_FOLDERS.items():
        path = Path(folder) / "checkpoint"
        if path.exists():
            heads[name] = path.read_text(encoding="utf-8")
    return heads
