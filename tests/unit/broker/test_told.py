"""What a person is told beyond their own accesses: mentions in others' records, and the month's counts."""

from datetime import timedelta

import pytest

from alcaldia.kernel.errors import Refusal
from tests.factories.custody import showing


@pytest.fixture
def neighbours(custody):
    """Two owners of one parcel, and one of another."""
    rows = [
        {"person": ["person", f"X{number}"], "items": [["account", f"A{number}", "c"]], "about": parcel}
        for number, parcel in enumerate(("town P-1", "town P-1", "town P-2"))
    ]
    return custody.operate("admit", rows=rows, suite="x25519")


def owner(custody, told, number):
    from tests.factories.custody import Someone

    code = custody.operate("activation", kind="account", value=f"A{number}")["code"]
    return Someone(custody, told[number]["subject"], {"kind": "code", "code": code})


def kinds(custody, person):
    return [one["event"]["kind"] for one in custody.ask("my_accesses", token=person.token)]


def looked_at(custody, person, item, **other):
    official = custody.official()
    grant = person.grant(fields=("assets.parcel",), **other)
    person.give(grant)
    record = person.record("assets", {"parcel": "P-1"}, item=item)
    custody.ask("show", **showing(grant, official.token, [record]))
    return grant


def test_the_other_owner_reads_that_it_was_looked_at_and_not_whose_case_it_was(custody, neighbours):
    first, second, third = (owner(custody, neighbours, number) for number in range(3))
    looked_at(custody, first, neighbours[0]["items"][0]["item"])
    assert kinds(custody, second)[0] == "mentioned"
    assert "mentioned" not in kinds(custody, third) + kinds(custody, first)
    event = custody.ask("my_accesses", token=second.token)[0]["event"]
    assert (event["official"], event["office"]) == ("Ada Ficticia", "pueblo/tesoreria")
    assert [event[name] for name in ("case", "purpose", "grant", "fields")] == ["", "", "", []]
    assert first.subject not in str(event)


def test_of_land_of_many_everybody_is_told_once_a_minute(custody):
    rows = [
        {"person": ["person", f"Y{n}"], "items": [["account", f"A{n}", "c"]], "about": "ejido"}
        for n in range(30)
    ]
    told = custody.operate("admit", rows=rows, suite="x25519")
    first, official = owner(custody, told, 0), custody.official()
    record, grant = (
        first.record("assets", {"parcel": "P-1"}, item=told[0]["items"][0]["item"]),
        first.grant(fields=("assets.parcel",)),
    )
    first.give(grant)
    for _ in range(3):
        custody.ask("show", **showing(grant, official.token, [record]))
    sql = "SELECT person, count(*) AS n FROM access WHERE kind = 'mentioned' GROUP BY person"
    assert {row["person"]: row["n"] for row in custody.broker.store.all(sql)} == {
        one["subject"]: 1 for one in told[1:]
    }


def test_a_use_without_showing_mentions_nobody_and_an_erased_owner_is_told_nothing(custody, neighbours):
    first, second = owner(custody, neighbours, 0), owner(custody, neighbours, 1)
    custody.ask("erase", **second.erasing())
    looked_at(custody, first, neighbours[0]["items"][0]["item"])
    rows = custody.broker.store.all("SELECT 1 FROM access WHERE kind = 'mentioned'")
    assert rows == []


def test_a_month_is_counted_once_when_it_is_over(custody, neighbours):
    first, second = owner(custody, neighbours, 0), owner(custody, neighbours, 1)
    looked_at(custody, first, neighbours[0]["items"][0]["item"])
    with pytest.raises(Refusal, match="todavía no termina"):
        custody.ask("close_month", month=f"{custody.at:%Y-%m}")
    month, custody.at = f"{custody.at:%Y-%m}", custody.at + timedelta(days=40)
    assert custody.ask("close_month", month=month) is True
    assert custody.ask("close_month", month=month) is False
    first.token, second.token = first.enter(), second.enter()
    [told] = custody.ask("my_digests", token=first.token)
    assert (told["month"], told["shown"], told["mentioned"]) == (month, 1, 0)
    [other] = custody.ask("my_digests", token=second.token)
    assert (other["shown"], other["mentioned"]) == (0, 1)


def test_the_next_month_counts_only_what_came_since(custody, neighbours):
    first = owner(custody, neighbours, 0)
    looked_at(custody, first, neighbours[0]["items"][0]["item"])
    custody.at += timedelta(days=40)
    custody.ask("close_month", month="2026-03")
    custody.at += timedelta(days=30)
    custody.ask("close_month", month="2026-04")
    first.token = first.enter()
    assert [one["shown"] for one in custody.ask("my_digests", token=first.token)] == [0, 1]
