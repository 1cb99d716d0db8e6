"""Accounts go from a stream into vaults, and nowhere else."""

import json

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.vault import importing, queries
from alcaldia.vault.importing import import_accounts, read_csv
from alcaldia.vault.models import Holder, RecordVersion
from tests.factories.town import town as make_town
from tests.factories.vaults import account, fresh_account

pytestmark = pytest.mark.django_db


def take(*rows, town="pueblo"):
    return import_accounts(rows, town=town, by="consola", channel="cli")


def test_an_owner_reads_what_was_imported_with_its_source(broker):
    number = fresh_account()
    take(account(number, "14-003", due="812.40", name="Tiburcio Inventado"))
    owner = broker.owner(number)
    held = {one.name: one for one in queries.own(owner.subject, owner.token)}
    assert held["identity.full_name"].value == "Tiburcio Inventado"
    assert (held["tax.due"].value, held["tax.due"].source_label) == ("812.40", "Tesorería municipal")


def test_what_registers_say_names_the_town_by_its_name(broker):
    make_town()
    number = fresh_account()
    take(account(number, "14-003"))
    owner = broker.owner(number)
    held = [one for one in queries.own(owner.subject, owner.token) if one.field == "city"]
    assert {(one.name, one.value, one.label) for one in held} == {
        (f"{group}.city", "pueblo", "Municipio") for group in ("assets", "tax", "water")
    }
    assert {one.text for one in held} == {Municipality.objects.get().name}


def test_what_was_imported_without_its_town_is_written_anew(broker, monkeypatch):
    row = account(fresh_account(), "14-003")
    monkeypatch.setattr(importing, "_asked", asked_before)
    take(row)
    monkeypatch.undo()
    assert take(row).stored == 3
    assert take(row).stored == 0


def asked_before(row, town):
    """A row as it was compared before its town was a part of what is kept."""
    item = ["account", f"{town} {row['account']}", json.dumps(row, sort_keys=True)]
    return {"person": ["person", row["person"]], "items": [item], "about": f"{town} {row['parcel']}"}


def test_the_same_file_again_changes_nothing(broker):
    row = account(fresh_account(), "14-003")
    first, again = take(row), take(row)
    assert (first.people, first.stored) == (1, 4)
    assert (again.people, again.stored) == (0, 0)


def test_a_changed_row_is_a_new_version_of_the_same_item(broker):
    row = account(fresh_account(), "14-003", due="100.00")
    take(row)
    take(row | {"predial_pendiente": "0.00"})
    owner = broker.owner(row["cuenta"])
    [tax] = queries.items_of(queries.own(owner.subject, owner.token), "tax")
    assert tax["due"] == "0.00"
    assert RecordVersion.objects.filter(group="tax").count() == 2


def test_one_person_with_two_accounts_has_one_vault(broker):
    rows = [account(fresh_account(), f"14-{n}", person="XF1234ABCD") for n in range(2)]
    take(*rows)
    assert Holder.objects.count() == 1
    assert RecordVersion.objects.filter(group="assets").values("item").distinct().count() == 2


def test_no_column_holds_anything_of_the_row(broker):
    row = account(fresh_account(), "14-003-777", due="4321.09", name="Eduviges Piedraluna", person="XF99ZZ")
    take(row)
    kept = str(list(Holder.objects.values())) + str(list(RecordVersion.objects.values()))
    assert [value for value in row.values() if value in kept and len(value) > 4] == []


def test_bad_rows_are_counted_by_line_and_said_without_their_content(broker):
    good, bad = account(fresh_account(), "14-003"), account(fresh_account(), "14-004", due="mucho")
    report = take(good, bad, good | {"titular": " "}, good | {"predial_pendiente": "-5"})
    assert [line for line, _ in report.faults] == [3, 4, 5]
    assert "mucho" not in str(report.faults)


def test_a_csv_with_semicolons_and_a_mark_at_its_head_is_read():
    [row] = read_csv(["\ufeffCuenta;Clave catastral;CURP;Titular;Adeudo\n", "U1;14;XF1;Ana;5\n"])
    assert row["Adeudo"] == "5"


def test_a_file_without_its_columns_is_refused_with_their_names():
    with pytest.raises(Refusal, match="cuenta, clave, identificador|cuenta, clave, curp"):
        list(read_csv(["a,b\n", "1,2\n"]))


def test_an_account_that_changed_hands_is_the_new_owners_alone(broker):
    """Whoever sold a parcel owns it no more, and the code of its next bill does not open their vault."""
    row = account(fresh_account(), "14-003", person=f"XF{fresh_account()}")
    other = account(fresh_account(), "14-004", person=row["identificador"])
    take(row, other)
    sold = row | {"identificador": f"XF{fresh_account()}", "titular": "Nueva Dueña"}
    before = broker.operate("activation", kind="account", value=f"pueblo {row['cuenta']}")
    take(sold)
    seller, buyer = broker.owner(other["cuenta"]), broker.owner(row["cuenta"])

    assert buyer.subject != seller.subject == before["subject"]
    assert [one["parcel"] for one in queries.items_of(queries.own(buyer.subject, buyer.token), "assets")] == [
        "14-003"
    ]
    for group in ("assets", "tax", "water"):
        theirs = queries.items_of(queries.own(seller.subject, seller.token), group)
        assert "14-003" not in [one["parcel"] for one in theirs], group
    assert take(sold, other).stored == 0


def test_an_account_that_a_file_gives_to_two_is_the_first_ones_and_the_other_line_is_told(broker):
    row = account(fresh_account(), "14-005", person=f"XF{fresh_account()}")
    other = row | {"identificador": f"XF{fresh_account()}", "titular": "Otra Persona"}
    report = take(row, other, row)
    assert [number for number, _ in report.faults] == [3]
    assert "vale el primer renglón" in report.faults[0][1]
    assert report.people == 1
    assert take(row, other).stored == 0
