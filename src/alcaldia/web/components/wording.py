"""Words of definitions, tables and refusals in the language of the page; what has no translation is marked as Spanish.

Rules and refusals speak Spanish and know no Django: a page looks their sentences up here, by the catalogue of `web/locale`
or by the translations that a definition brought itself.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, trans_real

from alcaldia.kernel.shape import Text
from alcaldia.kernel.text import Sentence, named

SPANISH = "es"
_PLACE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class _Manner:
    """How words of the page's language, Spanish ones and the parts of a sentence are put down."""

    known: Callable[[str], str]
    unknown: Callable[[str], str]
    join: Callable[[Iterable[str]], str]


def bare(text: Any) -> str:
    """Without markup, for titles and attributes."""
    return _worded(text, BARE)


def marked(text: Any) -> str:
    """As HTML: Spanish inside a page of another language says so, and a screen reader reads it as such."""
    return _worded(text, MARKED)


def _in_spanish(text: str) -> SafeString:
    if not any(letter.isalpha() for letter in text):
        return conditional_escape(text)
    return format_html('<span lang="es">{}</span>', text)


BARE = _Manner(str, str, "".join)
MARKED = _Manner(
    conditional_escape, _in_spanish, lambda parts: format_html_join("", "{}", ((one,) for one in parts))
)


def _worded(text: Any, manner: _Manner) -> str:
    language = get_language() or SPANISH
    if isinstance(text, Text):
        text = text.es if language == SPANISH else named(text)
    if isinstance(text, Promise | SafeString) or not isinstance(text, str) or language == SPANISH or not text:
        return manner.known(text if isinstance(text, SafeString) else str(text))
    if isinstance(text, Sentence):
        return _sentence(text, language, manner)
    return manner.known(gettext(text)) if _has(text, language) else manner.unknown(text)


def _has(text: str, language: str) -> bool:
    """Whether the catalogue knows it; what reads the same in both languages is known, too."""
    catalogue: Any = trans_real.translation(language)._catalog  # type: ignore[attr-defined]  # noqa: SLF001 (gettext cannot be asked)
    return text in catalogue or (text, 0) in catalogue


def _sentence(said: Sentence, language: str, manner: _Manner) -> str:
    if language in said.words:
        return manner.known(said.words[language])
    has_words = any(letter.isalpha() for letter in _PLACE.sub("", said.text))
    if has_words and not _has(said.text, language):
        return manner.unknown(str(said))
    found = ngettext(said.text, said.many, said.facts["n"]) if said.many else gettext(said.text)
    parts = _PLACE.split(found)
    return manner.join(_worded(said.facts[part], manner) if at % 2 else part for at, part in enumerate(parts))
