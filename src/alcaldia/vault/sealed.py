"""Keeping sealed boxes: the server takes what the browser sealed, and gives the same bytes back to its owner."""

import secrets
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.keyfiles import write_whole
from alcaldia.kernel.text import sentence
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.vault import events, queries
from alcaldia.vault.models import SealedBox, SealedFile, SealedNote
from alcaldia.vault.rules import catalogue, sealed_box
from alcaldia.vault.rules.sealed_box import BadBox
from alcaldia.vault.rules.text64 import to_text

KEPT_VERSIONS = 5
_BAD = "Lo que mandó su navegador no se entiende. No se guardó nada; actualice la página e intente de nuevo."


def box_of(subject: str) -> dict[str, Any] | None:
    """Mark, wraps, files' heads and the newest note of each group, as the browser sealed them; None before there is one."""
    box = SealedBox.objects.filter(holder__subject=subject, holder__erased_at=None).first()
    if box is None:
        return None
    notes = {
        one.group: {"number": one.number, "data": to_text(bytes(one.data))}
        for one in box.notes.order_by("group", "number")
    }
    files = [{"name": one.name, "head": to_text(bytes(one.head))} for one in box.files.order_by("pk")]
    return {"mark": box.mark, "wraps": box.wraps, "notes": notes, "files": files}


def keep_box(subject: str, *, mark: str, wraps: Any, by: str, channel: str) -> None:
    """A new box, or other wraps of the same one. Another secret over a box that is there is refused: it would
    lock up what is inside."""
    try:
        found = [one.body() for one in sealed_box.read_wraps(wraps)]
    except BadBox as error:
        raise Refusal("bad_box", _BAD) from error
    if len(mark) != 64 or set(mark) - set("0123456789abcdef"):
        raise Refusal("bad_box", _BAD)
    with transaction.atomic():
        holder = queries.holder(subject)
        box, new = SealedBox.objects.get_or_create(holder=holder, defaults={"mark": mark, "wraps": found})
        if not new:
            if box.mark != mark:
                detail = (
                    "Ya tiene una caja sellada y esta es otra. Ábrala con su llave o con su código impreso."
                )
                raise Refusal("other_box", detail, status=409)
            SealedBox.objects.filter(pk=box.pk).update(wraps=found)
        _act(events.BOX_KEPT, digest(found), by, channel)


def keep_note(subject: str, *, group: str, number: int, data: str, by: str, channel: str) -> None:
    """The next version of a group. Raises Refusal where somebody saved one meanwhile."""
    try:
        sealed = sealed_box.read_note(data)
    except BadBox as error:
        raise Refusal("bad_note", _BAD) from error
    if group not in {one.code for one in catalogue.SEALED_GROUPS}:
        raise Refusal("unknown_group", _BAD)
    box = SealedBox.objects.filter(holder__subject=subject, holder__erased_at=None).first()
    last = box.notes.filter(group=group).order_by("-number").first() if box else None
    if box is None or number != (last.number + 1 if last else 1):
        raise _meanwhile()
    hashed = sha256(sealed).hexdigest()
    try:
        with transaction.atomic():
            SealedNote.objects.create(box=box, group=group, number=number, data=sealed, digest=hashed)
            box.notes.filter(group=group, number__lte=number - KEPT_VERSIONS).delete()
            _act(events.NOTE_KEPT, hashed, by, channel)
    except IntegrityError as error:
        raise _meanwhile() from error


def keep_file(subject: str, *, name: str, head: str, data: bytes, by: str, channel: str) -> None:
    """A file that the browser sealed under a random name of its own. Raises Refusal; then nothing is kept."""
    try:
        sealed, told = sealed_box.read_file(name, data), sealed_box.read_note(head)
    except BadBox as error:
        raise Refusal("bad_file", _BAD) from error
    box = SealedBox.objects.filter(holder__subject=subject, holder__erased_at=None).first()
    if box is None or SealedFile.objects.filter(name=name).exists():
        raise _meanwhile()
    if box.files.count() >= sealed_box.MOST_FILES:
        detail = sentence("Una caja guarda hasta %(n)s archivos. Quite alguno.", n=sealed_box.MOST_FILES)
        raise Refusal("too_many_files", detail)
    hashed = sha256(sealed).hexdigest()
    try:
        with transaction.atomic():
            SealedFile.objects.create(box=box, name=name, head=told, size=len(sealed), digest=hashed)
            _act(events.FILE_KEPT, hashed, by, channel)
            write_whole(_path(name), sealed)
    except IntegrityError as error:
        raise _meanwhile() from error


def file_of(subject: str, name: str) -> bytes:
    """The sealed parts of one of the person's own files. Raises NotFound where it is gone or changed."""
    row = SealedFile.objects.filter(box__holder__subject=subject, name=name).first()
    path = _path(name)
    data = path.read_bytes() if row is not None and path.is_file() else b""
    if row is None or sha256(data).hexdigest() != row.digest:
        detail = "Ese archivo no está en su caja, o alguien lo cambió. Si usted no lo quitó, avise a la oficina digital."
        raise NotFound("file_lost", detail)
    return data


def drop_file(subject: str, name: str, *, by: str, channel: str) -> None:
    """The file is gone. Twice is once."""
    with transaction.atomic():
        if _forget(SealedFile.objects.filter(box__holder__subject=subject, name=name)):
            _act(events.FILE_DROPPED, "", by, channel)


def forget(subject: str) -> bool:
    """The box of a person and all in it, in the caller's transaction; was there one?"""
    _forget(SealedFile.objects.filter(box__holder__subject=subject))
    return bool(SealedBox.objects.filter(holder__subject=subject).delete()[0])


def _forget(files: QuerySet[SealedFile]) -> int:
    """Rows now, bytes once that is certain; how many."""
    for path in [_path(one.name) for one in files]:
        transaction.on_commit(partial(path.unlink, missing_ok=True))
    return files.delete()[0]


def _path(name: str) -> Path:
    return Path(settings.HOME) / "sealed" / name[:2] / name


def discard(subject: str, *, by: str, channel: str) -> None:
    """The box and all in it are gone; for whoever lost code and keys, too."""
    with transaction.atomic():
        if forget(subject):
            _act(events.BOX_KEPT, "", by, channel)


def _act(kind: str, hashed: str, by: str, channel: str) -> None:
    record(Act(kind, secrets.token_hex(8).upper(), {"digest": hashed}), by=by, channel=channel)


def _meanwhile() -> Refusal:
    detail = "Esta caja cambió en otra ventana o en otro aparato. Actualice la página y escriba de nuevo."
    return Refusal("changed_meanwhile", detail, status=409)
