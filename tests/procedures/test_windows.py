"""A procedure is begun only at the windows that its sheet names, and its card says where it is done otherwise."""

from contextlib import contextmanager

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.actions import drafts
from alcaldia.procedures.models import Draft
from alcaldia.procedures.queries.offered import beginning_with_a_parcel
from tests.procedures.conftest import SAMPLES, installed
from tests.procedures.test_pages import words

pytestmark = pytest.mark.django_db(transaction=True)
CARD, BEGIN = "/m/pueblo/tramite/permiso-toldo/", "/m/pueblo/tramite/permiso-toldo/empezar/"
ALL = "channels: [portal, kiosk, counter, api]"


@contextmanager
def offered(town, folder, said):
    text = (SAMPLES / "permiso-toldo.yaml").read_text(encoding="utf-8")
    mine = folder / "permiso-toldo.yaml"
    # The most used: those that begin with a parcel are told only so many.
    mine.write_text(text.replace(ALL, f"cases_per_year: 900000000\n  {said}"), encoding="utf-8")
    with installed(town, mine):
        yield


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("channels: [counter]\n  offices: [{name: Ventanilla única, address: Juárez 1}]", "Se hace en: ventanilla. Ventanilla única: Juárez 1"),
        ("channels: [api]", "Se hace en: otros sistemas."),
        (f"{ALL}\n  can_start_online: false", "Se hace en: quiosco, ventanilla, otros sistemas."),
    ],
)  # fmt: skip
def test_what_is_not_begun_here_says_where_and_begins_nothing(client, town, tmp_path, said, where):
    with offered(town, tmp_path, said):
        page = words(client.get(CARD))
        assert ("Empezar ahora" in page, "No se empieza en este portal" in page) == (False, True)
        assert where in page
        answer = client.post(BEGIN)
        assert (answer.status_code, "dice dónde se hace" in words(answer)) == (409, True)
        assert "permiso-toldo" not in dict(beginning_with_a_parcel("pueblo"))
    assert not Draft.objects.exists()


def test_other_systems_begin_only_what_is_theirs_too(town, tmp_path):
    with offered(town, tmp_path, "channels: [portal]"):
        with pytest.raises(Refusal) as refused:
            drafts.begin(town=town, procedure="permiso-toldo", channel="api")
        assert (refused.value.status, refused.value.code) == (409, "not_at_this_window")
        assert drafts.begin(town=town, procedure="permiso-toldo", channel="portal").draft.pk


def test_a_sheet_that_names_no_window_is_begun_at_all(client, town, tmp_path):
    with offered(town, tmp_path, ""):
        page = words(client.get(CARD))
        assert ("Empezar ahora" in page, "en persona" in page) == (True, False)
        assert drafts.begin(town=town, procedure="permiso-toldo", channel="api").draft.pk
        assert "permiso-toldo" in dict(beginning_with_a_parcel("pueblo"))
