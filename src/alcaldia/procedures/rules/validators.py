"""From what a person typed to a typed value, or a sentence that says how to write it.

One function per type of the dictionary; `READERS` names them. Check digits: CURP by the Registro Nacional
de Población's instructive (2008), RFC by the SAT's (base 11).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from alcaldia.kernel.days import read_day, within
from alcaldia.kernel.text import listed, named, sentence
from alcaldia.procedures.rules.definition import DataField

_CURP = re.compile(r"[A-Z][AEIOUX][A-Z]{2}(\d{2})(\d{2})(\d{2})[HMX](?:AS|B[CS]|C[CHLMS]|D[FG]|G[RT]|HG|JC|M[CNS]|N[ETL]|OC|PL|Q[TR]|S[PLR]|T[CSL]|VZ|YN|ZS)[B-DF-HJ-NP-TV-ZÑX]{3}[A-Z\d]\d\Z", re.ASCII)  # fmt: skip
_RFC = re.compile(r"[A-ZÑ&]{3,4}(\d{2})(\d{2})(\d{2})[A-Z\d]{2}[\dA]\Z", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+\Z")
_CURP_ALPHABET = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
_RFC_ALPHABET = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
# Of the general public and of foreigners: the SAT gives them without a valid last character (Anexo 20 of CFDI 4.0).
GENERIC_RFC = {"XAXX010101000", "XEXX010101000"}
MAX_TEXT, MAX_LONG, MAX_FIGURE = 200, 4000, Decimal(10) ** 12


NAMES_OF_FILES = {"pdf": "un PDF", "image": "una foto", "dwg": "un plano DWG", "video": "un video MP4"}


class Mistyped(ValueError):
    """What was typed is not of the type; the message says how to write it."""

    @property
    def sentence(self) -> str:
        """The message as it was made, for a page in another language."""
        said: str = self.args[0]
        return said


def _plain(text: str) -> str:
    """Full-width letters and figures, as some keyboards write them, in their plain form."""
    return unicodedata.normalize("NFKC", text)


def curp(text: str, field: DataField) -> str:
    found = re.sub(r"\s", "", _plain(text)).upper()
    if not _CURP.match(found):
        raise Mistyped("La CURP tiene 18 letras y números. Cópiela de su acta o de su credencial.")
    total = sum(_CURP_ALPHABET.index(c) * (18 - at) for at, c in enumerate(found[:17]))
    if int(found[17]) != -total % 10:
        raise Mistyped("La CURP no concuerda con su último número. Revise que no falte ni sobre una letra.")
    return found


def rfc(text: str, field: DataField) -> str:
    found = re.sub(r"[\s-]", "", _plain(text)).upper()
    if not _RFC.match(found):
        raise Mistyped(
            "El RFC tiene 12 o 13 letras y números, con homoclave. Cópielo de su constancia del SAT."
        )
    if found in GENERIC_RFC:
        return found
    padded = found.rjust(13)
    rest = sum(_RFC_ALPHABET.index(c) * (13 - at) for at, c in enumerate(padded[:12])) % 11
    if found[-1] != {0: "0", 1: "A"}.get(rest, str(11 - rest)):
        raise Mistyped("El RFC no concuerda con su último carácter. Revise que esté bien copiado.")
    return found


def email(text: str, field: DataField) -> str:
    found = text.strip()
    if not _EMAIL.match(found):
        raise Mistyped("Escriba un correo completo, como nombre@ejemplo.com.")
    return found


def phone(text: str, field: DataField) -> str:
    digits = re.sub(r"[\s().-]", "", _plain(text))
    digits = digits.removeprefix("+52") if len(digits) > 10 else digits
    if not re.fullmatch(r"\+?\d{10,15}", digits, re.ASCII):
        raise Mistyped("Escriba los 10 números de su teléfono.")
    return digits


def postcode(text: str, field: DataField) -> str:
    found = _plain(text).strip()
    if not re.fullmatch(r"\d{5}", found, re.ASCII):
        raise Mistyped("El código postal tiene 5 números.")
    return found


def words(text: str, field: DataField) -> str:
    """One line or several, in NFC, without control characters; the field's bounds count characters."""
    found = unicodedata.normalize("NFC", text).strip()
    most = int(field.max) if field.max else MAX_LONG if field.type == "long_text" else MAX_TEXT
    if not found.isprintable() and any(unicodedata.category(c) == "Cc" and c not in "\n\r\t" for c in found):
        raise Mistyped("El texto trae caracteres que no se ven. Escríbalo de nuevo.")
    if len(found) > most:
        raise Mistyped(sentence("El texto pasa de %(n)s letras. Escríbalo más corto.", n=most))
    if field.min and len(found) < field.min:
        raise Mistyped(
            sentence("Escriba al menos %(n)s letra.", "Escriba al menos %(n)s letras.", n=field.min)
        )
    return found


