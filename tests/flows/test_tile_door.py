"""Tiles are answered before Django, with the same bytes and the same headers."""

import pytest

from alcaldia.land.models import Version
from alcaldia.land.rulebook import published
from alcaldia.land.tiles import build
from alcaldia.web.components.headers import HEADERS
from alcaldia.web.visor.tile_door import tile_door
from tests.factories.town import lonlat, town
from tests.unit.land.test_tiles import place

pytestmark = pytest.mark.django_db


def ask(path, method="GET", query=""):
    said = {}
    answer = tile_door(lambda *_: [b"django"])(
        {"PATH_INFO": path, "REQUEST_METHOD": method, "QUERY_STRING": query},
        lambda status, headers: said.update(status=status, **dict(headers)),
    )
    return b"".join(answer), said


def test_the_door_gives_the_bytes_of_the_view(client):
    town()
    build.build(published("pueblo").parcels)
    x, y = place(*lonlat(35, 10), 14)
    data, headers = ask(f"/tiles/pueblo/parcels/14/{x}/{y}.mvt", query="v=1")
    view = client.get(f"/tiles/pueblo/parcels/14/{x}/{y}.mvt?v=1")
    assert data == view.content
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert headers["Cache-Control"] == view["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/", "/tiles/pueblo/parcels/99/1/1.mvt", "/tiles/otro/parcels/3/1/1.mvt", "/tiles/pueblo/nada/3/1/1.mvt", "/tiles/pueblo/parcels/3/99/1.mvt"]
)  # fmt: skip
def test_everything_else_goes_to_the_application(path):
    town()
    assert ask(path)[0] == b"django"
    assert ask("/tiles/pueblo/parcels/14/1/1.mvt", method="POST")[0] == b"django"


def test_a_window_of_tiles_asks_once_what_is_in_force(django_assert_num_queries):
    town()
    x, y = place(*lonlat(35, 10), 14)
    path = f"/tiles/pueblo/parcels/14/{x}/{y}.mvt"
    Version.objects.update(sha256="ab" * 32)
    ask(path)
    with django_assert_num_queries(0):
        ask(path)
        ask(path, query="v=1-abababab")


def test_contents_that_are_not_known_yet_are_asked_for(django_assert_num_queries):
    town()
    x, y = place(*lonlat(35, 10), 14)
    ask(f"/tiles/pueblo/parcels/14/{x}/{y}.mvt")
    with django_assert_num_queries(1):
        ask(f"/tiles/pueblo/parcels/14/{x}/{y}.mvt", query="v=2-00000000")
