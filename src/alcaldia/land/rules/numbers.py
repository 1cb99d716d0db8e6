"""Numbers as people write them: 0,5 · 1.000 · 10.000,50 · 1,250.75. Every honest reading, never a guess."""

import re
from collections.abc import Iterable
from decimal import Decimal

TOKEN = r"\d+(?:[.,]\d+)*"
_TOKEN = re.compile(TOKEN)
_GROUPS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


def readings(token: str) -> tuple[Decimal, ...]:
    """What a token of digits, dots and commas may mean: none, one, or (thousands, decimal) for `1.000`."""
    if not _TOKEN.fullmatch(token):
        return ()
    marks = [c for c in token if c in ".,"]
    if not marks:
        return (Decimal(token),)
    if len(set(marks)) == 2:
        return _both_marks(token, marks)
    whole = token.replace(".", "").replace(",", "")
    if len(marks) > 1:
        return (Decimal(whole),) if _is_grouped(token) else ()
    decimal = Decimal(token.replace(",", "."))
    return (Decimal(whole), decimal) if _is_grouped(token) else (decimal,)


def decimal_mark(tokens: Iterable[str]) -> str | None:
    """`.` or `,` when the column proves which one starts its decimals; None when nothing or both do."""
    proven: set[str] = set()
    for token in tokens:
        marks = [c for c in token if c in ".,"]
        if marks and len(readings(token)) == 1:
            whole = len(marks) > 1 and len(set(marks)) == 1
            proven.add({".": ",", ",": "."}[marks[-1]] if whole else marks[-1])
    return proven.pop() if len(proven) == 1 else None


def read(token: str, mark: str | None) -> Decimal | None:
    """The one reading of a token, with the column's decimal mark where two are possible; else None."""
    found = readings(token)
    if len(found) < 2:
        return found[0] if found else None
    if mark is None:
        return None
    return found[1] if mark in token else found[0]


def _both_marks(token: str, marks: list[str]) -> tuple[Decimal, ...]:
    last = marks[-1]
    if marks.count(last) > 1:
        return ()
    whole, fraction = token.rsplit(last, 1)
    if not _is_grouped(whole):
        return ()
    return (Decimal(whole.replace(marks[0], "") + "." + fraction),)


def _is_grouped(token: str) -> bool:
    return bool(_GROUPS.fullmatch(token)) and not token.startswith("0")
