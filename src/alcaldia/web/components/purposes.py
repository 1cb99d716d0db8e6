"""Purposes of the public catalogue as a form offers them."""

from alcaldia.vault import purposes
from alcaldia.web.components import wording


def purpose_choices() -> list[tuple[str, str]]:
    """Code and name in the page's language, of those that a person or a counter chooses."""
    return [(one.key, wording.bare(one.name)) for one in purposes.by_hand()]
