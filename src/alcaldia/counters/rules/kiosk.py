"""What a kiosk may be called: people read it wherever their permit is told."""

import re

_NAME = re.compile(r"[^\W_](?:[ -]?[^\W_]){0,39}")
LONGEST = 40


def is_name(text: str) -> bool:
    """Letters and digits, with single spaces or hyphens between them, such as «Plaza 1»."""
    return len(text) <= LONGEST and bool(_NAME.fullmatch(text))
