"""What messages carry: sealed records and operations, read or refused."""

from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules.grant import BadGrant, Operation, read_operation
from alcaldia.vault.rules.sealing import Record, read_record

MOST_RECORDS = 2_000


def read_records(told: list[dict[str, Any]]) -> list[Record]:
    try:
        if len(told) > MOST_RECORDS:
            raise ValueError("too many records")
        return [read_record(one) for one in told]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refusal("bad_record", "Los datos enviados a la bóveda no se entienden.") from error


def read_asked(told: dict[str, Any]) -> Operation:
    """The operation of a message. Raises Refusal."""
    try:
        return read_operation(told)
    except BadGrant as error:
        raise Refusal("bad_operation", "Esa comprobación no existe.") from error
