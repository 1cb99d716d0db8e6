"""What people search, without anybody's identity. A page that shows writes nothing into the database, so words wait in
a file of the day until the worker counts them; words with figures or addresses in them are not kept at all.

A phrase with a word that the catalogue does not know may be a name: it is counted by its HMAC alone, and can be read once it
was searched on `DAYS` different days.
"""

import hmac
import json
import os
import re
import secrets
from collections import Counter
from datetime import date
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from alcaldia.catalogue import own
from alcaldia.kernel.keyfiles import made_once
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import fold
from alcaldia.procedures import definitions
from alcaldia.procedures.models import SearchWords

DAYS = 3
MOST_WORDS, LONGEST = 10, 120
_PERSONAL = re.compile(r"\d|@|\b(me llamo|soy|mi nombre|curp|rfc)\b")


def kept(words: str) -> str:
    """The words as they are counted, "" where they might tell who searched."""
    if _PERSONAL.search(words.lower()):
        return ""
    folded = fold(words)
    return folded[:LONGEST] if 0 < len(folded.split()) <= MOST_WORDS else ""


def note(town: Municipality, words: str, *, opened: str = "", missed: bool = False) -> None:
    """Write down a search, `missed` where no procedure has such words, or that one of its results was opened."""
    text = kept(words)
    if not text:
        return
    line = json.dumps([town.pk, text, opened, missed], ensure_ascii=False) + "\n"
    path = _folder() / f"{timezone.localdate():%Y-%m-%d}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    # One write of less than a page is not mixed with another process's (POSIX, O_APPEND).
    descriptor = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def collect() -> int:
    """Count what waits in the files, each once; returns how many lines. A file that is being read has another name."""
    count = 0
    for path in sorted(_folder().glob("*.jsonl")):
        taken = path.with_suffix(".taken")
        path.rename(taken)
        count += _count(taken)
    return count


def _count(path: Path) -> int:
    texts = path.read_text(encoding="utf-8").splitlines()
    # Lines of before an upgrade say nothing of whether anything was found.
    lines = [(*json.loads(text), False)[:4] for text in texts if text.strip()]
    searched = Counter((town, words) for town, words, opened, _ in lines if not opened)
    missed = Counter((town, words) for town, words, _, nothing in lines if nothing)
    opened = {(town, words): key for town, words, key, _ in lines if key}
    times = Counter((town, words) for town, words, key, _ in lines if key)
    day = date.fromisoformat(path.stem)
    towns = {one.pk: one for one in Municipality.objects.all()}
    with transaction.atomic():
        for town, words in sorted(one for one in {*searched, *opened} if one[0] in towns):
            row = _row(towns[town], words, day)
            row.times += searched[town, words]
            row.opened += times[town, words]
            row.not_found += missed[town, words]
            row.procedure = opened.get((town, words), row.procedure)
            row.save()
    path.unlink()
    return len(lines)


@transaction.atomic
def not_found(town: Municipality, words: str) -> None:
    """A person says that what they look for is not among the results."""
    text = kept(words)
    if text:
        row = _row(town, text, timezone.localdate())
        row.not_found += 1
        row.save()


def _row(town: Municipality, words: str, day: date) -> SearchWords:
    """The count of these words, locked, with one day more where this is one; not saved yet."""
    row, new = SearchWords.objects.select_for_update().get_or_create(
        municipality=town, mark=mark(town, words), defaults={"last_on": day}
    )
    row.days += not new and row.last_on != day
    row.last_on = day
    if row.days >= DAYS or definitions.index(town.slug, own.of(town)).knows(words):
        row.words = words
    return row


def mark(town: Municipality, words: str) -> str:
    """By which words are counted that nobody reads."""
    secret = made_once(Path(settings.HOME) / "keys" / "words", lambda: secrets.token_bytes(32))
    return hmac.new(secret, f"{town.slug}\n{words}".encode(), sha256).hexdigest()


def _folder() -> Path:
    return Path(settings.HOME) / "run" / "words"
