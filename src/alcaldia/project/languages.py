"""The languages that pages speak: Spanish, and each whose catalogue lies in the folder of translations."""

from pathlib import Path

NAMES = {
    "es": "Español", "en": "English", "nah": "Nāhuatl", "yua": "Maayat'aan", "tzo": "Bats'i k'op", "tzh": "Bats'il k'op", "mxt": "Tu'un savi",
    "zap": "Diidxazá", "oto": "Hñähñu", "hch": "Wixárika", "tar": "Ralámuli", "gn": "Avañe'ẽ", "qu": "Runasimi", "ay": "Aymar aru",
}  # fmt: skip
"""ISO 639 code → what its speakers call it, to be confirmed by them; a language without a name here shows its code."""
CATALOGUE = Path("LC_MESSAGES") / "django.mo"


def known(folder: Path) -> list[tuple[str, str]]:
    """Code and own name, Spanish first: a folder CODE/LC_MESSAGES/django.mo is all that a new one needs."""
    found = sorted(one.name for one in folder.iterdir() if (one / CATALOGUE).is_file())
    return [(code, NAMES.get(code, code)) for code in ("es", *found)]
