"""What the papers say exists, exists; what exists is in the papers. No database, no network."""

import ast
import json
import re
import tomllib

import generate
import jsonschema
import pytest
from django.apps import apps

from alcaldia.land.models import ImportJob
from alcaldia.land.reviews import FLAGS
from alcaldia.land.rules.types import Outcome, Result
from alcaldia.project.cli import COMMANDS
from alcaldia.web.transparency.words import ACTS
from tests.conftest import ROOT

DOCS = ROOT / "docs"

PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
GLOSSARY = (DOCS / "glossary.md").read_text()
DECISIONS = sorted(path.name for path in (DOCS / "decisions").glob("0*.md"))
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def name_of(path) -> str:
    return path.relative_to(ROOT).as_posix()


def act_types() -> set[str]:
    """Types of acts: constants of events modules, and what is written where an act is recorded."""
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text()
        relevant = path.name == "events.py" or "Act(" in text or "_record(" in text
        for node in ast.walk(ast.parse(text)) if relevant else ():
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in {"Act", "_record"}
                and node.args
            ):
                found.add(getattr(node.args[0], "value", None))
            elif isinstance(node, ast.Assign) and path.name == "events.py":
                found.add(getattr(node.value, "value", None))
    return {name for name in found if isinstance(name, str) and re.fullmatch(r"[a-z]+\.[a-z_]+", name)}


MODELS = sorted(m.__name__ for m in apps.get_models() if m.__module__.startswith("alcaldia."))
TERMS = [
    *MODELS,
    *Outcome,
    *Result,
    *FLAGS,
    *sorted(act_types()),
    *(state.value for state in ImportJob.State),
]


@pytest.mark.parametrize("term", TERMS)
def test_the_glossary_knows_every_model_outcome_flag_state_and_act(term):
    assert re.search(rf"`{re.escape(term)}`", GLOSSARY)


def test_the_terms_are_found_in_the_code():
    assert {"Parcel", "undetermined", "area_mismatch", "land.ruling_issued", "ready"} <= set(TERMS)


def test_a_glossary_row_is_complete():
    rows = [line.split("|")[1:-1] for line in GLOSSARY.splitlines() if line.startswith("| ")]
    short = [row[0] for row in rows if len(row) != 5 or not all(cell.strip() for cell in row)]
    assert short == []


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_reference_page_is_what_the_code_says(name):
    written = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert written == generate.PAGES[name](), "run: PYTHONPATH=src .venv/bin/python docs/generate.py"


def test_every_variable_that_is_read_is_described():
    assert generate.used_variables() - set(generate.VARIABLES) == set()


def test_no_variable_is_described_that_nothing_reads():
    text = "\n".join(p.read_text() for p in [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py")])
    text += (ROOT / "alcaldia").read_text()
    assert [name for name in generate.VARIABLES if name not in text] == []


def test_every_setting_is_on_its_page():
    page = (DOCS / "reference" / "settings.md").read_text()
    known = generate.assigned(generate.SOURCE / "project" / "settings.py")
    assert [name for name in known if f"`{name}`" not in page] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_section(command):
    assert f"\n## {command}\n" in (DOCS / "reference" / "commands.md").read_text()


def test_the_functions_on_the_architecture_page_exist():
    """`package.module.name` in backticks: its last part is a function, class or method of ours."""
    named = set(re.findall(r"`(?:[a-z_]+[./])+([A-Za-z_]+)`", (DOCS / "architecture.md").read_text()))
    text = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    suffixes = {"py", "js", "md", "toml", "lock"}
    lost = {
        name
        for name in named - suffixes
        if not re.search(rf"\b(?:def|class) {name}\b|^    {name}\b", text, re.M)
    }
    assert lost == set()


def test_the_files_that_pages_name_exist():
    """`land/models.py` and the like, from the root of the repository or of the package."""
    named = {
        (name_of(p), file) for p in PAGES for file in re.findall(r"`((?:[\w.]+/)+[\w.]+\.py)`", p.read_text())
    }
    assert {
        (p, f) for p, f in named if not (ROOT / f).exists() and not (generate.SOURCE / f).exists()
    } == set()


def test_every_command_that_a_page_gives_exists():
    given = {(name_of(p), word) for p in PAGES for word in re.findall(r"\./alcaldia ([a-z]+)", p.read_text())}
    assert {(page, word) for page, word in given if word not in {*COMMANDS, "help"}} == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_inside_the_repository_resolve(page):
    targets = [link.partition("#")[0] for link in _LINK.findall(page.read_text())]
    local = [
        target for target in targets if target and "://" not in target and not target.startswith("mailto:")
    ]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_is_listed_and_says_context_decision_consequence(decision):
    text = (DOCS / "decisions" / decision).read_text()
    assert f"({decision})" in (DOCS / "decisions" / "README.md").read_text()
    assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequence"))
    assert len(text.splitlines()) <= 25


def test_decisions_are_numbered_without_gaps():
    assert [name[:4] for name in DECISIONS] == [f"{n:04d}" for n in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("page", [*PAGES, *DOCS.glob("*.py")], ids=name_of)
def test_no_page_knows_a_machine(page):
    assert re.findall(r"(?<![\w.])/(?:work|tmp|root|home/\w+)/\S*", page.read_text()) == []


def test_pictures_are_light_and_shown():
    pictures = {path.name: path.stat().st_size for path in (DOCS / "images").iterdir()}
    readme = (ROOT / "README.md").read_text()
    assert {
        name for name, size in pictures.items() if size > 200_000 or f"docs/images/{name}" not in readme
    } == set()


RECIPES = [*ROOT.glob("municipalities/*/municipality.toml"), *(ROOT / "src").rglob("municipality.toml")]
SCHEMA = json.loads(generate.recipe_schema())


@pytest.mark.parametrize("recipe", RECIPES, ids=name_of)
def test_our_recipes_keep_the_published_schema(recipe):
    jsonschema.validate(tomllib.loads(recipe.read_text()), SCHEMA)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ruling": {"slivers": 1}},
        {"payments": {"provider": "x"}},
        {"payments": {"providers": "x"}},
        {"datasets": [{"kind": "parcels", "fil": "x"}]},
        {"slug": "Á"},
    ],
)
def test_a_wrong_recipe_breaks_the_schema(wrong):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"slug": "x", "name": "X", **wrong}, SCHEMA)


def test_every_key_of_a_recipe_is_explained():
    page = (DOCS / "reference" / "municipality.md").read_text()
    places = SCHEMA["properties"]
    keys = {
        *places,
        *places["ruling"]["properties"],
        *places["extra_cus"]["properties"],
        *(f"{part}.{key}" for part in ("payments", "treasury") for key in places[part]["properties"]),
        *places["datasets"]["items"]["properties"],
    }
    assert sorted(key for key in keys if f"`{key}`" not in page) == []


def test_the_changelog_knows_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()
    assert f"softwareVersion: {version}" in (ROOT / "publiccode.yml").read_text()


def test_the_public_log_has_a_name_for_every_act():
    assert sorted(act_types() - set(ACTS)) == []
