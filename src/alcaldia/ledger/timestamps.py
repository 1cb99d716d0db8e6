"""RFC 3161 time stamps over checkpoints: an outside authority's word that the log had this root by then.

Off until `ALCALDIA_TSA` names addresses and `keys/tsa.pem` holds the roots that their answers are checked against.
"""

import time
from collections.abc import Callable
from datetime import timedelta

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

EVERY = timedelta(hours=1)
PATIENCE = 5.0
IN_TIME = 1.5
"""Seconds that a seal may wait for its time stamp, whatever the number of authorities."""
KIND = "application/timestamp-query"


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
