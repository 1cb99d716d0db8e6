"""Two officials decide about the same money in the same moment: it goes back once, by one way."""

import pytest
from django.db import transaction

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.models import Entry
from alcaldia.payments import hearing, queries, resolving
from alcaldia.payments.models import Credit, InboxItem
from alcaldia.payments.rules import money
from tests.factories.money import order, started
from tests.unit.identity.test_at_once import together

pytestmark = pytest.mark.django_db(transaction=True)


def of_no_order(city):
    """Held money that no order claims: only its own row can be locked."""
    made = order()
    city.pay(started(made), "twice")
    city.listen()
    InboxItem.objects.update(order=None)
    return queries.inbox(made.municipality).get()


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("other", ["by_hand", "refund"])
def test_money_goes_back_by_one_way(city, other, turn):
    item = of_no_order(city)
    words = {"item": item, "because": "doble", "by": "ana", "channel": "backoffice"}
    ways = ("refund", other)
    told = together([lambda how=how: resolving.resolve(how=how, **words) for how in ways])
    item.refresh_from_db()
    assert (told.count("done"), item.credit.returned) == (1, item.credit.amount)
    asked = city.bank.store.one("SELECT returned FROM payments WHERE id = ?", item.credit.charge)["returned"]
    assert bool(asked) is (item.resolution == "refund")
    assert Entry.objects.filter(type="payments.money_resolved").count() == 1


def test_news_that_was_being_read_leaves_the_claim_of_who_asks_for_the_money(city):
    """Its row was read before somebody asked the provider to give the money back, and is written after."""
    waiting = of_no_order(city).credit
    read_before = Credit.objects.get(pk=waiting.pk)
    with transaction.atomic():
        resolving._claim(waiting)
    hearing._put(read_before, money.Credit(waiting.amount, money.HELD, waiting.returned))
    with pytest.raises(Refusal, match="se pidió al proveedor"):
        resolving._check_alone(Credit.objects.get(pk=waiting.pk))
