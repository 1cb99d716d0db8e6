"""Refusals: the one way in which any layer says no to a person."""


class Refusal(Exception):
    """A request that cannot be granted, with a Spanish sentence that says what to do next.

    `code` is a stable slug for machines; `status` is the HTTP status a face answers with.
    The command line prints `detail` and exits with 1; the API wraps it as RFC 9457.
    """

    status = 422

    def __init__(self, code: str, detail: str, *, status: int | None = None, **facts: object) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.facts = facts
        if status is not None:
            self.status = status


class TryLater(Refusal):
    """Nothing was done, and nothing has to be decided by a person: the very same will go through in a while."""

    status = 503


def later(refusal: Refusal) -> bool:
    """Does it say only that the moment is bad: too many at once, or something that is away?"""
    return refusal.status in (429, 503)


class NotFound(Refusal):
    """The thing asked for does not exist, or not for the one who asks."""

    status = 404
