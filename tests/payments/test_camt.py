"""A bank statement as CAMT.053: what a CSV gives, from the bank's own XML, and nothing that a hostile file could do."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.kernel.errors import Refusal
from alcaldia.payments import queries, settling, statements
from alcaldia.payments.models import BankDeposit
from alcaldia.payments.rules import xml_entries
from alcaldia.payments.rules.formats import read
from alcaldia.payments.rules.statement import BadStatement
from tests.conftest import ROOT
from tests.factories.money import order, town
from tests.payments.test_office_pages import _plain_static_files, office
from tests.payments.test_statement import differences, settled

assert _plain_static_files
assert settled
FILES = {one.stem: one.read_bytes() for one in (ROOT / "tests" / "samples" / "statements").glob("*.xml")}
FIRST, LATER = FILES["camt-053-02"], FILES["camt-053-08"]
SPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
BOOKED = '<Amt Ccy="MXN">785.07</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-28</Dt></BookgDt>'


def file(*entries, space=SPACE, head=""):
    body = "".join(f"<Ntry>{one}</Ntry>" for one in entries)
    return f'{head}<Document xmlns="{space}"><BkToCstmrStmt><Stmt>{body}</Stmt></BkToCstmrStmt></Document>'.encode()


def refused(data):
    with pytest.raises(BadStatement) as found:
        read(data)
    return str(found.value)


@pytest.mark.parametrize("data", [FIRST, LATER], ids=["02", "08"])
def test_two_versions_say_the_same_deposits(data):
    one, batch = read(data)
    assert (one.where, one.on, one.amount) == ("Movimiento 1", date(2026, 11, 28), Decimal("785.07"))
    assert "DISP-UNO" in one.reference.split()
    assert [(part.amount, part.reference.split()[0]) for part in batch.parts] == [
        (10, "DISP-TRES"),
        (20, "DISP-CUATRO"),
    ]
    assert (batch.amount, "NOTPROVIDED" in str(batch)) == (30, False)


def test_every_reference_of_a_movement_is_one_text():
    assert read(FIRST)[0].reference == "1 BANCO-778 DISP-UNO Dispersión de cobros en línea"
    assert read(LATER)[0].reference == "1 DISP-UNO RF18000"
    assert "Recaudación" in read(LATER)[1].parts[1].reference


@pytest.mark.parametrize("version", ["03", "04", "06", "07", "10", "13"])
def test_the_versions_between_and_after_are_read(version):
    assert [one.amount for one in read(file(BOOKED, space=SPACE[:-2] + version))] == [Decimal("785.07")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_its_content_says_that_it_is_xml_in_any_encoding(encoding):
    head = (
        f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig").replace("cp1252", "windows-1252")}"?>'
    )
    text = file(BOOKED + "<AddtlNtryInf>Recaudación</AddtlNtryInf>", head=head).decode()
    assert read(text.encode(encoding))[0].reference == "Recaudación"


def test_a_csv_is_still_one_whatever_it_is_called():
    assert read(b"Fecha,Referencia,Abono\n2026-11-28,DISP-1,5\n")[0].where == "Rengl\u00f3n 2"


DETAIL = "<TxDtls><Refs><TxId>{}</TxId></Refs>{}</TxDtls>"
TEN = '<Amt Ccy="MXN">10</Amt>'


@pytest.mark.parametrize(
    "second",
    ["", TEN, '<Amt Ccy="USD">775.07</Amt>', '<Amt Ccy="MXN">775.07</Amt><CdtDbtInd>DBIT</CdtDbtInd>'],
)
def test_a_batch_whose_parts_do_not_make_it_stays_whole(second):
    details = DETAIL.format("A", TEN) + DETAIL.format("B", second)
    line = read(file(f"{BOOKED}<NtryDtls>{details}</NtryDtls>"))[0]
    assert (line.parts, line.reference, line.amount) == ((), "A B", Decimal("785.07"))


BOMB = '<!DOCTYPE x [<!ENTITY a "ja">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"  # fmt: skip
DECLARED = {
    "a bomb": BOMB, "a file of the server": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "a DTD elsewhere": '<!DOCTYPE x SYSTEM "https://example.org/x.dtd">', "a bare type": "<!DOCTYPE Document>",
}  # fmt: skip


@pytest.mark.parametrize("what", DECLARED)
def test_what_declares_anything_is_refused_before_it_is_expanded(what):
    assert "declara entidades o un tipo de documento" in refused(
        file(f"{BOOKED}<AddtlNtryInf>&i;</AddtlNtryInf>", head=DECLARED[what])
    )


WRONG = {
    "no amount": (BOOKED.replace('<Amt Ccy="MXN">785.07</Amt>', ""), "Movimiento 2: no dice su cantidad"),
    "an empty amount": (BOOKED.replace("785.07", ""), "Movimiento 2: no dice su cantidad"),
    "an odd amount": (BOOKED.replace("785.07", "1e9"), "«1e9» no es una cantidad"),
    "a third decimal": (BOOKED.replace("785.07", "785.071"), "«785.071» no es una cantidad"),
    "less than nothing": (BOOKED.replace("785.07", "-5"), "«-5» no es una cantidad"),
    "dollars": (BOOKED.replace("MXN", "USD"), "Movimiento 2: está en USD y los cobros del municipio son en MXN"),
    "no currency": (BOOKED.replace(' Ccy="MXN"', ""), "una moneda que no dice"),
    "no date": (BOOKED.replace("BookgDt", "Otro"), "no dice su fecha"),
    "no such date": (BOOKED.replace("2026-11-28", "2026-02-31"), "«2026-02-31» no es una fecha"),
    "no side": (BOOKED.replace("CRDT", ""), "no dice si es abono o cargo"),
    "no status": (BOOKED.replace("<Sts>BOOK</Sts>", ""), "no dice si está asentado"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_missing_or_wrong_names_its_movement(what):
    entry, said = WRONG[what]
    assert said in refused(file(BOOKED, entry))


OTHERS = {
    "cut": (FIRST[: len(FIRST) // 2], "está cortado"), "only its head": (b"<?xml version='1.0'?>", "está cortado"),
    "an entity that nobody declared": (file("<Amt>&x;</Amt>"), "no es XML bien formado"),
    "another message": (file(BOOKED, space=SPACE.replace("053", "054")), "es un camt.054"),
    "too old": (file(BOOKED, space=SPACE[:-2] + "01"), "desde camt.053.001.02"), "another XML": (b"<html/>", "no es un estado de cuenta CAMT.053"),
    "an unknown encoding": (file(head='<?xml version="1.0" encoding="klingon"?>'), "codificación"),
    "a long text": (file(f"<NtryRef>{'a' * 2001}</NtryRef>"), "más de 2,000 letras"),
    "too deep": (file("<a>" * 40 + "</a>" * 40), "demasiados elementos"), "too big": (b"<" + b" " * (5 * 1024 * 1024), "pasa de 5 MB"),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_statement_says_what_to_do(what):
    data, said = OTHERS[what]
    assert said in refused(data)


def test_elements_are_bounded(monkeypatch):
    monkeypatch.setattr(xml_entries, "MOST_ELEMENTS", 20)
    assert "demasiados elementos" in refused(file(BOOKED, BOOKED, BOOKED))


@given(st.binary(max_size=300), st.integers(0, 900))
def test_whatever_comes_is_read_or_said(data, at):
    for one in (b"<" + data, FIRST[:at] + data + FIRST[at:]):
        with suppress(BadStatement):
            assert all(line.amount > 0 for line in read(one))


@pytest.mark.django_db
@pytest.mark.parametrize("data", [FIRST, LATER], ids=["02", "08"])
def test_the_three_books_agree_by_it_and_twice_is_once(settled, data):
    day, payout = settled
    mine = data.replace(b"DISP-UNO", payout.encode()).replace(b"2026-11-28", str(day).encode())
    taken = [statements.take_in(town=town(), data=mine, by="ana", channel="test") for _ in range(2)]
    assert [(one.fresh, one.known, one.others) for one in taken] == [(1, 0, 2), (0, 1, 2)]
    assert differences(day) == []


@pytest.mark.django_db
def test_a_batch_is_one_deposit_where_the_whole_is_named_else_each_of_its_parts(settled):
    day, payout = settled
    whole = BOOKED.replace("2026-11-28", str(day))
    details = DETAIL.format(payout, TEN) + DETAIL.format("OTRA", '<Amt Ccy="MXN">775.07</Amt>')
    taken = {}
    for name, reference in (("parts", "lote"), ("whole", payout)):
        data = file(f"<NtryRef>{reference}</NtryRef>{whole}<NtryDtls>{details}</NtryDtls>")
        statements.take_in(town=town(), data=data, by="ana", channel="test")
        taken[name] = BankDeposit.objects.get().amount
        BankDeposit.objects.all().delete()
    assert taken == {"parts": Decimal(10), "whole": Decimal("785.07")}


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["no amount", "dollars", "no such date", "cut", "a bomb", "twice"])
def test_nothing_is_kept_of_a_file_that_is_wrong_anywhere(settled, what):
    day, payout = settled
    good = BOOKED.replace("2026-11-28", str(day)) + f"<AddtlNtryInf>{payout}</AddtlNtryInf>"
    data = file(
        good, good if what == "twice" else WRONG.get(what, (good, ""))[0], head=DECLARED.get(what, "")
    )
    with pytest.raises(Refusal) as refusal:
        statements.take_in(town=town(), data=data[:-30] if what == "cut" else data, by="ana", channel="test")
    assert (refusal.value.code, refusal.value.status, BankDeposit.objects.count()) == (
        "bad_statement",
        422,
        0,
    )


@pytest.mark.django_db
def test_one_amount_for_two_transfers_is_for_a_person(settled):
    day, payout = settled
    other = "DISP-OTRA"
    more = settling.Movement.objects.create(
        **{**settling.Movement.objects.values().first(), "id": None, "row": "otra"}
    )
    settling.PaidOut.objects.create(movement=more, payout=other, told_at=timezone.now())
    data = file(f"{BOOKED}<AddtlNtryInf>{payout} {other}</AddtlNtryInf>")
    with pytest.raises(Refusal, match="nombra dos transferencias"):
        statements.take_in(town=town(), data=data, by="ana", channel="test")
    assert not BankDeposit.objects.exists()


@pytest.mark.django_db
def test_the_currency_is_the_one_that_the_town_charges_in():
    assert queries.currency_of(town()) == "MXN"
    owed = order()
    owed.currency = "CRC"
    owed.save(update_fields=["currency"])
    with pytest.raises(Refusal, match="está en MXN y los cobros del municipio son en CRC"):
        statements.take_in(town=town(), data=FIRST, by="ana", channel="test")


@pytest.mark.django_db
def test_the_treasury_reads_it_on_its_page_under_any_name(settled):
    day, payout = settled
    browser = office("treasury")
    data = FIRST.replace(b"DISP-UNO", payout.encode()).replace(b"2026-11-28", str(day).encode())
    sent = SimpleUploadedFile("estado.csv", data, content_type="text/csv")
    done = browser.post("/oficina/pueblo/conciliacion/estado/", {"archivo": sent})
    assert "1 dep\u00f3sito nuevo" in browser.get(done.url).content.decode()
    bomb = SimpleUploadedFile("estado.xml", file(BOOKED, head=BOMB), content_type="text/xml")
    page = browser.post("/oficina/pueblo/conciliacion/estado/", {"archivo": bomb})
    assert (page.status_code, "declara entidades" in page.content.decode()) == (422, True)
