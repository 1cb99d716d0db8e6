"""The papers of an application for residency: files that go the way of a request's files, for who decides it alone.

One touch signs the permit: it names the application's folio, the places of its papers and the post that decides. The
papers are destroyed with the decision, or when the person gives it up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from alcaldia.identity import residency
from alcaldia.identity.models import Person, Post, Residency
from alcaldia.identity.rules.posts import roles_with
from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import attaching, filestore
from alcaldia.procedures.models import Attachment
from alcaldia.procedures.protected import DAYS, USES, Signed
from alcaldia.vault import actions as vault
from alcaldia.vault import purposes
from alcaldia.vault.actions import Statement
from alcaldia.vault.custody import agency_of
from alcaldia.vault.rules.catalogue import CASE
from alcaldia.vault.rules.grant import SHOW, Send
from alcaldia.vault.rules.offices import office

PLACES = tuple(f"documento_{letter}" for letter in "abcde")
FIELDS = tuple(f"{CASE}.{place}" for place in PLACES)
"""Where they lie in the vault, whose names have no digits."""
ACCEPTS = ("pdf", "image")
WORDS = "Se destruyó cuando terminó la solicitud de residencia"


@dataclass(frozen=True)
class Paper:
    """A file as it came."""

    name: str
    data: bytes


def to_sign(person: Person, town: Municipality, folio: str = "") -> Send:
    """The permits that go with an application: one for each office where somebody decides it. Nothing is kept."""
    named = folio or new_folio("RES", timezone.now().year)
    grants = tuple(
        vault.ask(person=person.public_id, fields=FIELDS, purpose=purposes.RESIDENCY, case=named, office=code, role=role,
                  mode=SHOW, days=DAYS, max_uses=USES)
        for code, role in _who_decides(town)
    )  # fmt: skip
    return Send(digest({"residency": named, "municipality": town.slug}), grants)


def _who_decides(town: Municipality) -> list[tuple[str, str]]:
    """Offices and posts, as the broker knows them."""
    today, roles = timezone.localdate(), roles_with("identity.reside")
    posts = Post.objects.filter(municipality=town, role__in=roles, since__lte=today).exclude(until__lt=today)
    found = {
        (office(town.slug, agency_of(agency, role)), role)
        for agency, role in posts.values_list("agency", "role")
    }
    return sorted(found or {(office(town.slug, agency_of("", role)), role) for role in roles})[:10]


def apply(
    *, person: Person, town: Municipality, papers: Iterable[Paper], signed: Signed, channel: str
) -> Residency:
    """An application with its papers. Raises Refusal; then nothing is kept."""
    given = list(papers)
    if not 0 < len(given) <= len(PLACES):
        raise Refusal("bad_documents", "Adjunte de uno a cinco documentos, en PDF o foto.")
    clean = [(one.name, attaching.harmless(one.data, ACCEPTS)) for one in given]
    folio = _checked(person, town, signed.send)
    vault.give(signed.send, signed.assertion)
    by = person.public_id
    with transaction.atomic():
        made = residency.apply(
            person=person, town=town, documents=[], by=by, channel=channel, folio=folio, papers=len(clean)
        )
        values: dict[str, Any] = {}
        for place, (name, file) in zip(PLACES, clean, strict=False):
            row, told = attaching.kept(file, field=place, file_name=name, residency=folio)
            values[place] = {"file": row.public_id, **told}
        vault.store([Statement(by, CASE, values, item=folio)], by=by, channel=channel)
    return made


def _checked(person: Person, town: Municipality, send: Send) -> str:
    """The folio of what was signed. Raises Refusal where it is not exactly what the page asked for."""
    folio = send.grants[0].case
    wanted = to_sign(person, town, folio)
    if send.application != wanted.application or [_said(one) for one in send.grants] != [
        _said(one) for one in wanted.grants
    ]:
        raise Refusal("other_request", "Lo que se firmó no es esta solicitud. Vuelva a empezar.", status=409)
    return folio


def _said(grant: Any) -> dict[str, Any]:
    """A permit without what differs from one drawing to the next."""
    body: dict[str, Any] = grant.body()
    return {name: value for name, value in body.items() if name not in {"nonce", "not_before", "not_after"}}


def files(folio: str) -> QuerySet[Attachment]:
    """What came with the application of that folio, in the order in which it came."""
    return Attachment.objects.filter(residency=folio).exclude(residency="").order_by("pk")


def forget(*, folio: str, subject: str, by: str, channel: str) -> None:
    """Destroy them, in vault and on disk, in the caller's transaction: the application is over. Twice is once."""
    rows = list(files(folio))
    if not rows:
        return
    words = f"{WORDS} ({timezone.localdate():%d/%m/%Y})"
    vault.destroy(person=subject, group=CASE, items=[folio], words=words, by=by, channel=channel)
    filestore.drop(rows)
