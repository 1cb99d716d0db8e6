"""What each provider's own way of paying out asks of its adapter."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.connectors import mercadopago_releases as releases
from alcaldia.connectors.conekta_transfers import Moved, Sent, allot
from alcaldia.kernel.errors import Refusal
from tests.fakes.providers import Recorded

D = Decimal
DAY = date(2025, 12, 1)


def exchange(double, method, path, **query):
    return next(
        one for one in double.tape["exchanges"]
        if (one["method"], one["path"]) == (method, path) and one.get("query", {}).items() >= query.items()
    )  # fmt: skip


def rows(double, day="paid_out_on"):
    found = double.adapter.read_settlement(date.fromisoformat(double.tape[day]))
    return {row.row: row for row in found}


@pytest.mark.parametrize("name", ["stripe", "mercadopago", "conekta"])
def test_what_is_settled_and_not_yet_at_the_bank_names_no_transfer(name):
    [row] = rows(Recorded(name), "settled_on").values()
    assert (row.kind, row.payout) == ("payment", "")


@pytest.fixture
def stripe():
    return Recorded("stripe")


@pytest.fixture
def payout(stripe):
    return exchange(stripe, "GET", "/v1/payouts", **{"arrival_date[gte]": "1764633600"})["answer"]["data"][0]


def test_stripe_is_asked_by_creation_and_by_arrival_which_is_all_that_its_lists_take(stripe):
    rows(stripe)
    asked = {name for request in stripe.sent for name in request.url.params}
    assert asked == {
        "created[gte]", "created[lt]", "arrival_date[gte]", "arrival_date[lt]", "payout", "limit", "expand[]",
    }  # fmt: skip


def test_stripe_s_own_fees_are_part_of_what_the_bank_receives(stripe):
    assert rows(stripe)["txn_2"].net == D("-1.50")


def test_a_payout_of_stripe_that_is_not_told_whole_yet_is_read_later(stripe, payout):
    payout["reconciliation_status"] = "in_progress"
    assert rows(stripe) == {}


def test_a_payout_of_stripe_by_hand_is_one_row_for_its_rows_are_not_told(stripe, payout):
    payout |= {"automatic": False, "reconciliation_status": "not_applicable"}
    [row] = rows(stripe).values()
    assert (row.net, row.kind, row.charge, row.payout) == (D("773.66"), "other", "", "po_1")


@pytest.mark.parametrize("automatic", [True, False])
def test_a_payout_of_stripe_that_failed_brings_nothing(stripe, payout, automatic):
    payout |= {
        "automatic": automatic,
        "status": "failed",
        "trace_id": {"status": "unsupported", "value": None},
    }
    assert sum(row.net for row in rows(stripe).values()) == 0


def test_an_inquiry_takes_no_money_and_what_takes_it_afterwards_does(stripe):
    assert stripe.adapter.verify_webhook(*stripe.message("inquiry")) is None
    told = stripe.tape["webhooks"]["inquiry"]
    told["type"], told["data"]["object"]["status"] = "charge.dispute.funds_withdrawn", "needs_response"
    assert stripe.adapter.verify_webhook(*stripe.message("inquiry")).kind == "disputed"


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [("stripe", "/v1/refunds", "failed"), ("mercadopago", "/v1/payments/1320001/refunds", "rejected")],
)
def test_a_refund_that_did_not_happen_is_not_told_as_one(name, path, status):
    double = Recorded(name)
    exchange(double, "POST", path)["answer"]["status"] = status
    with pytest.raises(Refusal) as refusal:
        double.adapter.refund(
            double.tape["charge"], D("812.40"), currency="MXN", reference="r", idempotency_key="k"
        )
    assert refusal.value.code == "provider_refused"


def test_a_payment_of_mercado_pago_that_was_cancelled_is_no_money_although_it_was_approved_once():
    double = Recorded("mercadopago")
    exchange(double, "GET", "/v1/payments/1320001")["answer"]["status"] = "cancelled"
    assert double.adapter.verify_webhook(*double.message("paid")).kind == "failed"


def test_a_chargeback_of_conekta_names_its_charge_and_what_is_not_found_is_told_again():
    double = Recorded("conekta")
    told = double.adapter.verify_webhook(*double.message("charged_back"))
    assert (told.kind, told.charge) == ("disputed", double.tape["charge"])
    exchange(double, "GET", "/charges")["answer"]["data"] = []
    with pytest.raises(Refusal) as refusal:
        double.adapter.verify_webhook(*double.message("disputed"))
    assert refusal.value.code == "provider_down"


def test_mercado_pago_is_asked_for_a_report_that_there_is_none_of_and_once():
    double = Recorded("mercadopago")
    listed = exchange(double, "GET", "/v1/account/release_report/list")["answer"]
    exchange(double, "GET", "/v1/account/release_report/config")["status"] = 404
    for _ in range(2):
        with pytest.raises(Refusal, match=r"prepara el reporte del 02/12/2025"):
            double.adapter.read_settlement(date(2025, 12, 2))
        listed.append(exchange(double, "POST", "/v1/account/release_report")["answer"])
    posted = [request for request in double.sent if request.method == "POST"]
    assert [request.url.path.rpartition("/")[2] for request in posted] == ["config", "release_report"]
    assert posted[1].content == b'{"begin_date":"2025-11-25T00:00:00Z","end_date":"2025-12-02T23:59:59Z"}'


def test_a_report_without_its_columns_says_which():
    double = Recorded("mercadopago")
    file = next(one for one in double.tape["exchanges"] if "lines" in one)
    file["lines"][0] = file["lines"][0].replace("GROSS_AMOUNT", "OTRA")
    with pytest.raises(Refusal, match=r"GROSS_AMOUNT.*Revise sus columnas"):
        rows(double)


HEAD = "DATE,SOURCE_ID,RECORD_TYPE,DESCRIPTION,NET_CREDIT_AMOUNT,NET_DEBIT_AMOUNT,GROSS_AMOUNT,TAXES_AMOUNT"


def told(*lines, opening="0", head=HEAD):
    first = f"2025-11-25T00:00:00Z,,initial_available_balance,,{opening},0,{opening},0"
    text = "\n".join([head, first, *lines, ",,total,,0,0,0,0"])
    return {row.row: row for row in releases.settled(*releases.read(text.encode()), DAY)}


def line(hour, source, what, net, gross=None, day=1, tax="0"):
    credit, debit = (net, "0") if D(net) > 0 else ("0", net.lstrip("-"))
    at = f"2025-12-{day:02}T{hour:02}:00:00.000-06:00"
    return f"{at},{source},release,{what},{credit},{debit},{gross or net},{tax}"


def of(found, payout):
    return sum(row.net for row in found.values() if row.payout == payout)


def test_what_a_withdrawal_leaves_in_the_balance_is_the_next_one_s():
    found = told(
        line(8, "1", "payment", "95.00", "100.00", tax="-0.69"), line(9, "W1", "payout", "-60.00"),
        line(10, "2", "payment", "50.00"), line(11, "1", "refund", "-10.00"), line(12, "W2", "payout", "-80.00"),
        line(13, "3", "payment", "7.00"), opening="5.00",
    )  # fmt: skip
    assert (of(found, "W1"), of(found, "W2")) == (60, 80)
    assert [(one.fee, one.tax) for one in found.values() if one.row == "1:payment"] == [
        (D("4.31"), D("0.69"))
    ]
    assert [one.payout for one in found.values() if one.charge == "1"] == ["W1", "W2"]
    assert found["3:payment"].payout == ""
    assert all(one.net == one.gross - one.fee - one.tax for one in found.values())


def test_what_a_withdrawal_costs_does_not_reach_the_bank():
    found = told(line(8, "1", "payment", "401.60"), line(9, "W1", "payouts_cash", "-401.60", "-400.00"))
    assert (of(found, "W1"), found["W1:cost"].net) == (400, D("-1.60"))


def test_a_withdrawal_that_the_bank_sent_back_brings_nothing_and_the_next_one_has_it():
    found = told(
        line(8, "1", "payment", "90.00"), line(9, "W1", "payout", "-90.00"), line(10, "W1", "payout", "90.00"),
        line(11, "W2", "payout", "-90.00"),
    )  # fmt: skip
    assert (of(found, "W1"), of(found, "W2")) == (0, 90)


def test_the_same_movement_twice_is_two_rows():
    found = told(*[line(9, "1", "refund", "-5.00")] * 2)
    assert sum(one.net for one in found.values()) == -10


def test_a_heading_in_another_language_ends_in_its_code():
    assert told(line(8, "1", "payment", "9.00"), head=HEAD.replace("DATE", "Fecha de liberación (DATE)"))


@pytest.mark.parametrize("bad", ["ayer,1,release,payment,1,0,1,0", "2025-12-01T08:00:00Z,1,release,payment,x,0,1,0", "2025-12-01T08:00:00Z,1,release"])  # fmt: skip
def test_a_line_that_cannot_be_read_is_named(bad):
    with pytest.raises(releases.BadReport, match="3"):
        told(bad)


def moved(*cents):
    return [Moved(f"t{at}", at, each) for at, each in enumerate(cents)]


def allotted(movements, *sent):
    found = allot(movements, [Sent(f"s{at}", at, cents) for at, cents in sent])
    return {name: [one.id for one in run] for name, run in found.items()}


@pytest.mark.parametrize(
    ("cents", "sent", "found"),
    [
        ((5, 7, 11), [(9, 12)], {"s9": ["t0", "t1"]}), ((5, 7, 11), [(9, 18)], {"s9": ["t1", "t2"]}),
        # What came after the transfer is not in it; what no run adds up to is not guessed.
        ((5, 7, 11), [(1, 7)], {}), ((5, 7, 11), [(9, 16)], {}),
        # Two runs could be it, but one begins where the transfer before ended.
        ((3, 5, 5, 5), [(8, 8), (9, 5)], {"s8": ["t0", "t1"], "s9": ["t2"]}), ((5, 5), [(9, 5)], {}),
        ((5, 7), [(8, 5), (9, 5)], {"s8": ["t0"]}),
        ((10, -4, 6), [(9, 12)], {"s9": ["t0", "t1", "t2"]}),
    ],
)  # fmt: skip
def test_the_cents_prove_what_went_in_a_transfer(cents, sent, found):
    assert allotted(moved(*cents), *sent) == found


@given(st.lists(st.integers(-500, 9999), max_size=12), st.lists(st.tuples(st.integers(0, 20), st.integers(1, 30_000)), max_size=4))  # fmt: skip
def test_whatever_is_allotted_adds_up_and_nothing_twice(cents, sent):
    found = allot(moved(*cents), [Sent(f"s{n}", at, each) for n, (at, each) in enumerate(sent)])
    every = [one.id for run in found.values() for one in run]
    assert len(every) == len(set(every))
    for n, (at, each) in enumerate(sent):
        run = found.get(f"s{n}")
        assert run is None or (sum(one.cents for one in run) == each and all(one.at < at for one in run))


def test_a_transfer_of_conekta_that_nothing_proves_is_one_row():
    double = Recorded("conekta")
    exchange(double, "GET", "/transfers")["answer"]["data"][0]["amount"] = 50_000
    [row] = rows(double).values()
    assert (row.net, row.charge, row.payout, row.traced) == (D(500), "", double.tape["payout"], "7301942")


def test_lists_of_conekta_are_followed_until_they_are_too_old():
    double = Recorded("conekta")
    page = exchange(double, "GET", "/transactions")
    old = page["answer"]["data"][0] | {
        "id": "vieja", "created_at": int((datetime(2025, 12, 1, tzinfo=UTC) - timedelta(days=40)).timestamp()),
    }  # fmt: skip
    second = {
        **page,
        "query": {"next": page["answer"]["data"][0]["id"]},
        "answer": {"data": [old], "has_more": True},
    }
    page["answer"]["has_more"] = True
    double.tape["exchanges"].insert(0, second)
    assert {row.payout for row in rows(double).values()} == {double.tape["payout"]}
    assert sum(request.url.path == "/transactions" for request in double.sent) == 2


def test_a_balance_of_zero_is_no_row():
    assert set(told(line(8, "1", "payment", "9.00"), line(9, "W1", "payout", "-9.00"))) == {"1:payment"}
