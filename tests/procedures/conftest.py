"""A town with a plan, a calendar and its registers, and helpers to send a request without a browser."""

import shutil
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from alcaldia.agenda.models import Agenda
from alcaldia.payments.ports import plugged
from alcaldia.procedures import definitions
from alcaldia.procedures.actions import drafts, submission
from alcaldia.procedures.actions.paying import CasePayments
from alcaldia.procedures.opened import by_code
from tests.conftest import ROOT
from tests.factories.town import box, layer
from tests.factories.town import town as make_town

SAMPLES = ROOT / "tests" / "samples" / "definitions"


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


@pytest.fixture(autouse=True)
def _listening(monkeypatch):
    monkeypatch.setattr(plugged, "listeners", [CasePayments()])


@pytest.fixture
def town(db):
    made = make_town()
    layer(made, "rio", [box(900, 900, 910, 910)], None, theme="Riesgos")
    layer(made, "centro", [box(900, 900, 910, 910)], None, theme="Patrimonio")
    year = timezone.localdate().year
    made.settings = {
        **made.settings, "calendar": {"years": [year - 1, year, year + 1]}, "registries": {"public_debts": True},
    }  # fmt: skip
    made.save()
    return made


@contextmanager
def installed(town, file):
    """The town's folder of definitions with this file; path of the copy, gone afterwards."""
    folder = definitions.home_of(town.slug)
    folder.mkdir(parents=True, exist_ok=True)
    yield Path(shutil.copy(file, folder))
    shutil.rmtree(folder)


@pytest.fixture
def fair(town, broker):
    """A definition written from scratch in the town's folder, and the agenda that it gives appointments from."""
    with installed(town, SAMPLES / "permiso-feria.yaml"):
        Agenda.objects.create(municipality=town, key="ferias", name="Ferias", office="comercio-y-via-publica", minutes=15,
                              capacity=4, hours={f"{n}": [["09:00", "12:00"]] for n in range(7)})  # fmt: skip
        yield town


def begun(town, procedure, **answers):
    """A draft with these answers."""
    started = drafts.begin(town=town, procedure=procedure, channel="test")
    return drafts.answer(public_id=started.draft.public_id, code=started.code, answers=answers)


def sent(town, procedure, **answers):
    """A case of these answers and the code that opens it."""
    draft = begun(town, procedure, **answers)
    case = submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test")
    return case, draft.code


def submitted(*, public_id, code, **told):
    """The draft of this code, opened as a request opens it and sent."""
    return submission.submit(by_code(public_id, code), **told)


def later(case, days):
    """The day so many days from now, for clocks."""
    return timezone.localdate() + timedelta(days=days)
