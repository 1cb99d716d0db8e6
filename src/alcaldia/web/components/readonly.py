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
    """Views marked `own_transactions` (long uploads) manage theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> Any:
        if request.method in READS:
            with connection.execute_wrapper(refuse_writes):
                response = view(request, *args, **kwargs)
                if hasattr(response, "render") and callable(response.render):
                    response = response.render()
                return response
        return None


def one_transaction(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For POST views: everything or nothing."""
    return transaction.atomic(view)
