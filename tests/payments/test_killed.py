"""kill -9 in the middle of messages: nothing acknowledged is lost, nothing is done twice; on both engines."""

import json
import random
import subprocess
import sys

import pytest

from tests.unit.ledger.test_processes import environment

assert environment
pytestmark = pytest.mark.django_db(transaction=True)
ORDERS = 40
SETUP = """
import sys
from datetime import timedelta
from alcaldia.project import django_setup
django_setup.start()
from django.utils import timezone
from alcaldia.kernel import outbound
from alcaldia.connectors.simulated import SimulatedBank
from alcaldia.connectors.simulated_bank.app import application
from alcaldia.connectors.simulated_bank.delivery import deliver
from alcaldia.kernel.models import Municipality
from alcaldia.payments import actions, queries
from alcaldia.payments.models import *
from alcaldia.payments.ports import plugged
from alcaldia.project.payments import bank
one = bank()
plugged.providers = {"simulated": SimulatedBank(outbound.inside(application(one, "/b")), one.secret, "/b")}
"""
PAY = """
town = Municipality.objects.create(slug="pueblo", name="Pueblo")
lines = [{"concept": "x", "account": "", "amount": "10.50", "legal_basis": "art. 1"}]
for turn in range(int(sys.argv[1])):
    order = actions.issue_order(municipality=town, subject=f"account:{turn}", lines=lines, expires_at=timezone.now() + timedelta(days=1), by="citizen", channel="t")
    attempt = actions.start_attempt(order=order, provider="simulated", by="citizen", channel="t")
    one.pay(one.find(attempt.reference), ("none", "duplicate", "twice", "chargeback")[turn % 4])
"""
LISTEN = """
import httpx
def door(request):
    actions.receive_webhook(provider="simulated", headers=dict(request.headers), raw=request.content)
    print("told", flush=True)
    return httpx.Response(200)
with httpx.Client(transport=httpx.MockTransport(door)) as client:
    while deliver(one, client):
        pass
"""
BOOKS = """
import json
from alcaldia.ledger.models import Entry
states = {state: PaymentOrder.objects.filter(state=state).count() for state in ("issued", "paid", "disputed")}
acts = {kind: Entry.objects.filter(type="payments." + kind).count() for kind in ("order_issued", "order_paid", "order_disputed", "money_held")}
books = {name: str(value) for name, value in queries.money_in().items()}
print(json.dumps({"states": states, "acts": acts, "books": books, "inbox": InboxItem.objects.count()}))
"""


def script(values, text, *words):
    return subprocess.Popen(
        [sys.executable, "-c", SETUP + text, *words], env=values, stdout=subprocess.PIPE, text=True
    )


def finished(values, text, *words):
    with script(values, text, *words) as process:
        out = process.stdout.read()
    assert process.returncode == 0
    return out


def test_a_killed_listener_loses_and_doubles_nothing(environment):
    finished(environment, PAY, str(ORDERS))
    chance = random.Random(4)
    for _ in range(4):
        with script(environment, LISTEN) as process:
            for _ in range(chance.randrange(1, 12)):
                process.stdout.readline()
            process.kill()
    finished(environment, LISTEN)
    right(environment)


def test_two_who_hear_the_same_messages_at_the_same_time_do_them_once(environment):
    finished(environment, PAY, str(ORDERS))
    with script(environment, LISTEN) as one, script(environment, LISTEN) as two:
        heard = [process.stdout.read().count("told") for process in (one, two)]
    assert (one.returncode, two.returncode) == (0, 0)
    assert sum(heard) >= ORDERS
    right(environment)


def right(environment):
    """Every order paid once, a quarter disputed, a quarter paid again and held, and not a cent astray."""
    told = json.loads(finished(environment, BOOKS))
    quarter = ORDERS // 4
    assert told["states"] == {"issued": 0, "paid": 3 * quarter, "disputed": quarter}
    assert told["acts"] == {
        "order_issued": ORDERS,
        "order_paid": ORDERS,
        "order_disputed": quarter,
        "money_held": 2 * quarter,
    }
    assert told["inbox"] == 2 * quarter
    amounts = {name: float(value) for name, value in told["books"].items()}
    assert amounts == {
        "in": 10.5 * 5 * quarter,
        "applied": 10.5 * 3 * quarter,
        "held": 10.5 * quarter,
        "returned": 10.5 * quarter,
    }
