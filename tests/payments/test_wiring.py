"""What the operator wrote decides who moves money, and where the bank of the demo is."""

import pytest
from django.conf import settings

from alcaldia.project import payments


@pytest.fixture
def written():
    path = payments.secrets_file()
    path.parent.mkdir(parents=True, exist_ok=True)

    def write(text):
        path.write_text(text)

    yield write
    path.unlink(missing_ok=True)


def test_each_section_is_a_provider_that_speaks_to_one_address(written):
    written('[stripe]\nsecret_key = "sk"\nwebhook_secret = "wh"\n[agua]\nkind = "conekta"\n')
    found = payments.providers()
    assert list(found) == ["stripe", "agua"]
    assert found["stripe"].check() == []
    assert len(found["agua"].check()) == 4


def test_an_unknown_kind_stops_the_program_with_a_sentence(written):
    written("[paypal]\n")
    with pytest.raises(SystemExit, match="no conozco «paypal»"):
        payments.providers()


def city(environ, start):
    start("200 OK", [])
    return [b"the city"]


def ask(app, path):
    status = []
    body = b"".join(
        app(
            {"PATH_INFO": path, "REQUEST_METHOD": "GET"},
            lambda line, headers: status.append((line, dict(headers))),
        )
    )
    return status[0], body


def test_without_a_bank_its_address_is_the_citys():
    assert ask(payments.bank_door(city), "/banco-de-prueba/")[1] == b"the city"


def test_the_bank_answers_under_its_own_address_and_nowhere_else(monkeypatch):
    monkeypatch.setattr(settings, "SIMULATED_BANK", True)
    app = payments.bank_door(city)
    (line, headers), body = ask(app, "/banco-de-prueba/")
    assert "Todavía no hay cobros" in body.decode()
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert ask(app, "/banco-de-pruebas/")[1] == b"the city"
    assert ask(app, "/banco-de-prueba/api/charges/x")[0][0].startswith("401")
    assert ask(app, "/banco-de-prueba/nada")[0][0].startswith("404")


def test_the_banks_pages_run_nothing_that_they_were_told(city_bank):
    charge = city_bank.charge(
        {"key": "k", "method": "card", "cents": 100, "currency": "MXN", "concept": "<script>x</script>", "order": "PAG",
         "expires": 0, "back": '/"><script>', "notify": "http://x"}
    )  # fmt: skip
    from alcaldia.connectors.simulated_bank import pages

    city_bank.pay(charge, "none")
    for text in (pages.charge(city_bank, "/b", city_bank.find("k")), pages.overview(city_bank, "/b")):
        assert "<script" not in text
        assert " style=" not in text


@pytest.fixture
def city_bank(tmp_path):
    from alcaldia.connectors.simulated_bank.bank import Bank

    made = Bank(tmp_path, "s")
    yield made
    made.store.close()


def test_the_days_report_is_a_table_with_net_amounts(city_bank):
    from datetime import UTC, datetime

    from alcaldia.connectors.simulated_bank.app import application

    charge = city_bank.charge(
        {"key": "k", "method": "card", "cents": 81240, "currency": "MXN", "concept": "x", "order": "PAG",
         "expires": 0, "back": "/", "notify": "http://x"}
    )  # fmt: skip
    payment = city_bank.pay(charge, "none")
    day = datetime.fromtimestamp(city_bank.clock(), UTC).date()
    body = ask(application(city_bank, "/b"), f"/b/liquidacion/{day}.csv")[1].decode()
    assert f"{payment},payment,812.40,23.56,3.77,785.07,{day},DISP-" in body
    assert ask(application(city_bank, "/b"), "/b/liquidacion/ayer.csv")[0][0].startswith("400")


def test_a_clabe_ends_in_its_check_digit(city_bank):
    from alcaldia.connectors.simulated_bank.bank import clabe_digit

    assert clabe_digit("03218000011835971") == 9