def number(value: Any, field: DataField) -> Decimal:
    """A point or a comma for decimals, spaces or commas for thousands: 1,250.50 and 1250.5 are the same."""
    text = str(value)
    if not text.isascii() or not text.isdigit():
        text = re.sub(r"[\s$]|m2$|m²$", "", text)
    text = (
        text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text.replace(",", ".")
    )
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise Mistyped("Escriba sólo el número, como 120 o 120.50.") from None
    if not found.is_finite() or abs(found) > MAX_FIGURE:
        raise Mistyped("El número es demasiado grande. Revíselo.")
    if field.type == "integer" and found != found.to_integral_value():
        raise Mistyped("Escriba un número entero, sin decimales.")
    if field.type == "money" and found != found.quantize(Decimal("0.01")):
        raise Mistyped("El dinero lleva a lo más dos decimales.")
    return _within(found, field)


def _within(found: Decimal, field: DataField) -> Decimal:
    if field.min is not None and found < field.min:
        raise Mistyped(sentence("Debe ser %(limit)s o más.", limit=_with_unit(field.min, field)))
    if field.max is not None and found > field.max:
        raise Mistyped(sentence("Debe ser %(limit)s o menos.", limit=_with_unit(field.max, field)))
    return found


def _with_unit(figure: Any, field: DataField) -> str:
    text = figure if isinstance(figure, str) else str(figure)
    return sentence("%(a)s %(b)s", a=text, b=field.unit) if field.unit else text


def day(text: str, field: DataField) -> date:
    found = re.fullmatch(r"\s*(\d{1,2})[/-](\d{1,2})[/-](\d{4})\s*", text)
    try:
        if found:
            return within(date(int(found[3]), int(found[2]), int(found[1])))
        return read_day(text.strip())
    except ValueError:
        raise Mistyped("Escriba la fecha con día, mes y año, como 31/03/2026.") from None


def yes_no(value: Any, field: DataField) -> bool:
    if isinstance(value, bool):
        return value
    found = {"si": True, "sí": True, "true": True, "on": True, "no": False, "false": False}
    if str(value).strip().lower() not in found:
        raise Mistyped("Elija sí o no.")
    return found[str(value).strip().lower()]


def choice(text: str, field: DataField) -> str:
    if text not in {option.value for option in field.options}:
        raise Mistyped("Elija una de las opciones.")
    return text


def choices(value: Any, field: DataField) -> tuple[str, ...]:
    listed = value if isinstance(value, list | tuple) else [value]
    return tuple(choice(str(one), field) for one in dict.fromkeys(listed))


READERS: Mapping[str, Callable[[Any, DataField], Any]] = {
    "text": words, "long_text": words, "number": number, "integer": number, "money": number, "date": day,
    "yes_no": yes_no, "choice": choice, "choices": choices, "email": email, "phone": phone, "curp": curp,
    "rfc": rfc, "postcode": postcode, "cadastral_key": words, "address": words, "place": words, "parcel": words,
    "person": words, "file": words,
}  # fmt: skip


def read(value: Any, field: DataField) -> Any:
    """The typed value; None where nothing was typed. Raises Mistyped."""
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, date):
        value = value.isoformat()
    structured = isinstance(value, dict) or (isinstance(value, list | tuple) and field.type != "choices")
    if structured:
        raise Mistyped("Aquí va un solo dato.")
    return READERS[field.type](value if field.type in ("yes_no", "choices") else str(value), field)


def shown_answer(value: Any, field: DataField | None) -> str:
    """An answer as a person reads it: the label of an option, sí or no, the unit after a figure."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool) or (field is not None and field.type == "yes_no"):
        return "Sí" if value in (True, "si", "sí", "true", "on") else "No"
    if isinstance(value, list | tuple):
        return listed([shown_answer(one, field) for one in value])
    labels = {option.value: named(option.label) for option in field.options} if field else {}
    text: str = labels.get(str(value)) or str(value)
    if field is not None and field.type == "money":
        return f"${text}"
    return _with_unit(text, field) if field is not None else text
