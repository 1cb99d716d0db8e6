"""RFC 9457: an error as JSON, with a Spanish sentence that says what to do."""

import orjson
from django.http import HttpResponse

PROBLEM = "application/problem+json"


def problem(status: int, code: str, detail: str) -> HttpResponse:
    """One problem document; `type` is a tag that never moves."""
    body = {
        "type": f"urn:alcaldia:problem:{code}",
        "title": code.replace("_", " "),
        "status": status,
        "detail": detail,
        "code": code,
    }
    return HttpResponse(orjson.dumps(body), status=status, content_type=PROBLEM)
