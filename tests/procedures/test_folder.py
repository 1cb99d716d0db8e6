"""A person's folder asks the database as much for thirty requests as for two."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alcaldia.procedures.models import Case
from alcaldia.procedures.queries import cases
from tests.factories.people import log_in, made_person
from tests.procedures.conftest import sent

pytestmark = pytest.mark.django_db(transaction=True)


def asked(client):
    with CaptureQueriesContext(connection) as found:
        page = client.get(reverse("procedures:folder"))
    assert page.status_code == 200, page
    return len(found), page.content.decode()


def test_the_folder_asks_no_more_for_more_requests(client, town):
    someone, _ = made_person()
    log_in(client, someone)

    def mine(count):
        for _ in range(count):
            case, _ = sent(town, "permiso-evento", lugar="Parque", fecha="15/06/2027", personas="400", alcohol="si", ruido="si",
                           cierra_calle="si")  # fmt: skip
            Case.objects.filter(pk=case.pk).update(account=someone.public_id)

    mine(2)
    asked(client)
    few, _ = asked(client)
    mine(6)
    many, page = asked(client)
    assert many == few
    assert page.count("SOL-") >= 8


def test_many_at_once_are_what_each_is_alone(town):
    rows = [sent(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")[0] for _ in range(2)]
    assert cases.statuses(rows) == [cases.status(one.folio) for one in rows]
