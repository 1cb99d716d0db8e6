"""A town with a plan, a calendar and its registers, and helpers to send a request without a browser."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alcaldia.payments.ports import plugged
from alcaldia.procedures.actions import drafts, submission
from alcaldia.procedures.actions.paying import CasePayments
from tests.factories.town import box, layer
from tests.factories.town import town as make_town


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


def begun(town, procedure, **answers):
    """A draft with these answers."""
    started = drafts.begin(town=town, procedure=procedure, channel="test")
    return drafts.answer(public_id=started.draft.public_id, code=started.code, answers=answers)


def sent(town, procedure, **answers):
    """A case of these answers and the code that opens it."""
    draft = begun(town, procedure, **answers)
    case = submission.submit(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test")
    return case, draft.code


def later(case, days):
    """The day so many days from now, for clocks."""
    return timezone.localdate() + timedelta(days=days)
