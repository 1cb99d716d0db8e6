"""Whoever adopts this program owes nothing to a copyleft library: no GPL or AGPL among what it imports."""

import re
from importlib import metadata

import pytest

from tests.conftest import ROOT

LOCKED = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)


def licence_of(name: str) -> str:
    """What a distribution says of its licence, in the places where packages say it; "" when not installed."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    kinds = [line for line in about.get_all("Classifier") or [] if line.startswith("License")]
    return " · ".join([about.get("License-Expression") or "", (about.get("License") or "")[:200], *kinds])


def copyleft(licence: str) -> bool:
    """GPL or AGPL; the LGPL lets any program link."""
    bare = re.sub(r"\bL(?:esser )?GPL\w*|Lesser General Public", "", licence, flags=re.IGNORECASE)
    return bool(re.search(r"\bA?GPL|Affero|GNU General Public", bare, re.IGNORECASE))


@pytest.mark.parametrize("name", sorted(set(LOCKED)))
def test_no_dependency_is_gpl(name):
    assert not copyleft(licence_of(name)), licence_of(name)


@pytest.mark.parametrize(
    ("licence", "answer"),
    [
        ("AGPL-3.0-only", True),
        ("GNU General Public License v3", True),
        ("LGPL-3.0-only", False),
        ("MIT", False),
    ],
)
def test_copyleft_is_told_from_its_lesser_kin(licence, answer):
    assert copyleft(licence) is answer
