"""The broker as identity's ports `Custodian`, `CodeKeeper`, `CodeReader` and `KeySealer` want it."""

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from alcaldia.identity.models import Official, Post
from alcaldia.identity.ports import Enrolled
from alcaldia.vault.custodian import ask, ask_as_operator, sealed_key, sealing_since
from alcaldia.vault.holders import keep_key
from alcaldia.vault.rules.offices import office
from alcaldia.vault.rules.text64 import to_bytes, to_text

OFFICES = {
    "treasury": "tesoreria",
    "cashier": "tesoreria",
    "cadastre": "catastro",
    "planner": "planeacion",
    "reviewer": "planeacion",
    "clerk": "atencion",
    "registrar": "atencion",
}
"""The office of a post's role, where the post names no agency."""


def agency_of(agency: str, role: str) -> str:
    """The agency of a post, "" where neither the post nor its role has one."""
    return agency or OFFICES.get(role, "")


def posts_of(subject: str) -> list[dict[str, str]]:
    """Office, role and first moment of the posts that an official has or will have, for the broker to remember."""
    held = Post.objects.filter(official__public_id=subject).exclude(until__lt=timezone.localdate())
    since: dict[tuple[str, str], date] = {}
    for one in held.select_related("municipality").order_by("-since"):
        if agency := agency_of(one.agency, one.role):
            since[office(one.municipality.slug, agency), one.role] = one.since
    return [
        {"office": code, "role": role, "since": _first_moment(on)}
        for (code, role), on in sorted(since.items())
    ]


def _first_moment(day: date) -> str:
    return timezone.make_aware(datetime.combine(day, time.min)).isoformat()


def _name_of(subject: str) -> str:
    """What people read of an official."""
    official = Official.objects.get(public_id=subject)
    return official.name or official.username


class BrokerCustodian:
    """Implements `alcaldia.identity.ports.Custodian`."""

    def challenge(self, *, purpose: str, subject: str | None) -> bytes:
        return to_bytes(ask("challenge", purpose=purpose, subject=subject))

    def enrol(
        self, *, subject: str, challenge: bytes, credential: dict[str, Any], authority: dict[str, Any]
    ) -> Enrolled:
        told = ask(
            "enrol", subject=subject, challenge=to_text(challenge), credential=credential, authority=authority
        )
        found = Enrolled(str(told.pop("token")), str(told.pop("seal")))
        keep_key(told)
        return found

    def sealed(self, *, subject: str, public_key: bytes, seal: str) -> bool:
        return sealed_key(subject, public_key, seal)

    def sealing_since(self) -> datetime | None:
        return sealing_since()

    def open_session(self, *, subject: str, challenge: bytes, assertion: dict[str, Any]) -> str:
        token = ask("open_session", subject=subject, challenge=to_text(challenge), assertion=assertion)
        return str(token)

    def close_session(self, token: str) -> None:
        ask("close_session", token=token)

    def close_sessions(self, *, subject: str) -> None:
        ask("close_sessions", subject=subject)

    def revoke(self, *, subject: str, credential_id: bytes, token: str) -> None:
        ask("revoke", subject=subject, credential_id=to_text(credential_id), token=token)

    def block_key(self, *, subject: str, credential_id: bytes) -> None:
        ask("block_key", subject=subject, credential_id=to_text(credential_id))

    def leave_office(self, *, subject: str, left: bool) -> None:
        ask("keep_offices", subject=subject, posts=posts_of(subject), left=left)

    def remember_invitation(self, *, subject: str, code: str) -> None:
        """An official's invitation or a person's activation, both by the operator."""
        if subject.startswith("o_"):
            self.give_offices(subject=subject)
            ask_as_operator("invite", code=code, subject=subject, name=_name_of(subject))
        else:
            ask_as_operator("expect", code=code, subject=subject)

    def give_offices(self, *, subject: str) -> None:
        """The operator's word too: all the offices of their posts, also of one that begins later."""
        ask_as_operator("give_offices", subject=subject, posts=posts_of(subject), name=_name_of(subject))

    def remember_codes(
        self, *, subject: str, codes: list[str], challenge: bytes, assertion: dict[str, Any], token: str
    ) -> None:
        ask(
            "remember_codes", subject=subject, codes=codes, challenge=to_text(challenge), assertion=assertion, token=token
        )  # fmt: skip

    def approve_recovery(
        self, *, subject: str, code_hash: str, act: dict[str, Any], assertion: dict[str, Any], token: str
    ) -> None:
        """One of two officials, each by their own session and key; the broker makes its own day of delay."""
        ask(
            "approve_recovery", subject=subject, code_hash=code_hash, act=act, assertion=assertion, token=token
        )  # fmt: skip

    def withdraw_recovery(self, *, subject: str, code_hash: str) -> None:
        """A recovery was stopped: what officials approved is forgotten."""
        ask("withdraw_recovery", subject=subject, code_hash=code_hash)

    def subject_of_code(self, code: str) -> str:
        """Whose first key an activation code may enrol. Raises Refusal where it is not one."""
        return str(ask("subject_of_code", code=code))
