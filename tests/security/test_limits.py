"""Too often is told so everywhere, by address, and nobody learns from an answer what exists."""

import json
import re
import statistics
import time
from itertools import islice

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from alcaldia.identity import actions
from alcaldia.web.components import rate
from alcaldia.web.components.watch import client_address
from alcaldia.web.visor.tile_door import tile_door
from tests.factories.passkey import SoftPasskey
from tests.factories.people import made_official, made_person
from tests.factories.town import town
from tests.flows.test_account import asked, get

pytestmark = pytest.mark.django_db
OUTSIDE = "203.0.113.7"
SAMPLE = {"slug": "pueblo", "town": "pueblo", "public_id": "id-L1", "folio": "DUS-2026-7K3M-9QXF-04TC", "pk": "1", "name": "nada",
          "code": "NADA", "text": "NADA", "key": "x"}  # fmt: skip


def addresses(patterns=None, before="/"):
    """One address of every door of the program, from its own list."""
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, route)
        elif isinstance(one, URLPattern) and "^" not in route:
            yield _filled(route)


def _filled(route: str) -> str:
    parts = [part.partition(">") for part in route.split("<")]
    names = [(head.rpartition(":")[2], rest) for head, _, rest in parts[1:]]
    return parts[0][0] + "".join(SAMPLE.get(name, "1") + rest for name, rest in names)


def test_the_list_of_doors_is_that_of_the_program():
    found = set(addresses())
    assert {"/cuenta/entrar/", "/oficina/invitacion/NADA", "/verificar/", "/idioma/"} <= found
    assert len(found) > 80


def test_every_form_of_every_door_is_counted_by_address(monkeypatch):
    """A stricter limit of the page may stand before it; none is without."""
    town()
    for name in ("send", "api", "notice", "draw"):
        monkeypatch.setitem(rate.LIMITS, name, rate.Limit(0, 60, "address"))
    client = Client(REMOTE_ADDR=OUTSIDE)
    answers = {address: client.post(address) for address in addresses()}
    assert {address for address, told in answers.items() if told.status_code != 429} == set()
    assert all(int(told.headers["Retry-After"]) > 0 for told in answers.values())
    assert all("Espere" in told.content.decode() for told in answers.values())


WATCHED = [
    ("/verificar/DUS-2026-7K3M-9QXF-04TC", "look"),
    ("/visor/pueblo/dictamen/DUS-2026-7K3M-9QXF-04TC/", "look"),
    ("/visor/pueblo/dictamen/DUS-2026-7K3M-9QXF-04TC/pdf", "draw"),
    ("/visor/pueblo/predio/id-L1/ficha.pdf", "draw"),
    ("/cuenta/activar/NADA/", "look"),
    ("/oficina/invitacion/NADA", "look"),
    ("/cuenta/entrar/", "look"),
    ("/cuenta/registro/", "look"),
    ("/oficina/entrar/", "look"),
    ("/api/v1/municipalities/pueblo/parcels?key=L1", "search"),
    ("/visor/pueblo/?q=calle", "search"),
]


@pytest.mark.parametrize(("address", "limit"), WATCHED)
def test_codes_folios_documents_and_searches_are_counted(monkeypatch, address, limit):
    town()
    monkeypatch.setitem(rate.LIMITS, limit, rate.Limit(1, 60, "address"))
    client = Client(REMOTE_ADDR=OUTSIDE)
    first, second = client.get(address), client.get(address)
    assert (first.status_code != 429, second.status_code) == (True, 429)
    assert Client(REMOTE_ADDR="203.0.113.8").get(address).status_code != 429


def test_tiles_are_counted_by_samples_and_refused_in_the_door(monkeypatch, settings):
    monkeypatch.setitem(rate.LIMITS, "tile", rate.Limit(rate.SAMPLE, 60, "address"))
    assert [rate.check_tile(OUTSIDE, "") for _ in range(3 * rate.SAMPLE)].count(False) == 2
    monkeypatch.setattr("alcaldia.web.visor.tile_door._tile", lambda _: b"tile")
    monkeypatch.setitem(rate.LIMITS, "tile", rate.Limit(0, 60, "address"))
    told: list[str] = []
    door = tile_door(lambda *_: [b""])
    ask = {"PATH_INFO": "/tiles/x/y/1/1/1.mvt", "REQUEST_METHOD": "GET", "REMOTE_ADDR": OUTSIDE}
    for _ in range(rate.SAMPLE):
        door(ask, lambda status, _: told.append(status))
    assert told.count("429 Too Many Requests") == 1


def test_a_forged_forwarding_header_gives_no_fresh_count(monkeypatch):
    """Without our own proxy the header is anybody's word."""
    monkeypatch.setitem(rate.LIMITS, "search", rate.Limit(1, 60, "address"))
    town()
    answers = [Client(REMOTE_ADDR=OUTSIDE).get("/visor/pueblo/?q=x", headers={"X-Forwarded-For": f"198.51.100.{n}", "X-Real-Ip": "1.1.1.1"}) for n in range(3)]  # fmt: skip
    assert answers[-1].status_code == 429


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:DB8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", OUTSIDE, True),
    ],
)
def test_ipv6_is_counted_by_the_network_that_one_subscriber_has(monkeypatch, one, other, same):
    monkeypatch.setitem(rate.LIMITS, "search", rate.Limit(1, 60, "address"))
    town()
    first, second = (Client(REMOTE_ADDR=address).get("/visor/pueblo/?q=x") for address in (one, other))
    assert (first.status_code, second.status_code == 429) == (200, same)


def test_this_machine_is_no_client_however_it_is_written():
    told = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
    assert {client_address(one, "") for one in told} <= rate.LOOPBACK


def bodies(*answers) -> set[str]:
    """What the pages say, without what differs by design: tokens, states and what was typed."""
    return {re.sub(r'(value|data-options)="[^"]*"', "", one.content.decode()) for one in answers}


def test_known_and_unknown_keys_folios_and_codes_read_the_same(client):
    town()
    _, device = made_person()
    forged = SoftPasskey()
    forged.id = device.id
    logins = [get(client, "/cuenta/entrar/", one) for one in (SoftPasskey(), forged)]
    assert len({one.status_code for one in logins}) == len(bodies(*logins)) == 1
    replaced = actions.invite(owner=made_official(username="otra"))
    actions.invite(owner=made_official(username="otra"))
    opened = [client.get(f"/oficina/invitacion/{code}") for code in ("NADA", replaced)]
    assert len({one.status_code for one in opened}) == len(bodies(*opened)) == 1


def test_a_login_page_names_nobody(client):
    made_person()
    options, _ = asked(client, "/cuenta/entrar/")
    assert not options.get("allowCredentials")


def test_unknown_keys_cost_the_work_of_known_ones(client):
    """The decoy check: medians of both differ by less than what a network hides."""
    _, device = made_person()
    forged = SoftPasskey()
    forged.id = device.id

    def taken(one) -> float:
        options, state = asked(client, "/cuenta/entrar/")
        given = {"state": state, "credential": json.dumps(one.get(options))}
        begun = time.perf_counter()
        client.post("/cuenta/entrar/", given)
        return time.perf_counter() - begun

    pairs = [(taken(SoftPasskey()), taken(forged)) for _ in range(12)]
    unknown, known = (statistics.median(column) for column in zip(*islice(pairs, 2, None), strict=True))
    assert abs(unknown - known) < 0.5 * max(unknown, known)
