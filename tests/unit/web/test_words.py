"""Whatever a citizen may read is in the English catalogue: words of tables, sentences of the rules, refusals."""

import ast
import gettext
import re

import pytest

from alcaldia.agenda.models import Appointment
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import definitions, names
from alcaldia.procedures.models import Turn
from alcaldia.procedures.queries import cases, history
from alcaldia.procedures.registries import LABELS
from alcaldia.procedures.rules import evaluate, form, states, validators
from alcaldia.vault.rules import access, catalogue
from alcaldia.web.portal.procedures import finding, legal, sending
from alcaldia.web.portal.vault import shown
from tests.conftest import ROOT

SOURCE = ROOT / "src" / "alcaldia"
SPEAKERS = (
    "agenda", "broker/heads.py", "broker/restoring.py", "broker/spares.py", "payments/actions.py", "payments/queries.py", "procedures/actions/citizens.py",
    "procedures/actions/drafts.py", "procedures/actions/submission.py", "procedures/attaching.py", "procedures/choosing.py", "procedures/contacting.py", "procedures/no_debt.py",
    "procedures/opened.py", "procedures/protected.py", "procedures/queries/appointments.py", "procedures/queries/cases.py",
    "procedures/queries/history.py", "procedures/rules/form.py", "procedures/rules/validators.py", "procedures/scanning.py",
    "procedures/sealing.py", "vault/actions.py", "vault/custodian.py", "vault/purposes.py", "vault/rules/catalogue.py", "vault/sealed.py", "vault/spares.py",
    "web/components", "web/portal/agenda", "web/portal/paying", "web/portal/procedures", "web/portal/vault",
)  # fmt: skip
"""Where what a citizen reads while applying, paying, booking and in their vault is said."""
SAYS = {"Refusal": 1, "NotFound": 1, "Mistyped": 0, "sentence": 0, "Chosen": 2}
ENGLISH = gettext.translation("django", SOURCE / "web" / "locale", ["en"])


SOURCE_OF_IT = (SOURCE / "web" / "locale" / "en" / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
PLURALS = set(re.findall(r'^msgid_plural "(.+)"$', SOURCE_OF_IT, re.MULTILINE))


def known(text):
    """A frame without words, such as "%(a)s, %(b)s", needs no translation."""
    bare = re.sub(r"%\(\w+\)s", "", text)
    catalogue = ENGLISH._catalog  # type: ignore[attr-defined]
    return not re.search(r"\w", bare) or text in catalogue or (text, 0) in catalogue or text in PLURALS


def texts(one):
    return [one] if isinstance(one, str) else [word for part in one for word in texts(part)]


OF_OFFICIALS = {access.SEARCHED, access.LEFT_OFFICE, access.TOOK_OFFICE}
"""Accesses that only officials are told of, in Spanish."""
GROUPS = (*catalogue.GROUPS, *catalogue.SEALED_GROUPS)
VAULT = {
    "looks": {kind: word for kind, word in access.LABELS.items() if kind not in OF_OFFICIALS},
    "groups": {one.code: (one.label, one.about, one.label.lower() if one.several else "") for one in GROUPS},
    "fields": catalogue.LABELS, "seal": {catalogue.SEAL: catalogue.SEAL_LABEL}, "offices": catalogue.OFFICES,
    "sources": catalogue.SOURCES, "spares": {**shown.SPARE_WORDS, "": shown.NO_OFFICIAL},
}  # fmt: skip
TABLES = {
    "states": states.LABELS, "labels": cases.SAID, "outcomes": names.OUTCOMES, "windows": names.WINDOWS, "events": names.EVENTS, "decided": history.DECIDED,
    "opinions": history.OPINIONS, "registries": LABELS, "files": validators.NAMES_OF_FILES,
    "review": {key: row[1:] for key, row in sending.OUTCOMES.items()}, "times": finding.UNITS, "turns": dict(Turn.Kind.choices),
    "appointments": dict(Appointment.State.choices), "sheet": legal.SAID, "sundry": {"form": form.NEEDED, "rules": evaluate.NO_ROW, "silence": tuple(finding.SILENCE.values())},
    **{f"vault {name}": table for name, table in VAULT.items()},
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_every_word_of_a_table_is_said_in_english(table):
    rows = [word for one in TABLES[table].values() for word in texts(one)]
    assert [word for word in rows if not known(word)] == []


def spoken(path):
    """The sentences that a module says, and the lines where one is put together so that no catalogue can know it."""
    tree = ast.parse(path.read_text())
    said, glued = set(), []
    for node in ast.walk(tree):
        for one in _said(node):
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value:
                said.add(one.value)
            elif isinstance(one, ast.JoinedStr | ast.BinOp):
                glued.append(f"{path.relative_to(SOURCE)}:{one.lineno}")
    return said, glued


def _said(node):
    if isinstance(node, ast.Assign) and any(
        getattr(one, "id", "") in ("detail", "NO_ROOM") for one in node.targets
    ):
        return [node.value]
    if not isinstance(node, ast.Call):
        return []
    name = getattr(node.func, "id", "")
    return node.args[SAYS[name] : SAYS[name] + (2 if name == "sentence" else 1)] if name in SAYS else []


def modules():
    for name in SPEAKERS:
        yield from [SOURCE / name] if name.endswith(".py") else sorted((SOURCE / name).rglob("*.py"))


def test_every_refusal_that_a_citizen_meets_is_said_in_english():
    found = [spoken(path) for path in modules()]
    said = {text for texts, _ in found for text in texts}
    assert [line for _, glued in found for line in glued] == []
    assert len(said) > 80
    assert sorted(text for text in said if not known(text)) == []


def test_every_label_of_the_legal_sheets_is_said_in_english():
    programs = definitions.programs().values()
    parts = [part for one in programs for part in legal.parts(Municipality(), one.definition)]
    offices = {office.name for one in programs for office in one.definition.sheet.offices}
    labels = {label for part in parts for label, _ in part.rows if type(label) is str} - offices
    assert {part.letter for part in parts} >= set("ABCDEGIJKLM")
    assert [text for text in labels | set(legal.TITLES) if not known(text)] == []


def test_no_translation_is_a_guess_or_waits_for_somebody():
    assert "fuzzy" not in SOURCE_OF_IT
    assert re.findall(r'^msgid "(.+)"\nmsgstr ""$(?!\n")', SOURCE_OF_IT, re.MULTILINE) == []
