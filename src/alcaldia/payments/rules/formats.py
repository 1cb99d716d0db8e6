"""A bank statement in whichever format it came: its content says which, never its name. Pure."""

from collections.abc import Mapping

from alcaldia.payments.rules import camt, statement
from alcaldia.payments.rules.statement import Line
from alcaldia.payments.rules.xml_entries import is_xml


def read(data: bytes, named: Mapping[str, str] | None = None, *, currency: str = "MXN") -> list[Line]:
    """The deposits of a CAMT.053 or of a CSV, whose columns `named` calls otherwise. Raises BadStatement."""
    return camt.read(data, currency) if is_xml(data) else statement.read(data, named)
