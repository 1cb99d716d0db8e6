"""A bank statement as CSV: recognised columns, dates and amounts; what cannot be read names its line. Pure.

Only money that came in is read: lines with a charge, or with nothing, are somebody else's matter.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from alcaldia.kernel.days import within

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "date": ("fecha", "fecha de operacion", "fecha operacion", "dia", "date"),
    "reference": ("referencia", "descripcion", "concepto", "detalle", "reference", "description"),
    "amount": ("abono", "abonos", "deposito", "depositos", "credito", "haber", "importe", "monto", "credit", "amount"),
}  # fmt: skip
"""Names by which a column is recognised, without accents and in small letters; the first that is there counts."""
MOST_LINES, MOST_BYTES = 50_000, 5 * 1024 * 1024
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y")
_PLAIN = str.maketrans("áéíóúüñ", "aeiouun")
_AMOUNT = re.compile(r"-?\$?\s?\d{1,3}(?:,\d{3})*(?:\.\d{1,2})?|-?\$?\s?\d+(?:\.\d{1,2})?")


class BadStatement(Exception):
    """What is wrong, with the line of the file where it is."""


@dataclass(frozen=True)
class Line:
    """Money that came in: `number` is the line of the file, or the place of the movement in it, as `unit` says.

    `parts` are the transactions of a batch, where the bank tells each with its amount.
    """

    number: int
    on: date
    reference: str
    amount: Decimal
    unit: str = "Renglón"
    parts: tuple["Line", ...] = ()

    @property
    def where(self) -> str:
        """What an error calls it."""
        return f"{self.unit} {self.number}"


def read(data: bytes, named: Mapping[str, str] | None = None) -> list[Line]:
    """Every deposit of the file; `named` says which column is which where its name is none of COLUMNS. Raises BadStatement."""
    if len(data) > MOST_BYTES:
        raise BadStatement("El archivo pasa de 5 MB. Divídalo por meses.")
    text = _text(data)
    rows = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    try:
        header = next(rows, [])
        places = _places(header, named or {})
        return list(_lines(rows, places))
    except csv.Error as error:
        raise BadStatement(
            f"Renglón {rows.line_num}: no es un CSV. Expórtelo otra vez desde el banco."
        ) from error


def _text(data: bytes) -> str:
    if b"\0" in data:
        raise BadStatement("El archivo no es un CSV: trae bytes que no son texto. Expórtelo como CSV.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t|", key=first.count)


def _places(header: list[str], named: Mapping[str, str]) -> dict[str, int]:
    """Where each column stands. Raises BadStatement that says which is missing and which there are."""
    known = [_plain(one) for one in header]
    found = {}
    for column, aliases in COLUMNS.items():
        wanted = [_plain(named[column])] if named.get(column) else aliases
        place = next((known.index(one) for one in wanted if one in known), None)
        if place is None:
            there = ", ".join(one.strip() for one in header if one.strip())[:200] or "ninguna"
            raise BadStatement(f"Renglón 1: falta la columna «{wanted[0]}». Hay: {there}. Diga cuál es.")
        found[column] = place
    return found


def _plain(text: str) -> str:
    return " ".join(text.strip().lower().translate(_PLAIN).split())


def _lines(rows: Iterator[list[str]], places: Mapping[str, int]) -> Iterator[Line]:
    for count, cells in enumerate(rows, 1):
        number = count + 1
        if count > MOST_LINES:
            raise BadStatement(f"El archivo pasa de {MOST_LINES:,} renglones. Divídalo por meses.")
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) <= max(places.values()):
            raise BadStatement(f"Renglón {number}: tiene menos columnas que el título.")
        amount = _amount(cells[places["amount"]], number)
        if amount > 0:
            yield Line(
                number, _day(cells[places["date"]], number), cells[places["reference"]].strip()[:400], amount
            )


def _amount(text: str, number: int) -> Decimal:
    plain = text.strip()
    if not plain:
        return Decimal(0)
    try:
        if not _AMOUNT.fullmatch(plain):
            raise InvalidOperation
        return Decimal(plain.replace("$", "").replace(",", "").replace(" ", ""))
    except InvalidOperation:
        raise BadStatement(
            f"Renglón {number}: «{plain[:30]}» no es una cantidad; escriba 1,234.50."
        ) from None


def _day(text: str, number: int) -> date:
    for form in DATES:
        try:
            return within(datetime.strptime(text.strip(), form).date())
        except ValueError:
            continue
    raise BadStatement(
        f"Renglón {number}: «{text.strip()[:30]}» no es una fecha; escriba 2026-11-28 o 28/11/2026."
    )
