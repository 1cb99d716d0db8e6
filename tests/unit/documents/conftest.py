"""A municipality and one way to issue a sample document."""

import pytest
from django.db import transaction

from alcaldia.documents import actions as documents
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.ledger import actions as ledger
from alcaldia.ledger.events import Act
from tests.samples import ruling_bodies


@pytest.fixture
def town(db):
    return Municipality.objects.create(
        slug="san-jeronimo", name="Ayuntamiento de San Jerónimo Tecóatl", state="Jalisco"
    )


@pytest.fixture
def issue(town):
    """issue(body) -> (entry, document): record the act and issue its PDF."""

    def make(body=None, sketch_svg=ruling_bodies.SKETCH):
        folio = new_folio("DUS", 2026)
        act = Act("land.ruling_issued", folio, (body or ruling_bodies.body()) | {"folio": folio}, town)
        with transaction.atomic():
            entry = ledger.record(act, by="test", channel="cli")
        return entry, documents.issue(
            entry=entry, template="ruling", sketch_svg=sketch_svg, municipality=town
        )

    return make
