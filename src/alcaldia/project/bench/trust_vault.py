"""The vault's figures against a broker in a process of its own: releases, revocation, visibility, re-keying."""

import os
import secrets
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alcaldia.broker import process
from alcaldia.kernel.errors import Refusal
from alcaldia.project.bench.clock import percentile
from alcaldia.project.bench.passkey import SoftPasskey
from alcaldia.vault.link import Link
from alcaldia.vault.rules import sealing, suites
from alcaldia.vault.rules.grant import SHOW, Grant, Send
from alcaldia.vault.rules.text64 import to_bytes, to_text

ADDRESS = "http://localhost:8000"
ROUNDS, PEOPLE = 1_500, 100_000
USES = 100


def run() -> dict[str, Any]:
    """One folder, one broker; a release is grant check, use counted, leaf on disk, key unwrapped, field opened."""
    with tempfile.TemporaryDirectory(prefix="vb-") as name, ExitStack() as ending:
        folder = Path(name) / "broker"
        ending.enter_context(process.running(folder, ADDRESS))
        web, operator = Link(folder / "web" / "socket"), Link(folder / "operator" / "socket", timeout=600)
        ending.callback(web.close)
        ending.callback(operator.close)
        return {**_releases(web, operator), **_split_adds(Path(name)), **_rekeying(web, operator)}


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


def _releases(web: Link, operator: Link) -> dict[str, Any]:
    person = Key(web, _subject("p"), {"kind": "new"})
    record = _record(person.certificate)
    officials = [make_official(web, operator) for _ in range(1 + ROUNDS // 50)]
    permits = _permits(web, person, 1 + ROUNDS // USES)
    size, spent, began = web.ask("log_size"), [], time.perf_counter()
    for number in range(ROUNDS):
        before = time.perf_counter()
        _show(web, permits[number // USES], officials[number // 50], record)
        spent.append(1000 * (time.perf_counter() - before))
    rate = ROUNDS / (time.perf_counter() - began)
    logged = (web.ask("log_size") - size) / ROUNDS
    found = {"release_ms": _tails(spent), "releases_per_s": round(rate), "logged_share": logged}
    return (
        found | _revocation(web, person, officials[-1], record) | _visible(web, person, officials[-1], record)
    )


def make_official(web: Link, operator: Link) -> "Key":
    """An official of the treasury with a live session."""
    code = operator.ask("invite", office="tesoreria", role="treasury", name="Ada Ficticia")
    return Key(web, _subject("o"), {"kind": "invitation", "code": code})


def _record(certificate: dict[str, Any]) -> dict[str, Any]:
    held = {
        "full_name": {"value": "Casilda Ficticia", "source": "declared", "date": "2026-01-01", "proof": ""}
    }
    place = (certificate["subject"], "identity", "", 1)
    other = certificate.get("other")
    second = (other["suite"], to_bytes(other["public"])) if other else None
    public = to_bytes(certificate["public"])
    return sealing.seal_record(*place, held, suite=certificate["suite"], public=public, second=second).wire()


def _permits(web: Link, person: Key, count: int) -> list[Grant]:
    start = datetime.now(UTC).replace(microsecond=0)
    made = []
    for _ in range(count):
        times = (start, start + timedelta(days=1), USES, secrets.token_urlsafe(18))
        grant = Grant(
            person.subject, "tesoreria", "", SHOW, ("identity.full_name",), (), "complete-file", "C-1", *times
        )
        send = Send("00" * 32, (grant,))
        web.ask("give", send=send.body(), assertion=person.sign(send.challenge()))
        made.append(grant)
    return made


def _show(web: Link, grant: Grant, official: Key, record: dict[str, Any]) -> Any:
    asked = {"grant": grant.id, "fields": list(grant.fields), "purpose": grant.purpose, "case": grant.case}
    return web.ask("show", **asked, token=official.token, records=[record])


def _revocation(web: Link, person: Key, official: Key, record: dict[str, Any]) -> dict[str, Any]:
    """From the person's click to the first refusal, while an official asks as fast as it goes."""
    [grant] = _permits(web, person, 1)
    began = time.perf_counter()
    web.ask("revoke_grant", grant=grant.id, token=person.token)
    try:
        _show(web, grant, official, record)
    except Refusal:
        return {"revocation_ms": round(1000 * (time.perf_counter() - began), 2)}
    raise AssertionError("a revoked permit opened a field")


def _visible(web: Link, person: Key, official: Key, record: dict[str, Any]) -> dict[str, Any]:
    """From the release to the moment at which the person's page could show it; the page itself asks each second."""
    spent = []
    for grant in _permits(web, person, 20):
        _show(web, grant, official, record)
        before = time.perf_counter()
        newest = web.ask("my_accesses", token=person.token, limit=100)[0]
        spent.append(1000 * (time.perf_counter() - before))
        if newest["event"]["grant"] != grant.id:
            raise AssertionError("the newest access is not the one just made")
    return {"visible_ms": _tails(spent)}


def _rekeying(web: Link, operator: Link) -> dict[str, Any]:
    """A new master key for 100,000 persons, and new hybrid pairs for a tenth of them, while others read."""
    subjects = _crowd(operator)
    load = _Load(web)
    began = time.perf_counter()
    operator.ask("rotate_kek")
    while operator.ask("rewrap", limit=500):
        pass
    wrapped = time.perf_counter() - began
    began = time.perf_counter()
    for at in range(0, len(subjects), 100):
        people = [{"subject": one, "records": []} for one in subjects[at : at + 100]]
        operator.ask("migrate", people=people, suite=suites.HYBRID)
    migrated = time.perf_counter() - began
    return {
        "rewrap_100k_s": round(wrapped, 1), "hybrid_pairs": len(subjects), "hybrid_pairs_s": round(migrated, 1),
        "worst_answer_meanwhile_ms": round(load.stop(), 1),
    }  # fmt: skip


def _crowd(operator: Link) -> list[str]:
    made: list[str] = []
    for at in range(0, PEOPLE, 2_000):
        rows = [{"person": ["person", str(number)], "items": []} for number in range(at, at + 2_000)]
        made += [one["subject"] for one in operator.ask("admit", rows=rows, suite=suites.DEFAULT)]
    return made[: PEOPLE // 10]


class _Load:
    """Somebody who asks all the time; remembers the longest wait in milliseconds."""

    def __init__(self, web: Link) -> None:
        self._web, self._going, self._worst = web, True, 0.0
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        while self._going:
            before = time.perf_counter()
            self._web.ask("health")
            self._worst = max(self._worst, 1000 * (time.perf_counter() - before))
        self._web.close()

    def stop(self) -> float:
        self._going = False
        self._thread.join()
        return self._worst


def _tails(times: list[float]) -> dict[str, float]:
    return {"p50": percentile(times, 50), "p95": percentile(times, 95)}
