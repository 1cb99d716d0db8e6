"""Random names: public ids of subjects and codes, from which nothing about anybody can be told."""

import secrets

from alcaldia.kernel.folio import spelled_groups


def new_subject(kind: str) -> str:
    """`p_` (person) or `o_` (official) and 22 url-safe characters: more than 128 random bits."""
    return f"{kind}_{secrets.token_urlsafe(17)[:22]}"


def new_code(letters: int) -> str:
    """A code in the letters of folios, which nobody confuses on paper; 5 bits a letter."""
    return spelled_groups(1, letters)
