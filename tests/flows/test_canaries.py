"""Nothing that was planted in vaults is found anywhere under the installation's home, nor in the web process."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core import serializers

from alcaldia.payments.models import PaymentEvent
from alcaldia.project.bench.canaries import (
    amount,
    canary,
    dump,
    files_under,
    forms,
    found_in,
    grouped,
    id_code,
    mail,
    memory_of,
    street,
)
from alcaldia.project.together import child_environment
from alcaldia.vault import actions
from alcaldia.vault.actions import Statement
from alcaldia.vault.importing import import_accounts
from alcaldia.vault.models import Holder
from alcaldia.vault.rules.grant import Operation
from tests.factories.custody import using
from tests.factories.town import town as make_town
from tests.factories.vaults import account, fresh_account
from tests.flows.test_no_debt import _plain_static_files, ask, enter

pytestmark = pytest.mark.django_db(transaction=True)
HOW_MANY = int(os.environ.get("ALCALDIA_CANARIES", "400"))
assert _plain_static_files


@pytest.fixture
def planted(broker, client, caplog):
    """A day's work over vaults full of canaries."""
    caplog.set_level("DEBUG")
    make_town()
    names = [canary(number) for number in range(HOW_MANY)]
    numbers = [fresh_account() for _ in names]
    codes, dues = ([kind(number) for number in range(HOW_MANY)] for kind in (id_code, amount))
    rows = [
        account(
            number, "L1" if at == 0 else f"K{at}", name=name, person=codes[at], due=dues[at] if at else "0.00"
        )
        for at, (number, name) in enumerate(zip(numbers, names, strict=True))
    ]
    import_accounts(rows, town="pueblo", by="consola", channel="cli")
    owner = broker.owner(numbers[0])
    enter(client, owner)
    own = canary(99_999)
    address, place = mail(0), street(0)
    written = {"contact": {"email": address}, "address": {"street": place}, "identity": {"tax_code": own}}
    for group, values in written.items():
        actions.store([Statement(owner.subject, group, values)], by="citizen", channel="portal")
        assert [one for one in values.values() if one not in client.get("/boveda/").content.decode()] == []
    assert ask(client, owner, "L1").status_code == 302
    for address in ("/boveda/consultas/", "/boveda/permisos/", f"/verificar/{own}", "/tramites/no-adeudo/"):
        client.get(address)
    spelled = [grouped(one) for one in dues]
    return [*names, *codes, *dues, *spelled, address, place, own], caplog.text


def test_no_planted_name_is_found_in_any_file_row_or_log_line(planted):
    names, logged = planted
    names_in_url = names[-1:]
    files = list(files_under(Path(settings.HOME)))
    assert len(files) > 20
    guilty = {path.name: found for path in files if (found := found_in(path.read_bytes(), names))}
    assert guilty == {}
    assert found_in(dump(), names) == []
    assert [one for one in found_in(logged.encode(), names) if one not in names_in_url] == []
    assert serializers.serialize("json", Holder.objects.all()[:1])


@pytest.mark.parametrize("kind", [canary, id_code, amount, street, mail], ids=lambda one: one.__name__)
def test_the_search_would_find_one(kind):
    name = kind(1)
    for form in forms(name):
        assert found_in(b"xx" + form + b"yy", [name]) == [name]
    encoded = base64.b64encode(f"abcde{name}fghij".encode())
    assert found_in(encoded, [name]) == [name]


def test_the_dump_holds_binary_columns_as_they_are():
    """Written as Python writes bytes, an accent would hide the name."""
    name = canary(2)
    PaymentEvent.objects.create(provider="x", event_id="x", kind="x", raw=name.encode(), signature_ok=False, source="webhook", received_at="2026-01-01T00:00Z")  # fmt: skip
    assert found_in(dump(), [name]) == [name]


USER = """
import json, os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "alcaldia.project.settings"
import django; django.setup()
from alcaldia.vault import custodian
given = json.loads(sys.stdin.readline())
print(custodian.ask("use", **given), flush=True)
time.sleep(60)
"""


def test_a_process_that_used_data_without_showing_it_holds_none(broker):
    """Its memory is read as root would read it. (What a page has shown stays in freed memory until it is reused.)"""
    name = canary(7)
    person = broker.citizen()
    asked = Operation("equals", "identity.full_name", (), name[::-1], "")
    grant = person.use_grant(fields=("identity.full_name",), operations=(asked,))
    person.give(grant)
    given = using(grant, asked, person.token, [person.record("identity", {"full_name": name})])
    child = subprocess.Popen(
        [sys.executable, "-c", USER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **child_environment(), "ALCALDIA_HOME": str(settings.HOME)},
    )  # fmt: skip
    try:
        say(child, json.dumps(given))
        assert child.stdout.readline() == "False\n"
        data = memory_of(child.pid)
        assert person.subject.encode() in data
        assert found_in(data, [name]) == []
    finally:
        child.kill()
        child.communicate()


def say(child, line):
    child.stdin.write(line + "\n")
    child.stdin.flush()
