"""RFC 9457: an error as JSON, with a Spanish sentence that says what to do."""

import orjson
from django.http import HttpResponse

PROBLEM = "application/problem+json"


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: object = None,
    candidates: object = None,
    least_assurance: object = None,
) -> HttpResponse:
    """One problem document; `type` is a tag that never moves. `errors` says what is wrong by field, where it is known,
    `candidates` what each field may be instead: lists of {value, label, detail}; `least_assurance` how sure
    the city must be of who asks.
    """
    body: dict[str, object] = {
        "type": f"urn:alcaldia:problem:{code}",
        "title": code.replace("_", " "),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if isinstance(errors, dict):
        body["errors"] = {str(name): str(text) for name, text in errors.items()}
    if candidates:
        body["candidates"] = candidates
    if least_assurance:
        body["least_assurance"] = str(least_assurance)
    return HttpResponse(orjson.dumps(body), status=status, content_type=PROBLEM)
