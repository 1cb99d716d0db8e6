"""A broker in the test's own process, with a clock that the test sets and passkeys in software."""

import secrets
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from alcaldia.broker.config import Config
from alcaldia.broker.core import Broker
from alcaldia.broker.doors import OPERATOR, WEB, answer
from alcaldia.kernel.key_acts import further_key, printed_codes
from alcaldia.vault.rules import codes, sealing, wire
from alcaldia.vault.rules.erasing import erasure
from alcaldia.vault.rules.grant import SHOW, USE, Grant, Operation, Send
from alcaldia.vault.rules.provenance import Place, stated
from alcaldia.vault.rules.spare import MAKE, PAPER, PERSON, Act
from alcaldia.vault.rules.text64 import to_bytes, to_text
from tests.factories.passkey import SoftPasskey

TOWN = "pueblo"
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
OWNED = Operation("contains", "assets.parcel", (), "P-1", "")
PAID = Operation("is_zero", "tax.due", (("tax.parcel", "P-1"),), None, "")


def office(agency: str) -> str:
    """Of the town that tests have, unless it says of which."""
    return agency if "/" in agency else f"{TOWN}/{agency}"


def post(agency: str, role: str = "", since: str = "") -> dict[str, str]:
    """As the operator tells the broker."""
    return {"office": office(agency), "role": role, "since": since}


