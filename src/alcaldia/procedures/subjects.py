"""How an order of payment, an appointment and a notice name the case that they are for: "case:SOL-2027-…"."""

PREFIX = "case:"


def subject_of(folio: str) -> str:
    """What the other packages keep."""
    return f"{PREFIX}{folio}"


def folio_of(subject: str) -> str:
    """The case's folio; "" where the subject is something else."""
    return subject.removeprefix(PREFIX) if subject.startswith(PREFIX) else ""
