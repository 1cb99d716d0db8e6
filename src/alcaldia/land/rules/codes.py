"""Activity codes: from the most specific to the most general, in whatever system the plan uses."""

from functools import lru_cache


@lru_cache(maxsize=20_000)
def prefixes(code: str) -> tuple[str, ...]:
    """722515 → 722515, 72251, 7225, 722, 72 (SCIAN); 4.1.1 → 4.1.1, 4.1, 4 (a plan's own codes)."""
    if "." in code:
        parts = code.split(".")
        return tuple(".".join(parts[:n]) for n in range(len(parts), 0, -1))
    if code.isdigit():
        return tuple(code[:n] for n in range(len(code), 1, -1)) or (code,)
    return (code,)


def concerns(code: str, wanted: tuple[str, ...]) -> bool:
    """Does a rule for these code prefixes concern this activity? No prefixes: it concerns all."""
    return not wanted or any(prefix in wanted for prefix in prefixes(code))
