"""The bank's own file: read whole or not at all, twice is once, and the three books agree by it."""

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.models import Entry
from alcaldia.payments import settling, statements
from alcaldia.payments.models import BankDeposit
from alcaldia.payments.rules.statement import BadStatement, Line, read
from tests.factories.money import order, started, town
from tests.payments.test_commands import run
from tests.payments.test_office_pages import _plain_static_files, office

assert _plain_static_files
HEADER = "Fecha,Descripción,Cargo,Abono\n"


def file(*lines):
    return (HEADER + "\n".join(lines)).encode()


@pytest.mark.parametrize(
    ("line", "amount"),
    [("28/11/2026,DISP-1,,785.07", "785.07"), ('2026-11-28,DISP-1,,"$1,785.07"', "1785.07")],
)
def test_a_deposit_is_read_as_banks_write_it(line, amount):
    assert read(file(line, "28/11/2026,Comisión,10.00,")) == [
        Line(2, date(2026, 11, 28), "DISP-1", Decimal(amount))
    ]


def test_columns_may_be_named_and_separated_otherwise():
    text = "Día;Texto libre;Entró\n28/11/2026;DISP-1;5\n"
    named = {"reference": "texto libre", "amount": "Entró"}
    assert read(text.encode("cp1252"), named) == [Line(2, date(2026, 11, 28), "DISP-1", Decimal(5))]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Renglón 1: falta la columna"), (b"a,b\n1,2\n", "Renglón 1: falta la columna"), (b"PK\x00\x00", "no es un CSV"),
        (file("2026-11-28,x,,5", "ayer,x,,5"), "Renglón 3: «ayer» no es una fecha"),
        (file("2026-11-28,x,,cinco"), "Renglón 2: «cinco» no es una cantidad"),
        (file("2026-11-28,x,,1e9"), "no es una cantidad"), (file("2026-11-28"), "Renglón 2: tiene menos columnas"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_names_its_line(data, said):
    with pytest.raises(BadStatement, match=said):
        read(data)


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_said(data):
    with suppress(BadStatement):
        assert all(one.amount > 0 for one in read(HEADER.encode() + data))


@pytest.fixture
def settled(city):
    """A payment that its provider settled; its payout and how much."""
    city.pay(started(order()))
    city.listen()
    day = datetime.fromtimestamp(city.clock(), UTC).date()
    settling.settle(provider="simulated", on=day)
    return day, f"DISP-{day:%Y%m%d}"


def differences(day):
    return [one.code for one in settling.three_way(town(), "simulated", since=day, until=day)]


@pytest.mark.django_db
def test_the_three_books_agree_by_the_bank_s_file_and_reading_it_again_repeats_nothing(settled):
    day, payout = settled
    data = file(f"{day},SPEI {payout} PAGOS,,785.07", f"{day},Nómina,99,", f"{day},Renta local,,500")
    assert differences(day) == ["not_deposited"]
    looked = statements.take_in(town=town(), data=data, by="ana", channel="test", keep=False)
    assert (looked.fresh, BankDeposit.objects.count()) == (1, 0)
    taken = [statements.take_in(town=town(), data=data, by="ana", channel="test") for _ in range(2)]
    assert [(one.fresh, one.known, one.others) for one in taken] == [(1, 0, 1), (0, 1, 1)]
    assert differences(day) == []
    assert Entry.objects.filter(type="payments.statement_read").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["ayer,x,,5", "{day},{payout},,785.07", "{day},x,,uno"])
def test_one_bad_line_and_nothing_is_kept(settled, wrong):
    day, payout = settled
    data = file(f"{day},{payout},,785.07", wrong.format(day=day, payout=payout))
    with pytest.raises(Refusal, match="Renglón 3"):
        statements.take_in(town=town(), data=data, by="ana", channel="test")
    assert not BankDeposit.objects.exists()


@pytest.mark.django_db
def test_another_amount_than_the_one_kept_is_refused_with_its_line(settled):
    day, payout = settled
    settling.record_deposit(
        municipality=town(), provider="simulated", payout=payout, amount=Decimal(1), on=day
    )
    with pytest.raises(Refusal, match=r"Renglón 2: Ese depósito ya está capturado por 1\.00"):
        statements.take_in(town=town(), data=file(f"{day},{payout},,785.07"), by="ana", channel="test")


@pytest.mark.django_db
def test_the_treasury_reads_it_on_its_page(settled):
    day, payout = settled
    browser = office("treasury")
    sent = SimpleUploadedFile("estado.csv", file(f"{day},{payout},,785.07"), content_type="text/csv")
    done = browser.post("/oficina/pueblo/conciliacion/estado/", {"archivo": sent})
    assert "1 depósito nuevo" in browser.get(done.url).content.decode()
    wrong = SimpleUploadedFile("estado.csv", file("ayer,x,,5"), content_type="text/csv")
    page = browser.post("/oficina/pueblo/conciliacion/estado/", {"archivo": wrong})
    assert (page.status_code, "Renglón 2" in page.content.decode()) == (422, True)
    assert browser.post("/oficina/pueblo/conciliacion/estado/", {}).status_code == 422


@pytest.mark.django_db
def test_the_operator_reads_it_by_command(settled, tmp_path, capsys):
    day, payout = settled
    path = tmp_path / "estado.csv"
    path.write_bytes(f"Cuando,Que,Abono\n{day},{payout},785.07\n".encode())
    words = (
        "statement",
        str(path),
        "--municipality",
        "pueblo",
        "--map",
        "date=Cuando",
        "--map",
        "reference=Que",
    )
    run(*words, "--dry-run")
    run(*words)
    assert capsys.readouterr().out.count("1 depósito nuevo") == 2
    with pytest.raises(Refusal, match="ARCHIVO"):
        run("statement")
    with pytest.raises(Refusal, match="No hay un campo"):
        run("statement", str(path), "--municipality", "pueblo", "--map", "fecha=x")
