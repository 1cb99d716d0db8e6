"""The examples of docs/reference/import-formats.md are files that load without a remark."""

import re
from pathlib import Path

import pytest

from alcaldia.land.importing.staging import Options, stage
from tests.conftest import ROOT
from tests.unit.land.importing.helpers import codes, town

PAGE = ROOT / "docs" / "reference" / "import-formats.md"
EXAMPLES = re.findall(
    r"^```csv (\S+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
# What the audit says of a good file too: a height that stood inside a text was read.
REMARKS = {"number_in_text"}


def test_the_page_shows_every_table():
    kinds = [kind for kind, _ in EXAMPLES]
    assert {"norms", "use-matrix", "activities", "crosswalk", "land-values", "parcels", "layer"} == set(kinds)
    assert (kinds.count("norms"), kinds.count("use-matrix")) == (3, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_every_example_loads_whole(tmp_path: Path, kind, text):
    path = tmp_path / "ejemplo.csv"
    path.write_text(text, encoding="utf-8")
    found = stage(kind, path, town(), Options(layer="escuelas" if kind == "layer" else ""))
    assert set(codes(found)) <= REMARKS
    assert len(found.rows) >= len(text.strip().splitlines()) - 1
