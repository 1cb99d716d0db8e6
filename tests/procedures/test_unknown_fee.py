"""A fee that the rules cannot compute is never zero: the page says so, a person sets it with its basis, and it is charged."""

import json
import re
from decimal import Decimal
from html import unescape

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures.actions import clocks, reviewing
from alcaldia.vault.rules.text64 import to_bytes
from tests.factories.people import log_in, with_key
from tests.procedures.conftest import SAMPLES, begun, installed, later, sent
from tests.procedures.officials import official
from tests.procedures.test_pages import words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def grant(town, tmp_path):
    """A procedure that a rule would decide at once, whose fee divides by zero."""
    with _installed(town, tmp_path, ""):
        yield town


@pytest.fixture
def signed(town, tmp_path):
    """The same, with a signature."""
    with _installed(town, tmp_path, "signature: {post: director}\n"):
        yield town


def _installed(town, tmp_path, more, tacit=""):
    text = (SAMPLES / "permiso-baile.yaml").read_text(encoding="utf-8")
    text = re.sub(r"tacit: \w+", f"tacit: {tacit}\n  tacit_basis: Art. 1", text) if tacit else text
    text = text.replace("formula: derechos,", "formula: derechos / (personas - personas),")
    text = text.replace("moment: before_submission, ", "")
    mine = tmp_path / "permiso-baile.yaml"
    mine.write_text(text.replace("document:", f"{more}document:"), encoding="utf-8")
    return installed(town, mine)


def test_the_page_before_sending_says_that_a_person_sets_the_cost(client, grant):
    draft = begun(grant, "permiso-baile", personas="50")
    client.cookies["borrador"] = draft.code
    page = words(client.get(f"/borrador/{draft.draft.public_id}/revisar/"))
    assert "No se pudo calcular el costo" in page
    assert "Se lo diremos al resolver." in page
    assert "resuelve de inmediato" not in page


def test_the_official_sets_it_with_its_basis_and_it_is_charged(client, grant):
    case, _ = sent(grant, "permiso-baile", personas="50")
    assert (case.outcome, case.state, case.order) == ("", "to_sign", "")
    log_in(client, official(grant, "ana", "comercio-y-via-publica"))
    page = f"/oficina/pueblo/solicitud/{case.folio}/"
    assert "La regla no pudo calcularlo" in words(client.get(page))
    told = {"resultado": "granted", "motivos": "Cabe.", "costo": "1,250.50"}
    refused = client.post(f"{page}resolver/", told)
    assert (refused.status_code, "su fundamento" in words(refused)) == (422, True)
    assert (
        client.post(f"{page}resolver/", {**told, "fundamento": "Ley de ingresos art. 9"}).status_code == 302
    )
    case.refresh_from_db()
    order = PaymentOrder.objects.get(folio=case.order)
    assert (case.state, case.fee, order.total) == ("decided", Decimal("1250.50"), Decimal("1250.50"))
    assert order.lines[0]["legal_basis"] == "Ley de ingresos art. 9"


def test_who_signs_signs_the_amount_with_it(client, signed):
    case, _ = sent(signed, "permiso-baile", personas="50")
    head = official(signed, "jefa", "comercio-y-via-publica", "director")
    device = with_key(head)
    log_in(client, head)
    page = f"/oficina/pueblo/solicitud/{case.folio}/"
    told = {"resultado": "granted", "motivos": "Cabe.", "costo": "90"}
    assert "su fundamento" in words(client.post(f"{page}revisar/", told))
    shown = client.post(f"{page}revisar/", {**told, "fundamento": "Art. 9"})
    assert "$90.00 Art. 9" in words(shown)
    form = {
        name: unescape(value)
        for name, value in re.findall(r'(data-options|name="state" value)="([^"]*)"', shown.content.decode())
    }
    options, state = json.loads(form["data-options"]), form['name="state" value']
    credential = json.dumps(device.sign(to_bytes(options["challenge"])))
    assert client.post(f"{page}firmar/", {"state": state, "credential": credential}).status_code == 302
    case.refresh_from_db()
    assert (case.fee, case.outcome, bool(case.order)) == (Decimal(90), "granted", True)


@pytest.mark.parametrize("fee", ["", "mucho", "-1", "99999999999999", "1.234"])
def test_an_amount_that_is_none_is_refused_and_nothing_is_decided(grant, fee):
    case, _ = sent(grant, "permiso-baile", personas="50")
    who = official(grant, "ana", "comercio-y-via-publica")
    with pytest.raises(Refusal):
        reviewing.resolve(folio=case.folio, outcome="granted", reasons=["Cabe."], official=who, channel="test",
                          fee=fee, basis="Art. 9")  # fmt: skip
    case.refresh_from_db()
    assert (case.outcome, case.order) == ("", "")


def test_a_fee_that_the_rule_knows_is_not_written_by_hand(party_of_one, town):
    who = official(town, "ana", "comercio-y-via-publica")
    with pytest.raises(Refusal, match="ya lo calculó la regla"):
        reviewing.resolve(folio=party_of_one.folio, outcome="granted", reasons=["Sí."], official=who, channel="test",
                          fee="1", basis="Art. 9")  # fmt: skip


@pytest.fixture
def party_of_one(town):
    """A case with a fee that its rule computed, which waits for agencies."""
    return sent(town, "ocupacion-via-publica", lugar="Plaza", que="comida", m2="9", dias="3")[0]


def test_silence_grants_nothing_for_nothing_where_the_cost_is_unknown(town, tmp_path):
    with _installed(town, tmp_path, "", "approval"):
        case, _ = sent(town, "permiso-baile", personas="50")
        done = clocks.run(town, later(case, 60))
    case.refresh_from_db()
    assert (done.escalated, done.failed, case.state, case.outcome) == (1, [], "to_sign", "")
