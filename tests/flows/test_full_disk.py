"""The disk is full: a clear sentence, nothing half-done, and all is well once there is room."""

import errno
from pathlib import Path

import pytest
from django.db import OperationalError

from alcaldia.documents import store
from alcaldia.documents.models import Document
from alcaldia.land.models import IssuedRuling
from alcaldia.procedures import actions, ruling_papers
from alcaldia.project import cli
from alcaldia.project.commands import export
from tests.factories.town import town

pytestmark = pytest.mark.django_db
ASK = "/visor/pueblo/predio/id-L1/negocio/"
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


def fails(error):
    def act(*_, **__):
        raise error

    return act


@pytest.mark.parametrize("error", [FULL, OperationalError("database or disk is full")])
def test_an_act_that_fits_while_its_paper_does_not_is_told_as_done_and_drawn_later(
    client, monkeypatch, error
):
    town()
    with monkeypatch.context() as full:
        full.setattr(store, "write", fails(error))
        there = client.post(ASK, {"giro": "abarrotes"})
        assert (there.status_code, IssuedRuling.objects.count(), Document.objects.count()) == (302, 1, 0)
        assert "Su dictamen está listo" in client.get(there.url).content.decode()
        assert client.get(f"{there.url}pdf").content.startswith(b"%PDF")  # drawn for this reader alone
        assert ruling_papers.draw_missing() == 0
    assert (ruling_papers.draw_missing(), Document.objects.count()) == (1, 1)
    assert ruling_papers.draw_missing() == 0
    assert client.get(f"{there.url}pdf").content.startswith(b"%PDF")


@pytest.mark.parametrize("error", [FULL, OperationalError("database or disk is full")])
def test_an_act_that_does_not_fit_leaves_nothing(client, monkeypatch, error):
    town()
    with monkeypatch.context() as full:
        full.setattr("alcaldia.land.rulings.record", fails(error))
        refused = client.post(ASK, {"giro": "abarrotes"})
    assert (refused.status_code, IssuedRuling.objects.count()) == (503, 0)
    assert "se le acabó el espacio" in refused.content.decode()
    assert client.post(ASK, {"giro": "abarrotes"}).status_code == 302


def test_a_ruling_whose_parcel_is_gone_still_gets_its_paper(monkeypatch):
    town()
    monkeypatch.setattr(store, "write", fails(FULL))
    ruling = actions.issue_land_use_ruling(
        municipality="pueblo", parcel="L1", activity="461110", by="x", channel="test"
    )
    ruling.parcel_id = "nadie"
    assert ruling_papers.pdf(ruling).startswith(b"%PDF")


def test_the_command_line_says_in_spanish_that_there_is_no_room(monkeypatch, capsys):
    monkeypatch.setattr(export, "run", fails(FULL))
    assert cli.main(["export", "parcel-zones", "--municipality", "x", "y.csv"]) == 1
    said = capsys.readouterr().err
    assert "no hay espacio en el disco" in said
    assert "No space" not in said


def test_an_export_that_does_not_fit_leaves_no_file(tmp_path: Path):
    def rows():
        yield ("a",)
        raise FULL

    with pytest.raises(OSError, match="No space"):
        export.write_csv(tmp_path / "x.csv", ("key",), rows())
    assert not list(tmp_path.iterdir())
