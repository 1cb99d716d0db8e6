"""Answers that must be one of the city's own things: a parcel of the cadastre, an activity of the plan.

What a person types ("Juárez 12", "tiendita") becomes the key it surely is, or a short list to choose from.
"""

from dataclasses import asdict, dataclass
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import fold
from alcaldia.land import activities, parcels
from alcaldia.land import search as places
from alcaldia.land.parcels import ParcelRecord
from alcaldia.land.plan import Rulebook
from alcaldia.land.rulebook import published
from alcaldia.procedures.rules.program import Program

MOST = 8
BY_ACTIVITY = {"land_use", "activities"}


@dataclass(frozen=True)
class Choice:
    """One thing to choose: `value` is kept, the words are shown."""

    value: str
    label: str
    detail: str = ""


@dataclass(frozen=True)
class Chosen:
    """`value` where it is sure; otherwise "" and what to choose from, which may be nothing."""

    value: str
    options: tuple[Choice, ...] = ()
    sentence: str = ""

    def told(self) -> str:
        """What to do and what to choose from, in one sentence for who sees no list."""
        listed = "; ".join(f"{one.value} {one.label}" for one in self.options)
        return f"{self.sentence} {listed}".strip()

    def plain(self) -> list[dict[str, Any]]:
        """The options as JSON values."""
        return [asdict(one) for one in self.options]


def kind_of(program: Program, name: str) -> str:
    """ "parcel", "activity" or "": what the answer of this datum must be."""
    if program.definition.data[name].type == "parcel":
        return "parcel"
    lookups = (program.definition.lookups or {}).values()
    return "activity" if any(one.by == name and one.registry in BY_ACTIVITY for one in lookups) else ""


def choose(program: Program, town: Municipality, name: str, typed: str) -> Chosen:
    """The parcel or activity that the words name. Anything else is itself."""
    kind, words = kind_of(program, name), typed.strip()
    if not kind or not words:
        return Chosen(words)
    return _parcel(town, words) if kind == "parcel" else _activity(town, words)


def choose_alone(program: Program, town: Municipality, name: str, typed: str) -> Chosen:
    """The same where nobody is there to choose: words that are the very name of one option alone are that one."""
    found = choose(program, town, name, typed)
    same = [one for one in found.options if fold(one.label) == fold(typed)]
    return choose(program, town, name, same[0].value) if len(same) == 1 else found


def label(program: Program, town: Municipality, name: str, value: str) -> str:
    """How a chosen key is shown: with its address, with the activity's name."""
    kind = kind_of(program, name) if name in program.definition.data else ""
    try:
        if kind == "parcel" and value:
            book = published(town.slug)
            parcel, _ = parcels.whole(book, parcels.by_key(book, value).public_id)
            return " · ".join(part for part in (places.address(parcel), parcel.key) if part)
        if kind == "activity" and value:
            found = published(town.slug).activity(value)
            return f"{found.name} ({value})" if found else value
    except Refusal:
        return value
    return value


def _parcel(town: Municipality, words: str) -> Chosen:
    book = published(town.slug)
    asks = "¿Cuál de estos es?"
    try:
        return Chosen(_kept(book, parcels.by_key(book, words), words))
    except Refusal as refusal:
        if refusal.code == "ambiguous_key":
            asks = refusal.detail
    found = [one for one in places.search(book, words, MOST) if one.public_id]
    options = tuple(Choice(str(one.public_id), one.label, one.detail) for one in found)
    if not options:
        return Chosen(
            "",
            (),
            "No encontramos ese predio. Escriba la calle y el número, o la clave de su recibo predial.",
        )
    return Chosen("", options, asks)


def _kept(book: Rulebook, record: ParcelRecord, words: str) -> str:
    """By which name the answer keeps a parcel: its key, or its stable id where the cadastre repeats the key or has none."""
    if not record.key or record.key == words:
        return record.key or record.public_id
    try:
        return parcels.by_key(book, record.key).key
    except Refusal:
        return record.public_id


def _activity(town: Municipality, words: str) -> Chosen:
    book = published(town.slug)
    if book.activities and words in book.activities:
        return Chosen(words)
    hits = activities.suggest(book, words, MOST)
    if not hits:
        return Chosen(
            "",
            (),
            "No encontramos ese giro. Escriba qué vende o qué hace, por ejemplo «tienda» o «estética».",
        )
    return Chosen("", tuple(Choice(one.code, one.name, one.group) for one in hits), "¿Cuál se parece más?")
