"""RFC 3161 time stamps over checkpoints: an outside authority's word that the log had this root by then.

Off until `ALCALDIA_TSA` names addresses and `keys/tsa.pem` holds the roots that their answers are checked against.
"""

import time
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from cryptography import x509
from django.conf import settings
from django.utils import timezone
from rfc3161_client import TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError

from alcaldia.kernel import outbound
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger import keys
from alcaldia.ledger.models import SignedHead, TimeStamp
from alcaldia.ledger.ports import LogSource, head_of
from alcaldia.ledger.rules import merkle
from alcaldia.ledger.rules.note import BadNote, split

EVERY = timedelta(hours=1)
PATIENCE = 5.0
IN_TIME = 1.5
"""Seconds that a seal may wait for its time stamp, whatever the number of authorities."""
KIND = "application/timestamp-query"
AT_ONCE = 100


def authorities() -> tuple[str, ...]:
    """The addresses that are asked, in their order."""
    return tuple(settings.TSA_URLS)


def roots() -> list[x509.Certificate]:
    """The roots of the authorities. Refusal where the file is missing: an unchecked stamp proves nothing."""
    path = keys.folder() / "tsa.pem"
    if not path.exists():
        raise Refusal(
            "tsa_roots_missing",
            "Faltan las raíces de la autoridad de sellado de tiempo: guárdelas en keys/tsa.pem.",
        )
    return x509.load_pem_x509_certificates(path.read_bytes())


def known_roots() -> list[x509.Certificate]:
    """The same, and none where none were given."""
    return roots() if (keys.folder() / "tsa.pem").exists() else []


def is_due(source: LogSource) -> bool:
    """Has the log grown since its last stamp, and was that an hour ago?"""
    if not authorities() or source.size() == 0:
        return False
    last = TimeStamp.objects.filter(head__log=source.name).order_by("-stamped_at").first()
    return last is None or (last.head.size < source.size() and timezone.now() - last.stamped_at >= EVERY)


def stamp(source: LogSource, client: httpx.Client) -> list[TimeStamp]:
    """Have the newest checkpoint stamped by every authority; those that fail are left out.

    Raises Refusal("tsa_failed") where none gave a stamp that holds.
    """
    signed, head = head_of(source)
    kept, _ = SignedHead.objects.get_or_create(
        log=source.name, size=head.size, defaults={"note": signed, "made_at": timezone.now()}
    )
    made, trusted, why = [], roots(), ""
    for address in authorities():
        try:
            made.append(_of(address, kept, trusted, client))
        except (httpx.HTTPError, VerificationError, ValueError) as error:
            why = f"{address}: {error}"
    if not made:
        raise Refusal(
            "tsa_failed", f"Ninguna autoridad dio un sello de tiempo válido ({why}). Se intentará de nuevo."
        )
    return made


def _of(address: str, head: SignedHead, trusted: list[x509.Certificate], client: httpx.Client) -> TimeStamp:
    request = TimestampRequestBuilder().data(head.note.encode()).cert_request(cert_request=True).build()
    got = client.post(
        address, content=request.as_bytes(), headers={"Content-Type": KIND}, timeout=PATIENCE
    ).raise_for_status()
    response = decode_timestamp_response(got.content)
    VerifierBuilder(roots=list(trusted), nonce=request.nonce).build().verify_message(
        response, head.note.encode()
    )
    found, _ = TimeStamp.objects.get_or_create(
        head=head,
        authority=address,
        defaults={"token": got.content, "stamped_at": response.tst_info.gen_time},
    )
    return found


def stamper() -> Callable[[bytes], bytes] | None:
    """What seals call for a token over their signature; None where no authority is configured."""
    return token_over if authorities() else None


def token_over(data: bytes) -> bytes:
    """The token (DER) of the first authority that answers in time; b"" where none does: nothing waits for it."""
    until = time.monotonic() + IN_TIME
    try:
        trusted = roots()
    except Refusal:
        return b""
    for address in authorities():
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            return _token(address, data, trusted, left)
        except (httpx.HTTPError, VerificationError, ValueError):
            continue
    return b""


def _token(address: str, data: bytes, trusted: list[x509.Certificate], seconds: float) -> bytes:
    request = TimestampRequestBuilder().data(data).cert_request(cert_request=True).build()
    headers = {"Content-Type": KIND}
    with outbound.client(authorities) as client:
        got = client.post(address, content=request.as_bytes(), headers=headers, timeout=seconds)
    response = decode_timestamp_response(got.raise_for_status().content)
    VerifierBuilder(roots=list(trusted), nonce=request.nonce).build().verify_message(response, data)
    return response.time_stamp_token()


def holds(made: TimeStamp, trusted: list[x509.Certificate]) -> bool:
    """Does a kept stamp still prove its checkpoint against these roots?"""
    try:
        response = decode_timestamp_response(bytes(made.token))
        return VerifierBuilder(roots=list(trusted)).build().verify_message(response, made.head.note.encode())
    except (VerificationError, ValueError):
        return False


def published(log: str, before: int | None = None) -> list[dict[str, Any]]:
    """The stamps of a log for whoever checks them elsewhere, the newest first, `AT_ONCE` at a time.

    Each token (RFC 3161 response, base64) is over the bytes of `checkpoint`, of which size and root are parts.
    """
    found = (
        TimeStamp.objects.filter(head__log=log).select_related("head").order_by("-head__size", "authority")
    )
    rows = found if before is None else found.filter(head__size__lt=before)
    return [_told(one) for one in rows[:AT_ONCE]]


def _told(one: TimeStamp) -> dict[str, Any]:
    return {
        "size": one.head.size, "root": split(one.head.note)[0].split("\n")[2], "authority": one.authority,
        "stamped_at": one.stamped_at.isoformat(), "checkpoint": one.head.note,
        "token": b64encode(bytes(one.token)).decode(),
    }  # fmt: skip


@dataclass(frozen=True)
class StampAudit:
    """`unchecked` are stamps for which no roots are given; `problems` Spanish sentences, the first 20."""

    checked: int
    unchecked: int
    problems: tuple[str, ...]


def audit(sources: Iterable[LogSource]) -> StampAudit:
    """Every kept stamp: does it hold, and had the log that root when it had that size?"""
    trusted, problems, counts = known_roots(), [], [0, 0]
    for source in sources:
        for one in TimeStamp.objects.filter(head__log=source.name).select_related("head").order_by("pk"):
            counts[not trusted] += 1
            if trusted and not holds(one, trusted):
                problems.append(_problem(one, "no vale con las raíces de keys/tsa.pem"))
            if not _had(source, one.head.note):
                problems.append(_problem(one, "es de una raíz que el registro no tuvo"))
    return StampAudit(counts[0], counts[1], tuple(problems[:20]))


def _had(source: LogSource, note: str) -> bool:
    try:
        told = source.keys().open(note)
        return merkle.root(told.size, source.hashes_of(merkle.cover(0, told.size)).__getitem__) == told.root
    except (BadNote, KeyError, Refusal):
        return False


def _problem(one: TimeStamp, why: str) -> str:
    return f"El sello de tiempo de {one.authority} sobre {one.head.size} anotaciones ({one.head.log}) {why}."
