"""The vault's figures against a broker in a process of its own: releases, revocation, visibility, re-keying."""

import os
import secrets
import sqlite3
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from alcaldia.broker import process
from alcaldia.kernel.errors import Refusal
from alcaldia.project.bench.clock import percentile
from alcaldia.project.bench.forgery import forged
from alcaldia.project.bench.passkey import SoftPasskey
from alcaldia.vault.link import Link
from alcaldia.vault.rules import sealing, suites
from alcaldia.vault.rules.access import SHOWN
from alcaldia.vault.rules.grant import SHOW, Grant, Send
from alcaldia.vault.rules.offices import office
from alcaldia.vault.rules.text64 import to_bytes, to_text

ADDRESS = "http://localhost:8000"
TREASURY = office("medicion", "tesoreria")
ROUNDS, PEOPLE, RECORDS = 1_500, 100_000, 4
FORGED, STRANGE = 5_000, 200
"""Grants changed somewhere, and looks under permits that nobody gave."""
EACH = 20
"""Looks by one official while a permit is taken back: the broker takes more in a minute for a flood."""
USES, OFFICIALS = 100, 300
"""Looks of a permit; and so many officials that none is asked to wait at 300 looks a second."""


def run() -> dict[str, Any]:
    """One broker; a release is grant check, use counted, leaf on disk, key unwrapped, field opened."""
    from alcaldia.vault import custodian

    with tempfile.TemporaryDirectory(prefix="vb-") as name, ExitStack() as ending:
        folder = custodian.folder()
        ending.enter_context(process.running(folder, ADDRESS))
        web, operator = Link(folder / "web" / "socket"), Link(folder / "operator" / "socket", timeout=600)
        ending.callback(web.close)
        ending.callback(operator.close)
        found = {**_releases(web, operator, folder / "broker.sqlite3"), "forged": _forged(web)}
        return {**found, **_split_adds(Path(name)), **_rekeying(web, operator)}


def _split_adds(place: Path) -> dict[str, Any]:
    """Milliseconds (difference of medians) that a second broker on the same machine adds to a release."""
    medians = {}
    with process.running(place / "second", ADDRESS):
        os.environ["ALCALDIA_BROKER_GUARDIAN"] = str(place / "second" / "web" / "socket")
        try:
            for folder in ("split", "whole"):
                with process.running(place / folder, ADDRESS), ExitStack() as ending:
                    links = [Link(place / folder / name / "socket") for name in ("web", "operator")]
                    for link in links:
                        ending.callback(link.close)
                    medians[folder] = _median_release(*links)
                os.environ.pop("ALCALDIA_BROKER_GUARDIAN", None)
        finally:
            os.environ.pop("ALCALDIA_BROKER_GUARDIAN", None)
    return {"split_adds_ms": round(medians["split"] - medians["whole"], 3)}


def _median_release(web: Link, operator: Link) -> float:
    person, spent = Key(web, _subject("p"), {"kind": "new"}), []
    record, [grant] = _record(person.certificate), _permits(web, person, 1)
    officials = [make_official(web, operator) for _ in range(2)]
    for number in range(USES):
        before = time.perf_counter()
        _show(web, grant, officials[number % 2], record)
        spent.append(1000 * (time.perf_counter() - before))
    return percentile(spent, 50)


class Key:
    """A subject with a passkey in this process, enrolled at a broker and with an open session there."""

    def __init__(self, link: Link, subject: str, authority: dict[str, Any]) -> None:
        self.subject, self.passkey = subject, SoftPasskey(origin=ADDRESS)
        challenge = link.ask("challenge", purpose="enrol", subject=subject)
        credential = self.passkey.create({"challenge": challenge, "user": {"id": to_text(subject.encode())}})
        given = {"subject": subject, "challenge": challenge, "credential": credential}
        self.certificate = link.ask("enrol", **given, authority=authority)
        challenge = link.ask("challenge", purpose="session", subject=subject)
        given = {"subject": subject, "challenge": challenge, "assertion": self.sign(to_bytes(challenge))}
        self.token = link.ask("open_session", **given)

    def sign(self, challenge: bytes) -> dict[str, Any]:
        return self.passkey.sign(challenge)


def _subject(letter: str) -> str:
    return f"{letter}_{secrets.token_urlsafe(17)[:22]}"


