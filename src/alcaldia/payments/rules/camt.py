"""A bank statement as CAMT.053 (ISO 20022): booked money that came in, with every reference that names it. Pure.

Versions 02 and later. A charge, a reversal, and what is not booked yet are somebody else's matter, as in a CSV. Of a
batch, each transaction is a part with its own amount where these are all told and make the entry's; else the entry stays whole.
"""

import re
from datetime import date
from decimal import Decimal

from alcaldia.kernel.days import read_day
from alcaldia.payments.rules.statement import MOST_BYTES, MOST_LINES, BadStatement, Line
from alcaldia.payments.rules.xml_entries import Node, entries

WHERE, MOST_REFERENCE = "Movimiento", 2_000
OF_ENTRY = ("NtryRef", "AcctSvcrRef", "NtryDtls/Btch/MsgId", "NtryDtls/Btch/PmtInfId", "AddtlNtryInf")
OF_TRANSACTION = (
    "Refs/EndToEndId", "Refs/AcctSvcrRef", "Refs/InstrId", "Refs/TxId", "Refs/MsgId", "Refs/PmtInfId", "Refs/ClrSysRef",
    "Refs/Prtry/Ref", "RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/RfrdDocInf/Nb", "AddtlTxInf",
)  # fmt: skip
AMOUNTS = ("Amt", "AmtDtls/TxAmt/Amt")
"""Where a transaction says its amount: its own in the later versions, among the details in the first ones."""
NOTHING = {"NOTPROVIDED", "NONREF"}
_AMOUNT = re.compile(r"\d{1,13}(?:\.\d{1,5})?")


def read(data: bytes, currency: str) -> list[Line]:
    """Every booked deposit of the file, in this currency. Raises BadStatement with the movement where it is."""
    if len(data) > MOST_BYTES:
        raise BadStatement("El archivo pasa de 5 MB. Divídalo por meses.")
    found, count = [], 0
    for number, entry in enumerate(entries(data), 1):
        count += 1 + len(entry.all("NtryDtls/TxDtls"))
        if count > MOST_LINES:
            raise BadStatement(f"El archivo pasa de {MOST_LINES:,} movimientos. Divídalo por meses.")
        if _came_in(entry, number) and (line := _line(entry, number, currency)).amount > 0:
            found.append(line)
    return found


def _came_in(entry: Node, number: int) -> bool:
    """Booked, to our credit, and no reversal of something else."""
    status, side = entry.said("Sts/Cd", "Sts"), entry.said("CdtDbtInd")
    if not status and entry.first("Sts/Prtry") is None:
        raise _wrong(number, "no dice si está asentado (Sts)")
    if side not in ("CRDT", "DBIT"):
        raise _wrong(number, "no dice si es abono o cargo (CdtDbtInd)")
    return status == "BOOK" and side == "CRDT" and entry.said("RvslInd") not in ("true", "1")


def _line(entry: Node, number: int, currency: str) -> Line:
    amount, of = _amount(entry.first("Amt"), number)
    if of != currency:
        raise _wrong(
            number,
            f"está en {of or 'una moneda que no dice'} y los cobros del municipio son en {currency}; es de otra cuenta",
        )
    on, details = _day(entry, number), entry.all("NtryDtls/TxDtls")
    parts = _parts(details, number, on, amount, currency) if len(details) > 1 else ()
    own = _references(entry, OF_ENTRY)
    inside = [] if parts else [text for one in details for text in _references(one, OF_TRANSACTION)]
    return Line(number, on, _joined([*own, *inside]), amount, WHERE, parts)


def _parts(details: list[Node], number: int, on: date, whole: Decimal, currency: str) -> tuple[Line, ...]:
    """The transactions of a batch, where their amounts are all in our currency and make the whole; else none."""
    told = [one.first(*AMOUNTS) for one in details]
    if None in told or any(one.said("CdtDbtInd") == "DBIT" for one in details):
        return ()
    amounts = [_amount(one, number) for one in told]
    if any(of != currency for _, of in amounts) or sum(amount for amount, _ in amounts) != whole:
        return ()
    pairs = zip(details, amounts, strict=True)
    return tuple(
        Line(number, on, _joined(_references(one, OF_TRANSACTION)), amount, WHERE)
        for one, (amount, _) in pairs
    )


def _amount(one: Node | None, number: int) -> tuple[Decimal, str]:
    """A figure of at most two decimals and its currency."""
    text = one.text.strip() if one else ""
    if one is None or not text:
        raise _wrong(number, "no dice su cantidad (Amt)")
    if not _AMOUNT.fullmatch(text) or Decimal(text) != round(Decimal(text), 2):
        raise _wrong(number, f"«{text[:30]}» no es una cantidad con dos decimales")
    return round(Decimal(text), 2), one.attributes.get("Ccy", "")


def _day(entry: Node, number: int) -> date:
    text = entry.said("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    try:
        return read_day(text[:10])
    except ValueError:
        said = f"«{text[:30]}» no es una fecha" if text else "no dice su fecha (BookgDt)"
        raise _wrong(number, said) from None


def _references(one: Node, paths: tuple[str, ...]) -> list[str]:
    return [text for path in paths for text in one.words(path) if text not in NOTHING]


def _joined(texts: list[str]) -> str:
    """Each reference once, as one text: the bank's words are searched for what they name."""
    return " ".join(" ".join(dict.fromkeys(texts)).split())[:MOST_REFERENCE]


def _wrong(number: int, said: str) -> BadStatement:
    return BadStatement(f"{WHERE} {number}: {said}. No se tomó ninguno.")
