"""Random days at a broker that may die at any moment: no answer without a permit, none without an earlier leaf.

`Days` runs it in this process, with a clock that goes forward and back; `Kills` in a process of its own that is killed.
"""

import json
import secrets
import shutil
import sqlite3
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access
from alcaldia.vault.rules.decision import CLOCK_TOLERANCE
from alcaldia.vault.rules.grant import Operation, Send
from alcaldia.vault.rules.sealing import field_digest
from alcaldia.vault.rules.text64 import to_bytes
from tests.factories.custody import OWNED, PAID, Custody, showing, using
from tests.factories.custody_process import Remote

OFFICES = ("pueblo/tesoreria", "pueblo/catastro")
FIELDS = ("identity.full_name", "identity.tax_code")
SECRETS = ("Casilda Ficticia", "FICC800101AAA", "P-1")
PROBE = Operation("at_least", "tax.due", (("tax.parcel", "P-1"),), 500, "")
EVENTS = (access.SHOWN, access.USED, access.OWN)
people, offices, cases = st.integers(0, 1), st.sampled_from(OFFICES), st.sampled_from(("C-1", "C-2"))


class Days(RuleBasedStateMachine):
    """`permits` and `counts` mirror what the law says; the broker must agree on every request, also after a kill."""

    clocked = True

    def open(self):
        rates = dict.fromkeys(("shows_per_minute", "refusals_per_minute", "lookups_per_minute"), 10**6)
        return Custody(self.folder, **rates)

    def close(self):
        self.custody.broker.close()

    def kill_it(self):
        self.custody.restart()

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp(prefix="broker-"))
        self.custody = self.open()
        self.people = [self.custody.person() for _ in range(2)]
        self.officials = {office: self.custody.official(office, office) for office in OFFICES}
        self.records = {one.subject: self.stored(one) for one in self.people}
        self.permits: list[dict] = []
        self.counts = {one.subject: Counter() for one in self.people}
        self.closed = ["", "x" * 43]

    def stored(self, someone):
        """What the main database holds of a person, told to the broker as it is stored."""
        name, tax, parcel = SECRETS
        records = [
            someone.record("identity", {"full_name": name, "tax_code": tax}),
            someone.record("assets", {"parcel": parcel}, item="a"),
            someone.record("tax", {"parcel": parcel, "due": "0.00"}, item="b"),
        ]
        for one in records:
            fields = {name: field_digest(to_bytes(text)) for name, text in one["fields"].items()}
            place = {name: one[name] for name in ("person", "group", "item", "number")}
            self.custody.ask("kept", heads=[{**place, "fields": fields}])
        return records

    def everybody(self):
        return (*self.people, *self.officials.values())

    def enter_again(self):
        """Sessions ended; whoever saw their tokens still has them."""
        for one in self.everybody():
            self.closed.append(one.token)
            one.token = one.enter()

    def asked(self, door, given, leaves):
        """The answer or None, with as many new leaves as that must have."""
        before = self.custody.ask("log_size")
        try:
            answer = self.custody.ask(door, **given)
        except Refusal as refusal:
            self.refusal, answer = refusal.code, None
        assert self.custody.ask("log_size") == before + leaves
        return answer

    def spend(self, permit, kind):
        permit["left"] -= 1
        self.counts[permit["grant"].person][kind] += 1

    def live(self, permit):
        grant, now = permit["grant"], self.custody.at
        in_time = grant.not_before - CLOCK_TOLERANCE <= now <= grant.not_after
        return permit["left"] > 0 and not permit["gone"] and in_time

    def drawn(self, data, mode=""):
        """A permit of this mode, if there is any."""
        fitting = [one for one in self.permits if mode in {"", one["grant"].mode}]
        return data.draw(st.sampled_from(fitting)) if fitting else None

    @rule(person=people, office=offices, fields=st.integers(1, 2), uses=st.integers(1, 2), use=st.booleans(),
          starts=st.sampled_from((-1, 0, 24)))  # fmt: skip
    def give(self, person, office, fields, uses, use, starts):
        someone, start = self.people[person], self.custody.at + timedelta(hours=starts)
        times = {"max_uses": uses, "not_before": start, "not_after": start + timedelta(days=2)}
        if use:
            grant = someone.use_grant(**times)
        else:
            grant = someone.grant(office=office, fields=FIELDS[:fields], **times)
        someone.give(grant)
        self.permits.append({"grant": grant, "person": person, "left": uses, "gone": False})

    @precondition(lambda self: self.permits)
    @rule(data=st.data())
    def take_back(self, data):
        permit = self.drawn(data)
        self.custody.ask("revoke_grant", grant=permit["grant"].id, token=self.people[permit["person"]].token)
        permit["gone"] = True

    @rule(data=st.data(), office=offices, fields=st.integers(1, 2), case=cases)
    def look(self, data, office, fields, case):
        permit = self.drawn(data, "show")
        if permit is None:
            return
        grant, wanted = permit["grant"], FIELDS[:fields]
        fits = office == grant.office and set(wanted) <= set(grant.fields) and case == grant.case
        token, records = self.officials[office].token, self.records[grant.person]
        given = showing(grant, token, records, fields=list(wanted), case=case)
        lawful = fits and self.live(permit)
        answer = self.asked("show", given, 1)
        assert (answer is not None) == lawful
        if lawful:
            assert {name for one in answer for name in one["fields"]} == {
                one.partition(".")[2] for one in wanted
            }
            self.spend(permit, access.SHOWN)

    @rule(data=st.data(), who=st.integers(0, 2), operation=st.sampled_from((OWNED, PAID, PROBE)), case=cases)
    def use(self, data, who, operation, case):
        permit = self.drawn(data, "use")
        if permit is None:
            return
        grant, asker = permit["grant"], self.everybody()[who]
        fits = asker.subject == grant.person and operation != PROBE and case == grant.case
        given = using(grant, operation, asker.token, self.records[grant.person], case=case)
        lawful = fits and self.live(permit)
        assert self.asked("use", given, 1) is (True if lawful else None)
        if lawful:
            self.spend(permit, access.USED)

    @rule(who=st.integers(0, 3), person=people)
    def own(self, who, person):
        asker, owner = self.everybody()[who], self.people[person]
        given = {"token": asker.token, "records": self.records[owner.subject]}
        answer = self.asked("own", given, int(asker is owner))
        assert (answer is not None) == (asker is owner)
        if answer:
            self.counts[owner.subject][access.OWN] += 1

    @rule(person=people)
    def steal(self, person):
        """The web's own rights with tokens that ended, or none: nothing, and nothing is counted."""
        records = self.records[self.people[person].subject]
        for token in self.closed[-6:]:
            assert self.asked("own", {"token": token, "records": records}, 0) is None
            assert self.refusal == "no_vault_session"
            for permit in self.permits[-3:]:
                assert self.asked("show", showing(permit["grant"], token, records), 0) is None

    @precondition(lambda self: any(one["grant"].mode == "show" for one in self.permits))
    @rule(data=st.data(), how=st.sampled_from(("fields", "office", "max_uses", "case")))
    def forge(self, data, how):
        """SQL on the broker's own store: a permit that nobody signed, under a real signature over another one."""
        grant, office = self.drawn(data, "show")["grant"], self.officials[OFFICES[1]]
        wider = {"fields": (*FIELDS, "contact.email"), "office": OFFICES[1], "max_uses": 77, "case": "C-9"}
        forged = replace(grant, nonce=secrets.token_urlsafe(18), **{how: wider[how]})
        send = Send("ab" * 32, (forged,))
        with sqlite3.connect(self.folder / "broker.sqlite3") as store:
            sql = "SELECT b.assertion FROM bundle b JOIN permit p ON p.bundle = b.hash WHERE p.id = ?"
            [assertion] = store.execute(sql, (grant.id,)).fetchone()
            row = (send.challenge().hex(), grant.person, json.dumps(send.body()), assertion)
            store.execute("INSERT OR IGNORE INTO bundle VALUES (?, ?, ?, ?, '', '2026-01-01')", row)
            row = (forged.id, row[0], grant.person, forged.nonce, forged.office, forged.case)
            sql = "INSERT OR IGNORE INTO permit VALUES (?, ?, 0, ?, ?, ?, ?, 0, NULL)"
            store.execute(sql, row)
        store.close()
        official = self.officials[forged.office] if how != "office" else office
        assert self.asked("show", showing(forged, official.token, self.records[grant.person]), 1) is None
        assert self.refusal == "not_signed"

    @rule(data=st.data(), person=people)
    def swap(self, data, person):
        """SQL on the main database: another person's ciphertext in the place of the one that a permit is for."""
        permit = self.drawn(data, "show")
        if permit is None or not self.live(permit):
            return
        grant, [other] = (
            permit["grant"],
            [one for one in self.people if one.subject != permit["grant"].person],
        )
        theirs = [one | {"person": grant.person} for one in self.records[other.subject]]
        token = self.officials[grant.office].token
        assert self.asked("show", showing(grant, token, theirs), 0) is None
        assert self.refusal == "rolled_back"

    @rule()
    def copy(self):
        """Whoever copies the store and the database reads no value in them."""
        held = b"".join(one.read_bytes() for one in self.folder.glob("broker.sqlite3*"))
        held += json.dumps(self.records).encode()
        assert [one for one in SECRETS[:2] if one.encode() in held] == []

    @precondition(lambda self: self.clocked)
    @rule(hours=st.sampled_from((1, 23, 49)))
    def forward(self, hours):
        self.custody.at += timedelta(hours=hours)
        self.steal(0)
        self.enter_again()

    @precondition(lambda self: self.clocked and self.permits)
    @rule(data=st.data(), hours=st.sampled_from((1, 30)))
    def back(self, data, hours):
        """Behind what the broker saw nobody gets anything, whatever was in force then."""
        permit, now = self.drawn(data, "show"), self.custody.at
        self.custody.at -= timedelta(hours=hours)
        for one in self.people:
            given = {"token": one.token, "records": self.records[one.subject]}
            assert self.asked("own", given, 0) is None
            assert self.refusal == "clock_back"
        if permit:
            grant = permit["grant"]
            given = showing(grant, self.officials[grant.office].token, self.records[grant.person])
            assert self.asked("show", given, 0) is None
            assert self.refusal == "clock_back"
        self.custody.at = now

    @rule()
    def kill(self):
        self.kill_it()
        self.enter_again()

    def teardown(self):
        if not hasattr(self, "counts"):
            return
        for one in self.people:
            told = self.custody.ask("my_accesses", token=one.token, limit=500)
            kinds = Counter(row["event"]["kind"] for row in told)
            assert {kind: kinds[kind] for kind in EVENTS} == {
                kind: self.counts[one.subject][kind] for kind in EVENTS
            }
            assert all(row["place"] is not None for row in told)
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Kills(Days):
    """The same with a real process, which a signal ends in the middle of the day."""

    clocked = False

    def open(self):
        return Remote(self.folder)

    def close(self):
        self.custody.end()
        self.custody.web.close()
        self.custody.operator.close()

    def kill_it(self):
        self.custody.kill()
        self.custody.start()


def played(machine, examples, steps):
    chosen = {"max_examples": examples, "stateful_step_count": steps, "deadline": None}
    run_state_machine_as_test(machine, settings=settings(**chosen, suppress_health_check=list(HealthCheck)))


def test_no_day_of_lawful_and_hostile_acts_opens_a_field_without_a_live_permit_and_an_earlier_leaf():
    played(Days, 40, 40)


def test_no_such_day_does_when_the_process_is_killed_in_it():
    played(Kills, 4, 20)