def _releases(web: Link, operator: Link, store: Path) -> dict[str, Any]:
    person = Key(web, _subject("p"), {"kind": "new"})
    record = _record(person.certificate)
    officials = [make_official(web, operator) for _ in range(1 + ROUNDS // 50)]
    permits = _permits(web, person, 1 + ROUNDS // USES)
    spent, released = [], []
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as disk:
        for number in range(ROUNDS):
            first, before = _leaves(disk), time.perf_counter()
            _show(web, permits[number // USES], officials[number // 50], record)
            spent.append(1000 * (time.perf_counter() - before))
            released.append((permits[number // USES].id, range(first, _leaves(disk))))
    found = {"release_ms": _tails(spent), "releases_per_s": round(1000 * ROUNDS / sum(spent))}
    found["without"] = {
        "earlier_leaf": without_leaf(released, _looks(web, person)),
        "grant": _opened_without_grant(web, operator, person, record),
    }
    return found | _revocation(web, operator, person, record)


def _leaves(disk: sqlite3.Connection) -> int:
    """Leaves of the log in the broker's file, as whoever reads it beside the broker finds them."""
    return int(disk.execute("SELECT COALESCE(MAX(place) + 1, 0) FROM entry").fetchone()[0])


def _looks(web: Link, person: Key) -> dict[int, str]:
    """{place in the log: permit} of each time that somebody was shown this person's data."""
    found: dict[int, str] = {}
    before = 2**62
    while rows := web.ask("my_accesses", token=person.token, of="others", before=before, limit=500):
        found |= {one["place"]: one["event"]["grant"] for one in rows if one["event"]["kind"] == SHOWN}
        before = rows[-1]["id"]
    return found


def without_leaf(released: list[tuple[str, range]], looks: dict[int, str]) -> int:
    """Of (permit, leaves that were on the disk when its answer came and not before): those with no leaf of that look."""
    return sum(all(looks.get(place) != permit for place in fresh) for permit, fresh in released)


def _opened_without_grant(web: Link, operator: Link, person: Key, record: dict[str, Any]) -> int:
    """How many looks were answered under permits that the person never gave: well formed, and nobody's."""
    opened, officials = 0, cycle([make_official(web, operator) for _ in range(1 + STRANGE // 25)])
    for _ in range(STRANGE):
        grant = _unsigned(person)
        try:
            opened += bool(_show(web, grant, next(officials), record))
        except Refusal as refusal:
            if refusal.code != "grant_unknown":  # refused for another reason, it would prove nothing
                raise
    return opened


def _forged(web: Link) -> dict[str, int]:
    """Changed grants under a genuine signature, at the broker's socket."""
    person = Key(web, _subject("p"), {"kind": "new"})
    send = Send("00" * 32, (_unsigned(person), _unsigned(person)))
    return forged(partial(web.ask, "give"), send.body(), person.sign(send.challenge()), FORGED)


def make_official(web: Link, operator: Link) -> "Key":
    """An official of the treasury with a live session."""
    code = operator.ask("invite", office=TREASURY, role="treasury", name="Ada Ficticia")
    return Key(web, _subject("o"), {"kind": "invitation", "code": code})


def _record(certificate: dict[str, Any], number: int = 1) -> dict[str, Any]:
    held = {
        "full_name": {"value": "Casilda Ficticia", "source": "declared", "date": "2026-01-01", "proof": ""}
    }
    place = (certificate["subject"], "identity", "", number)
    other = certificate.get("other")
    second = (other["suite"], to_bytes(other["public"])) if other else None
    public = to_bytes(certificate["public"])
    return sealing.seal_record(*place, held, suite=certificate["suite"], public=public, second=second).wire()


def _permits(web: Link, person: Key, count: int) -> list[Grant]:
    made = []
    for _ in range(count):
        grant = _unsigned(person)
        send = Send("00" * 32, (grant,))
        web.ask("give", send=send.body(), assertion=person.sign(send.challenge()))
        made.append(grant)
    return made


def _unsigned(person: Key) -> Grant:
    start = datetime.now(UTC).replace(microsecond=0)
    times = (start, start + timedelta(days=1), USES, secrets.token_urlsafe(18))
    return Grant(person.subject, TREASURY, "", SHOW, ("identity.full_name",), (), "complete-file", "C-1", *times)  # fmt: skip


def _show(web: Link, grant: Grant, official: Key, record: dict[str, Any]) -> Any:
    return web.ask("show", **_asked(grant, record, official))


def _asked(grant: Grant, record: dict[str, Any], official: Key) -> dict[str, Any]:
    asked = {"grant": grant.id, "fields": list(grant.fields), "purpose": grant.purpose, "case": grant.case}
    return {**asked, "token": official.token, "records": [record]}


def _revocation(web: Link, operator: Link, person: Key, record: dict[str, Any]) -> dict[str, Any]:
    """From the person's click to the last field that is opened or the first that is refused, whichever comes later,
    while officials ask as fast as it goes, before it and after it."""
    [grant] = _permits(web, person, 1)
    officials = [make_official(web, operator) for _ in range(1 + USES // EACH)]
    asking = _Asking(web, [_asked(grant, record, officials[at // EACH]) for at in range(USES)])
    asking.after(USES // 4)
    began = time.perf_counter()
    web.ask("revoke_grant", grant=grant.id, token=person.token)
    told = asking.all()
    return {"revocation_ms": round(1000 * (until_refused(told) - began), 2)}


def until_refused(told: list[tuple[float, str]]) -> float:
    """The moment of the first refusal of answers (moment, "" or code of refusal), after which none may be open.

    Raises AssertionError where one is opened later, none was opened before, or something else refused.
    """
    codes = [code for _, code in told]
    opened = codes.index("revoked")
    if not opened or codes != [""] * opened + ["revoked"] * (len(codes) - opened):
        raise AssertionError(f"a revoked permit opened a field, or it was never asked: {sorted(set(codes))}")
    return told[opened][0]


class _Asking:
    """One official's office that asks again and again, in a thread; `all` waits and gives (moment, "" or refusal's code)."""

    def __init__(self, web: Link, asked: list[dict[str, Any]]) -> None:
        self._web, self._asked = web, asked
        self._told: list[tuple[float, str]] = []
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        for asked in self._asked:
            code = ""
            try:
                self._web.ask("show", **asked)
            except Refusal as refusal:
                code = refusal.code
            self._told.append((time.perf_counter(), code))
        self._web.close()

    def after(self, many: int) -> None:
        """Wait until so many were answered."""
        while len(self._told) < many and self._thread.is_alive():
            time.sleep(0.0005)

    def all(self) -> list[tuple[float, str]]:
        self._thread.join()
        return self._told


def _rekeying(web: Link, operator: Link) -> dict[str, Any]:
    """One command for 100,000 persons of four records each, while officials read one of them without a pause.

    It renews the master key and every wrap under it, each person's pair, the seal of each record's data key, the
    broker's own seal and every certificate. No field is sealed again: data keys themselves stay.
    """
    from alcaldia.vault.models import Holder, RecordVersion
    from alcaldia.vault.rekeying import rekey

    _crowd(operator)
    load = _Load(web, operator)
    began = time.perf_counter()
    done = rekey(suite=suites.HYBRID, by="bench", channel="cli")
    spent = time.perf_counter() - began
    meanwhile = load.stop(spent)
    moved = {one.objects.exclude(suite__startswith=suites.HYBRID).count() for one in (Holder, RecordVersion)}
    if (done.migrated, done.lost, moved) != (PEOPLE + 1, 0, {0}):
        raise AssertionError("somebody's keys were not renewed")
    return {"rekey_100k_s": round(spent, 1), "rekeyed": done.migrated, "meanwhile": meanwhile}


def _crowd(operator: Link) -> None:
    """As many vaults as PEOPLE, each with the records of one imported account."""
    for at in range(0, PEOPLE, 1_000):
        last = min(at + 1_000, PEOPLE)
        rows = [{"person": ["person", str(number)], "items": []} for number in range(at, last)]
        _keep([one["certificate"] for one in operator.ask("admit", rows=rows, suite=suites.DEFAULT)])


def _keep(certificates: list[dict[str, Any]]) -> None:
    from alcaldia.vault import holders
    from alcaldia.vault.models import RecordVersion

    kept = {one.subject: one for one in holders.keep_keys(certificates)}
    rows = []
    for certificate in certificates:
        for number in range(1, RECORDS + 1):
            told = _record(certificate, number)
            rows.append(
                RecordVersion(
                    holder=kept[certificate["subject"]], group="identity", number=number, suite=told["suite"],
                    algorithm=told["algorithm"], sealed=to_bytes(told["sealed"]), fields=told["fields"], digest="-",
                )
            )  # fmt: skip
    RecordVersion.objects.bulk_create(rows, batch_size=500)


class _Load:
    """Officials who read, through database, broker and log, as fast as each answer lets them."""

    def __init__(self, web: Link, operator: Link) -> None:
        self._web, self._going, self._refused = web, True, 0
        self._spent: list[float] = []
        self._person = Key(web, _subject("p"), {"kind": "new"})
        _keep([self._person.certificate])
        self._officials = cycle([make_official(web, operator) for _ in range(OFFICIALS)])
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        from django.db import connection

        while self._going:
            [permit] = _permits(self._web, self._person, 1)
            for _ in range(USES):
                self._release(permit)
        connection.close()
        self._web.close()

    def _release(self, permit: Grant) -> None:
        from alcaldia.vault import actions

        before = time.perf_counter()
        try:
            actions.show(permit, permit.fields, token=next(self._officials).token)
            self._spent.append(1000 * (time.perf_counter() - before))
        except Refusal:
            self._refused += 1

    def stop(self, seconds: float) -> dict[str, Any]:
        self._going = False
        self._thread.join()
        rate = round(len(self._spent) / seconds, 1)
        return {
            "releases_per_s": rate, "refused": self._refused, "worst_ms": round(max(self._spent), 1),
            "release_ms": _tails(self._spent),
        }  # fmt: skip


def _tails(times: list[float]) -> dict[str, float]:
    return {"p50": percentile(times, 50), "p95": percentile(times, 95)}
