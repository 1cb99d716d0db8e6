"""The life of an order through the database: paid, told twice, late, wrong, disputed, refunded, resolved."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from alcaldia.kernel.errors import Refusal, TryLater
from alcaldia.ledger.models import Entry
from alcaldia.payments import actions, queries, resolving
from alcaldia.payments.models import Credit, InboxItem, PaymentEvent, PaymentOrder
from alcaldia.payments.rules import money
from tests.factories.money import order, started

pytestmark = pytest.mark.django_db


def acts(folio_or_type):
    return Entry.objects.filter(type=folio_or_type).count()


def balanced():
    books = queries.money_in()
    assert books["in"] == books["applied"] + books["held"] + books["returned"]
    return books


def test_an_order_is_issued_with_its_act():
    made = order()
    assert made.folio.startswith("PAG-")
    assert (made.total, made.state, made.lines[0]["legal_basis"]) == (
        Decimal("812.40"),
        "issued",
        "Ley de Ingresos, art. 20",
    )
    assert Entry.objects.get(folio=made.folio).type == "payments.order_issued"


@pytest.mark.parametrize(
    ("total", "days", "code"), [("0", 3, "bad_lines"), ("1.234", 3, "bad_lines"), ("10", -1, "bad_expiry")]
)
def test_an_order_that_cannot_be_paid_is_not_issued(total, days, code):
    with pytest.raises(Refusal) as told:
        order(total, days=days)
    assert told.value.code == code
    assert PaymentOrder.objects.count() == 0


def test_a_signed_message_pays_and_tells_whoever_listens(city, ear):
    made = order()
    city.pay(started(made))
    assert city.listen() == 1
    made.refresh_from_db()
    assert (made.state, made.receipt[:4]) == ("paid", "REC-")
    assert ear.heard == [("paid", made.folio)]
    assert acts("payments.order_paid") == 1
    assert balanced()["applied"] == made.total


def test_asking_again_gives_the_same_attempt(city):
    made = order()
    assert started(made, "store").pk == started(made, "store").pk
    assert started(made, "transfer").number == 2


@pytest.mark.parametrize("chaos", ["duplicate", "disorder", "lost", "late", "bad_signature"])
def test_what_goes_wrong_on_the_wire_changes_nothing_for_the_payer(city, ear, chaos):
    made = order()
    attempt = started(made)
    city.pay(attempt, chaos)
    city.listen()
    city.shift = 61
    city.listen()
    actions.refresh(attempt)
    made.refresh_from_db()
    assert made.state == "paid"
    assert (ear.heard, Credit.objects.count(), InboxItem.objects.count()) == ([("paid", made.folio)], 1, 0)
    assert acts("payments.order_paid") == 1


HELD = {"twice": "duplicate", "wrong_amount": "wrong_amount", "after_expiry": "late"}


@pytest.mark.parametrize("chaos", HELD)
def test_money_that_does_not_fit_waits_for_the_treasury(city, chaos):
    made = order()
    city.pay(started(made), chaos)
    city.listen()
    [item] = queries.inbox(made.municipality)
    assert item.reason == HELD[chaos]
    assert item.credit.use == money.HELD
    assert acts("payments.money_held") == 1
    assert balanced()["held"] == item.credit.amount


def test_money_for_nobody_is_kept_too(city):
    made = order()
    attempt = started(made)
    city.pay(attempt)
    type(attempt).objects.filter(pk=attempt.pk).update(key="x", reference="y")
    city.listen()
    [item] = queries.inbox(made.municipality)
    assert (item.reason, item.order) == ("unknown_order", None)
    assert balanced()["held"] == made.total


def test_a_chargeback_disputes_the_order_and_tells(city, ear):
    made = order()
    payment = city.pay(started(made), "chargeback")
    city.listen()
    made.refresh_from_db()
    assert made.state == "disputed"
    assert ear.heard[-1] == ("disputed", made.folio)
    assert queries.inbox(made.municipality).get().reason == "chargeback"
    city.bank.dispute(payment, "reinstated")
    city.listen()
    made.refresh_from_db()
    assert (made.state, balanced()["applied"]) == ("paid", made.total)


def test_a_chargeback_before_its_payment_is_not_forgotten(city):
    made = order()
    attempt = started(made)
    city.pay(attempt, "chargeback")
    with city.bank.store.connection() as books:
        books.execute("UPDATE outbox SET seq = seq + 10 WHERE CAST(body AS TEXT) LIKE '%\"paid\"%'")
    city.listen()
    made.refresh_from_db()
    assert made.state == "issued"
    assert queries.inbox(made.municipality).get().reason == "chargeback"
    assert balanced()["returned"] == made.total


def test_a_chargeback_stands_also_where_the_case_does_not_want_to_hear_of_it(city, ear):
    made = order()
    payment = city.pay(started(made))
    city.listen()
    ear.no = Refusal("gone", "El expediente ya no existe.")
    city.bank.dispute(payment)
    city.listen()
    made.refresh_from_db()
    assert (made.state, balanced()["returned"]) == ("disputed", made.total)
    assert set(queries.inbox(made.municipality).values_list("reason", "note")) == {
        ("chargeback", ""), ("not_told", "El expediente ya no existe."),
    }  # fmt: skip


def test_a_chargeback_that_its_account_cannot_hear_now_comes_again(city, ear):
    made = order()
    payment = city.pay(started(made))
    city.listen()
    ear.no = TryLater("away", "Intente más tarde.")
    city.bank.dispute(payment)
    with pytest.raises(TryLater):
        city.listen()
    made.refresh_from_db()
    assert (made.state, InboxItem.objects.count()) == ("paid", 0)
    ear.no = None
    city.listen()
    assert ear.heard[-1] == ("disputed", made.folio)


def test_a_wrong_signature_is_kept_and_does_nothing(city):
    made = order()
    city.pay(started(made), "bad_signature")
    city.listen()
    made.refresh_from_db()
    assert (made.state, city.answers) == ("issued", [400])
    kept = PaymentEvent.objects.get()
    assert (kept.signature_ok, kept.event_id[:9]) == (False, "unsigned:")


def test_a_refund_goes_back_the_way_it_came(city, ear):
    made = order()
    city.pay(started(made))
    city.listen()
    resolving.refund(order=made, because="Se canceló el trámite", by="ana", channel="backoffice")
    city.listen()
    made.refresh_from_db()
    assert (made.state, balanced()["returned"]) == ("refunded", made.total)
    assert acts("payments.order_refunded") == 1
    with pytest.raises(Refusal, match="no tiene un pago"):
        resolving.refund(order=made, because="otra vez", by="ana", channel="backoffice")


def decide(item, how, because="Lo revisé con el banco"):
    return resolving.resolve(item=item, how=how, because=because, by="ana", channel="backoffice")


def test_late_money_is_applied_by_a_person_with_a_reason(city, ear):
    made = order()
    city.pay(started(made), "after_expiry")
    city.listen()
    done = decide(queries.inbox(made.municipality).get(), "apply")
    made.refresh_from_db()
    assert (made.state, done.resolution, done.resolved_by) == ("paid", "apply", "ana")
    assert ear.heard == [("paid", made.folio)]
    assert acts("payments.money_resolved") == 1
    assert balanced()["held"] == 0
    with pytest.raises(Refusal, match="Otra persona"):
        decide(done, "by_hand")


def test_held_money_is_given_back_by_the_provider_or_by_hand(city):
    made = order()
    city.pay(started(made), "twice")
    city.listen()
    item = queries.inbox(made.municipality).get()
    with pytest.raises(Refusal, match="dinero retenido"):
        decide(item, "noted")
    decide(item, "refund")
    assert balanced()["returned"] == made.total
    made.refresh_from_db()
    assert made.state == "paid"


@pytest.mark.parametrize("how", ["refund", "by_hand"])
def test_what_was_resolved_moves_no_more_money_from_a_page_of_before(city, how):
    made = order()
    city.pay(started(made))
    city.listen()
    actions.unwanted(made.folio, by="ana", channel="backoffice")
    item = queries.inbox(made.municipality).get()
    decide(item, "noted")
    with pytest.raises(Refusal, match="Otra persona"):
        decide(queries.item(made.municipality, item.pk), how)
    made.refresh_from_db()
    assert (made.state, balanced()["returned"]) == ("paid", 0)


def test_what_was_withdrawn_is_given_back_by_hand_once(city):
    made = order()
    city.pay(started(made))
    city.listen()
    actions.unwanted(made.folio, by="ana", channel="backoffice")
    decide(queries.inbox(made.municipality).get(), "by_hand")
    made.refresh_from_db()
    assert (made.state, balanced()["returned"]) == ("refunded", made.total)


def late_money(city):
    made = order()
    city.pay(started(made), "after_expiry")
    city.listen()
    return queries.inbox(made.municipality).get()


@pytest.mark.parametrize("how", ["by_hand", "apply", "refund"])
def test_while_the_provider_is_asked_to_give_back_nobody_else_decides(city, monkeypatch, how):
    item, ask = late_money(city), city.adapter.refund

    def meanwhile(*asked, **words):
        with pytest.raises(Refusal, match="Hace un momento"):
            decide(queries.item(item.municipality, item.pk), how)
        return ask(*asked, **words)

    monkeypatch.setattr(city.adapter, "refund", meanwhile)
    decide(item, "refund")
    assert (balanced()["returned"], acts("payments.money_resolved")) == (item.order.total, 1)


@pytest.mark.parametrize(("code", "free"), [("not_refunded", True), ("provider_down", False)])
def test_a_provider_that_says_no_leaves_the_money_to_others_and_a_silent_one_in_a_while(city, monkeypatch, code, free):  # fmt: skip
    item = late_money(city)

    def fails(*asked, **words):
        raise Refusal(code, "No se devolvió.")

    monkeypatch.setattr(city.adapter, "refund", fails)
    with pytest.raises(Refusal, match="No se devolvió"):
        decide(item, "refund")
    if not free:
        with pytest.raises(Refusal, match="Hace un momento"):
            decide(item, "by_hand")
        Credit.objects.update(asked_back_at=timezone.now() - resolving.SILENCE)
    assert decide(item, "by_hand").resolution == "by_hand"


def test_two_who_give_the_same_order_back_at_once_ask_once(city, monkeypatch):
    made, ask = order(), city.adapter.refund
    city.pay(started(made))
    city.listen()

    def meanwhile(*asked, **words):
        with pytest.raises(Refusal, match="Hace un momento"):
            resolving.refund(order=made, because="otra vez", by="eva", channel="backoffice")
        return ask(*asked, **words)

    monkeypatch.setattr(city.adapter, "refund", meanwhile)
    resolving.refund(order=made, because="doble", by="ana", channel="backoffice")
    assert (made.state, acts("payments.order_refunded")) == ("refunded", 1)


def test_money_of_another_currency_pays_nothing(city):
    made = order()
    city.pay(started(made), "after_expiry")
    city.listen()
    Credit.objects.update(currency="USD")
    with pytest.raises(Refusal, match="misma moneda"):
        decide(queries.inbox(made.municipality).get(), "apply")
    made.refresh_from_db()
    assert made.state == "issued"


def test_too_little_is_not_applied_and_a_reason_is_needed(city):
    made = order("50.00")
    attempt = started(made)
    city.bank._paid(city.bank.find(attempt.reference), 4900, city.clock())
    actions.refresh(attempt)
    item = queries.inbox(made.municipality).get()
    for how, why, code in (
        ("apply", "x", "cannot_apply"),
        ("by_hand", " ", "no_reason"),
        ("x", "y", "no_reason"),
    ):
        with pytest.raises(Refusal) as told:
            decide(item, how, why)
        assert told.value.code == code
    decide(item, "by_hand")
    assert balanced()["returned"] == Decimal(49)


def test_a_listener_that_refuses_leaves_the_money_held(city, ear):
    made = order()
    ear.no = Refusal("lapsed", "El expediente ya se archivó.")
    city.pay(started(made))
    city.listen()
    made.refresh_from_db()
    item = queries.inbox(made.municipality).get()
    assert (made.state, item.reason, item.note) == ("issued", "not_applied", "El expediente ya se archivó.")
    assert acts("payments.order_paid") == 0
    ear.no = None
    decide(item, "apply")
    made.refresh_from_db()
    assert made.state == "paid"


@pytest.mark.parametrize("no", [RuntimeError("bug above"), TryLater("away", "Intente más tarde.")])
def test_a_listener_that_breaks_or_cannot_now_undoes_the_message_and_it_is_sent_again(city, ear, no):
    made = order()
    ear.no = no
    city.pay(started(made))
    with pytest.raises(type(no)):
        city.listen()
    assert (PaymentEvent.objects.count(), InboxItem.objects.count()) == (0, 0)
    ear.no = None
    city.listen()
    made.refresh_from_db()
    assert made.state == "paid"


def test_what_nobody_paid_expires_after_the_grace(city):
    made, other = order(days=0.001), order()
    started(made)
    PaymentOrder.objects.filter(pk=made.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    assert actions.expire_due() == 0
    PaymentOrder.objects.filter(pk=made.pk).update(
        expires_at=timezone.now() - actions.GRACE - timedelta(hours=1)
    )
    assert actions.expire_due() == 1
    made.refresh_from_db()
    other.refresh_from_db()
    assert (made.state, other.state) == ("expired", "issued")
    with pytest.raises(Refusal, match="ya venció"):
        started(made)


def test_a_cancelled_order_cannot_be_paid_and_money_for_it_is_held(city):
    made = order()
    attempt = started(made)
    assert actions.cancel_order(order=made, by="ana", channel="backoffice")
    assert not actions.cancel_order(order=made, by="ana", channel="backoffice")
    city.pay(attempt)
    city.listen()
    assert queries.inbox(made.municipality).get().reason == "cancelled_order"


def test_waiting_attempts_are_asked_about_without_anybody_looking(city):
    made = order()
    city.pay(started(made), "lost")
    assert actions.refresh_waiting(older_than=timedelta(0)) == 1
    made.refresh_from_db()
    assert made.state == "paid"
    assert actions.refresh_waiting(older_than=timedelta(0)) == 0


def test_a_provider_that_is_silent_costs_one_question_a_round(city, monkeypatch):
    for subject in ("A-1", "A-2", "A-3"):
        city.pay(started(order(subject=subject)), "lost")
    asked = []

    def silent(attempt):
        asked.append(attempt)
        raise Refusal("provider_down", "No responde.", status=503)

    monkeypatch.setattr(actions, "refresh", silent)
    actions.refresh_waiting(older_than=timedelta(0))
    assert len(asked) == 1


def test_too_much_for_a_store_is_not_offered(city):
    dear = order("10000.01")
    assert [method for _, method in queries.ways_to_pay(dear)] == ["card", "transfer", "terminal"]
    with pytest.raises(Refusal, match="no se puede pagar esta orden"):
        started(dear, "store")


def test_events_can_only_be_added(city):
    city.pay(started(order()))
    city.listen()
    for sql in ("UPDATE payments_paymentevent SET kind = 'x'", "DELETE FROM payments_paymentevent"):
        with pytest.raises((DatabaseError, IntegrityError), match="append-only"), transaction.atomic():
            connection.cursor().execute(sql)


def test_the_database_itself_refuses_to_pay_an_order_twice(city):
    made = order()
    city.pay(started(made))
    city.listen()
    words = {
        "order": made,
        "amount": 1,
        "currency": "MXN",
        "use": "applied",
        "pays": True,
        "occurred_at": timezone.now(),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Credit.objects.create(provider="simulated", charge="other", **words)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentOrder.objects.filter(pk=order().pk).update(state="paid")
