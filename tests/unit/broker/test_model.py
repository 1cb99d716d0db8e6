"""Random days at a broker that may die at any moment: no answer without a permit, none without an earlier leaf."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access
from tests.factories.custody import showing
from tests.factories.custody_process import Remote

OFFICES = ("tesoreria", "catastro")
FIELDS = ("identity.full_name", "identity.tax_code")


class Days(RuleBasedStateMachine):
    """`expected` mirrors what the law says; the broker must agree on every request, also after a kill."""

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp(prefix="broker-"))
        self.remote = Remote(self.folder)
        self.people = [self.remote.person() for _ in range(2)]
        self.officials = {office: self.remote.official(office, office) for office in OFFICES}
        self.records = {
            one.subject: [one.record("identity", {"full_name": "N", "tax_code": "T"})] for one in self.people
        }
        self.permits: list[dict] = []
        self.shown = dict.fromkeys((one.subject for one in self.people), 0)

    @rule(person=st.integers(0, 1), office=st.sampled_from(OFFICES), fields=st.integers(1, 2), uses=st.integers(1, 2),
          starts=st.sampled_from((-1, 0, 24)))  # fmt: skip
    def give(self, person, office, fields, uses, starts):
        someone = self.people[person]
        start = self.remote.at + timedelta(hours=starts)
        grant = someone.grant(office=office, fields=FIELDS[:fields], max_uses=uses, not_before=start,
                              not_after=start + timedelta(days=2))  # fmt: skip
        someone.give(grant)
        self.permits.append(
            {"grant": grant, "person": person, "left": uses, "gone": False, "early": starts > 0}
        )

    @precondition(lambda self: self.permits)
    @rule(data=st.data())
    def take_back(self, data):
        permit = data.draw(st.sampled_from(self.permits))
        self.remote.ask("revoke_grant", grant=permit["grant"].id, token=self.people[permit["person"]].token)
        permit["gone"] = True

    @precondition(lambda self: self.permits)
    @rule(
        data=st.data(),
        office=st.sampled_from(OFFICES),
        fields=st.integers(1, 2),
        case=st.sampled_from(("C-1", "C-2")),
    )
    def look(self, data, office, fields, case):
        permit = data.draw(st.sampled_from(self.permits))
        grant = permit["grant"]
        fits = office == grant.office and set(FIELDS[:fields]) <= set(grant.fields) and case == grant.case
        lawful = fits and permit["left"] > 0 and not permit["gone"] and not permit["early"]
        asked = showing(
            grant,
            self.officials[office].token,
            self.records[grant.person],
            fields=list(FIELDS[:fields]),
            case=case,
        )
        before = self.remote.ask("log_size")
        try:
            answer = self.remote.ask("show", **asked)
        except Refusal:
            answer = None
        assert (answer is not None) == lawful
        assert self.remote.ask("log_size") == before + 1
        if lawful:
            permit["left"] -= 1
            self.shown[grant.person] += 1

    @rule(person=st.integers(0, 1))
    def steal(self, person):
        """The web's own rights without anybody's session: nothing."""
        for token in ("", "x" * 43):
            with pytest.raises(Refusal, match="Entre otra vez"):
                self.remote.ask("own", token=token, records=self.records[self.people[person].subject])

    @rule()
    def kill(self):
        self.remote.kill()
        self.remote.start()
        for one in (*self.people, *self.officials.values()):
            one.token = one.enter()

    def teardown(self):
        if not hasattr(self, "remote"):
            return
        for one in self.people:
            told = self.remote.ask("my_accesses", token=one.token, limit=500)
            assert sum(row["event"]["kind"] == access.SHOWN for row in told) == self.shown[one.subject]
            assert all(row["place"] is not None for row in told)
        self.remote.end()
        self.remote.web.close()
        self.remote.operator.close()
        shutil.rmtree(self.folder, ignore_errors=True)


TestDays = Days.TestCase
TestDays.settings = settings(
    max_examples=4, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
