"""An office as permits and the broker name it: a municipality and an agency, so that two towns' treasuries are two."""

from alcaldia.vault.rules import catalogue

_BETWEEN = "/"
LONGEST = 121
"""Letters: a slug and an agency of 60 each, and what is between them."""


def office(town: str, agency: str) -> str:
    """The code of an agency of a municipality, by its slug: "san-jacinto/tesoreria". ValueError where it can be none."""
    if not town or not agency or _BETWEEN in town + agency:
        raise ValueError("an office is an agency of a municipality")
    return f"{town}{_BETWEEN}{agency}"


def split(code: str) -> tuple[str, str]:
    """Municipality and agency of a code; the municipality is "" where it was written before offices said theirs."""
    town, between, agency = code.partition(_BETWEEN)
    return (town, agency) if between else ("", code)


def name(code: str) -> str:
    """What people read: the agency's name."""
    agency = split(code)[1]
    return catalogue.OFFICES.get(agency, agency)
