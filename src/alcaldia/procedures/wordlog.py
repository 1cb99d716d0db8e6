"""What people search, without anybody's identity. A page that shows writes nothing into the database, so words wait in
a file of the day until the worker counts them; words with figures or addresses in them are not kept at all.
"""

import json
import os
import re
from collections import Counter
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import fold
from alcaldia.procedures.models import SearchWords

MOST_WORDS, LONGEST = 10, 120
_PERSONAL = re.compile(r"\d|@|\b(me llamo|soy|mi nombre|curp|rfc)\b")


def kept(words: str) -> str:
    """The words as they are counted, "" where they might tell who searched."""
    if _PERSONAL.search(words.lower()):
        return ""
    folded = fold(words)
    return folded[:LONGEST] if 0 < len(folded.split()) <= MOST_WORDS else ""


def note(town: Municipality, words: str, *, opened: str = "") -> None:
    """Write down a search, or that one of its results was opened."""
    text = kept(words)
    if not text:
        return
    line = json.dumps([town.pk, text, opened], ensure_ascii=False) + "\n"
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
    lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines() if text.strip()]
    searched = Counter((town, words) for town, words, opened in lines if not opened)
    opened = {(town, words): key for town, words, key in lines if key}
    times = Counter((town, words) for town, words, key in lines if key)
    day = date.fromisoformat(path.stem)
    there = set(Municipality.objects.values_list("pk", flat=True))
    with transaction.atomic():
        for town, words in sorted(one for one in {*searched, *opened} if one[0] in there):
            _add(town, words, day, searched[town, words], times[town, words], opened.get((town, words), ""))
    path.unlink()
    return len(lines)


def _add(town: int, words: str, day: date, times: int, opened: int, procedure: str) -> None:
    row, _ = SearchWords.objects.get_or_create(municipality_id=town, words=words, defaults={"last_on": day})
    changes = {"times": F("times") + times, "opened": F("opened") + opened, "last_on": day}
    SearchWords.objects.filter(pk=row.pk).update(**changes, **({"procedure": procedure} if procedure else {}))


@transaction.atomic
def not_found(town: Municipality, words: str) -> None:
    """A person says that what they look for is not among the results."""
    text = kept(words)
    if text:
        row, _ = SearchWords.objects.get_or_create(
            municipality=town, words=text, defaults={"last_on": timezone.localdate()}
        )
        SearchWords.objects.filter(pk=row.pk).update(not_found=F("not_found") + 1)


def _folder() -> Path:
    return Path(settings.HOME) / "run" / "words"