class Custody:
    """A broker and everything around it; `at` is its clock."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self.at = START
        self.config = replace(Config(folder, now=lambda: self.at), **config)
        self.broker = Broker(self.config)

    def ask(self, name: str, /, **given: Any) -> Any:
        return self._through(WEB, name, given)

    def operate(self, name: str, /, **given: Any) -> Any:
        return self._through(OPERATOR, name, given)

    def _through(self, doors: Any, name: str, given: dict[str, Any]) -> Any:
        told = answer(self.broker, doors, {"door": name, "given": given})
        if not told["ok"]:
            raise wire.refusal(told)
        return told["answer"]

    def restart(self) -> None:
        self.broker.close()
        self.broker = Broker(self.config)

    def person(self) -> "Someone":
        return Someone(self, "p_" + to_text(secrets.token_bytes(17))[:22], {"kind": "new"})

    def official(
        self,
        agency: str = "tesoreria",
        name: str = "Ada Ficticia",
        role: str = "",
        also: tuple[str, ...] = (),
    ) -> "Someone":
        subject = "o_" + to_text(secrets.token_bytes(17))[:22]
        posts = [post(one, role) for one in (agency, *also)]
        self.operate("give_offices", subject=subject, posts=posts, name=name)
        code = self.operate("invite", subject=subject, name=name)
        return Someone(self, subject, {"kind": "invitation", "code": code})


class Someone:
    """A subject with a passkey and an open session."""

    def __init__(self, custody: Custody, subject: str, authority: dict[str, Any]) -> None:
        self.custody, self.subject, self.key = custody, subject, SoftPasskey()
        self.certificate = self.enrol(self.key, authority)
        self.token = self.enter()

    def enrol(self, key: SoftPasskey, authority: dict[str, Any]) -> Any:
        given = self.registration(key)
        return self.custody.ask("enrol", **given, authority=authority)

    def registration(self, key: SoftPasskey) -> dict[str, Any]:
        """What a device answers that makes a new key for this subject."""
        challenge = self.custody.ask("challenge", purpose="enrol", subject=self.subject)
        options = {"challenge": challenge, "user": {"id": to_text(self.subject.encode())}}
        return {"subject": self.subject, "challenge": challenge, "credential": key.create(options)}

    def add(self, key: SoftPasskey, **other: Any) -> Any:
        """One more key under this session, which the one that is there signs."""
        given = self.registration(key)
        authority = {
            "kind": "session",
            "token": self.token,
            "assertion": self.allowing(key, given["challenge"]),
        }
        return self.custody.ask("enrol", **given, authority=authority | other)

    def allowing(self, key: SoftPasskey, challenge: str, by: SoftPasskey | None = None) -> dict[str, Any]:
        """The signature of an earlier key over exactly this new one."""
        what = further_key(self.subject, to_bytes(challenge), key.id, key.public())
        return (by or self.key).sign(sha256(what).digest())

    def printed(self, *codes: str, **other: Any) -> None:
        """Recovery codes as the person makes them."""
        challenge = self.custody.ask("challenge", purpose="codes", subject=self.subject)
        signed = sha256(printed_codes(self.subject, to_bytes(challenge), codes)).digest()
        given = {"subject": self.subject, "codes": list(codes), "challenge": challenge, "token": self.token}
        self.custody.ask("remember_codes", **given | {"assertion": self.key.sign(signed)} | other)

    def enter(self, key: SoftPasskey | None = None) -> str:
        challenge = self.custody.ask("challenge", purpose="session", subject=self.subject)
        assertion = (key or self.key).get({"challenge": challenge})
        return str(
            self.custody.ask("open_session", subject=self.subject, challenge=challenge, assertion=assertion)
        )

    def record(
        self, group: str, values: dict[str, Any], *, item: str = "", number: int = 1, **proof: Any
    ) -> dict[str, Any]:
        source, key = proof.get("source", "declared"), proof.get("key")
        public = to_bytes(self.certificate["public"])
        place = Place(self.subject, group, item, "", number)
        held = stated(values, source=source, date="2026-01-01", record=place, key=key)
        suite = self.certificate["suite"]
        other = self.certificate.get("other")
        second = (other["suite"], to_bytes(other["public"])) if other else None
        return sealing.seal_record(
            self.subject, group, item, number, held, suite=suite, public=public, second=second
        ).wire()

    def grant(self, **other: Any) -> Grant:
        usual: dict[str, Any] = {
            "person": self.subject, "office": office("tesoreria"), "role": "", "mode": SHOW, "fields": ("identity.full_name",),
            "operations": (), "purpose": "resolve-request", "case": "C-1", "not_before": self.custody.at,
            "not_after": self.custody.at + timedelta(days=1), "max_uses": 3, "nonce": secrets.token_urlsafe(18),
        }  # fmt: skip
        return Grant(**(usual | other))

    def use_grant(self, **other: Any) -> Grant:
        fields = ("assets.parcel", "tax.parcel", "tax.due")
        usual = {"mode": USE, "role": "automatic", "fields": fields, "operations": (OWNED, PAID)}
        return self.grant(**(usual | other))

    def give(self, *grants: Grant) -> list[str]:
        send = Send("ab" * 32, grants)
        found = self.custody.ask("give", send=send.body(), assertion=self.key.sign(send.challenge()))
        return list(found)

    def act(self, what: str, kind: str = "", **about: str) -> dict[str, Any]:
        """An act about a spare key, signed: what the web hands over."""
        nonce = self.custody.ask("challenge", purpose="spare", subject=self.subject)
        act = Act(what, self.subject, nonce, kind, about)
        return {"act": act.body(), "assertion": self.key.sign(act.challenge()), "token": self.token}

    def erasing(self) -> dict[str, Any]:
        """What the erasure of this person's vault needs, signed."""
        challenge = self.custody.ask("challenge", purpose="erase", subject=self.subject)
        signed = self.key.sign(erasure(self.subject, to_bytes(challenge)))
        return {"challenge": challenge, "assertion": signed, "token": self.token}

    def spare(self, kind: str = PAPER, **about: str) -> dict[str, str]:
        """A new spare key: its id, and its code where it is on paper."""
        return dict(self.custody.ask("make_spare", **self.act(MAKE, kind, **about)))

    def trusts(self, other: "Someone") -> str:
        """The id of a spare by a trusted person, who hands over a code."""
        code = self.custody.ask("trust_code", token=other.token)
        return self.spare(PERSON, code=codes.mark(code))["id"]


def lose_keys(folder: Path) -> None:
    """What an administrator, a ransom or a broken disk does to the master keys."""
    shutil.rmtree(folder / "kek")


def showing(grant: Grant, token: str, records: list[dict[str, Any]], **other: Any) -> dict[str, Any]:
    """What an official of the grant's office sends."""
    usual = {"grant": grant.id, "fields": list(grant.fields), "purpose": grant.purpose, "case": grant.case}
    return usual | {"token": token, "records": records} | other


def using(
    grant: Grant, operation: Operation, token: str, records: list[dict[str, Any]], **other: Any
) -> dict[str, Any]:
    usual = {"grant": grant.id, "operation": operation.body(), "purpose": grant.purpose, "case": grant.case}
    return usual | {"token": token, "records": records} | other


@contextmanager
def custody(**config: Any):
    """A broker in a short folder of its own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="broker-"))
    made = Custody(folder, **config)
    try:
        yield made
    finally:
        made.broker.close()
        shutil.rmtree(folder, ignore_errors=True)
