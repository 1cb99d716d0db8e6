"""What was left half done goes on from any device with its code and nothing else."""

import pytest

from tests.procedures.conftest import begun

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("spelled", [str, str.lower, lambda code: code.replace("-", " ")])
def test_the_code_alone_goes_on_with_what_was_left_half_done(client, town, spelled):
    draft = begun(town, "reporte-ciudadano", que="bache")
    found = client.post("/mi-tramite/", {"folio": "", "codigo": spelled(draft.code)})
    assert found.url.startswith(f"/borrador/{draft.draft.public_id}/paso/")
    assert client.get(found.url).status_code == 200


def test_a_code_of_nothing_says_so_and_tells_no_more(client, town):
    page = client.post("/mi-tramite/", {"folio": "", "codigo": "AAAA-BBBB-CCCC-DDDD"})
    assert (page.status_code, "Ningún trámite empezado tiene ese código" in page.content.decode()) == (
        404,
        True,
    )
