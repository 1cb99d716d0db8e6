"""A GET cannot write, and a POST is one transaction: the database is held to it, not the programmer."""

import re
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

READS = {"GET", "HEAD", "OPTIONS"}
_READ_ONLY_SQL = re.compile(
    r"^\s*(select|with|savepoint|release|rollback|explain|pragma|values)\b", re.IGNORECASE
)


class WriteInRead(RuntimeError):
    """A page that only shows tried to change something: a programming error, never the person's."""


def refuse_writes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if not _READ_ONLY_SQL.match(sql):
        raise WriteInRead(f"a GET may not run: {sql[:60]}")
    return execute(sql, params, many, context)


class ReadsDoNotWrite:
    """Innermost middleware: around the view and its template, not around sessions.

    It wraps `get_response`, so that what a view raises still reaches `process_exception`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in READS:
            return self.get_response(request)
        with connection.execute_wrapper(refuse_writes):
            return self.get_response(request)


def one_transaction(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For POST views: everything or nothing."""
    return transaction.atomic(view)
