"""Files that people attach: typed by their content, drawn or written anew, scanned, encrypted, and only then kept.

Nothing of the original bytes of a photo survives (EXIF, hidden payloads); a PDF loses scripts, actions, forms
and embedded files. What is not one of these kinds is refused, whatever its name says.
"""

import secrets
import warnings
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pikepdf
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from PIL import Image, ImageOps, UnidentifiedImageError

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.keyfiles import write_whole
from alcaldia.kernel.text import either, sentence
from alcaldia.procedures import definitions, filestore, loose, scanning
from alcaldia.procedures.actions import drafts
from alcaldia.procedures.filestore import path_of
from alcaldia.procedures.models import Attachment, Case, Draft
from alcaldia.procedures.opened import Opened
from alcaldia.procedures.protected import VISIT
from alcaldia.procedures.rules.flow import State
from alcaldia.procedures.rules.validators import NAMES_OF_FILES
from alcaldia.vault.rules.text64 import to_bytes, to_text

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS, SIDE = 60_000_000, 2400
"""A photo is scaled to this side: the small print of a document is still read at 200 dpi."""
MOST_PAGES = 300
MOST_FILES = 20
NONCE = 12
# All that a PDF needs to be drawn (ISO 32000-2, 7.7.2 and 7.7.3); what acts or carries something hangs from other keys.
DRAWN_BY = {"/Type", "/Pages", "/Lang", "/PageLabels", "/OCProperties", "/OutputIntents", "/Version"}
PAGE_DRAWN_BY = {
    "/Type", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Contents", "/Rotate", "/Group",
    "/UserUnit",
}  # fmt: skip
CARRIED_BY = ("/AF", "/EF", "/AA", "/JS", "/PieceInfo", "/Metadata")
"""Keys by which any other object could carry a file, an action or a program's own data."""


def receive(opened: Opened, name: str, *, file_name: str, data: bytes) -> Opened:
    """The file as the answer to a datum of the draft. Raises Refusal; then nothing is kept."""
    spec = opened.program.definition.data.get(name)
    if spec is None or spec.type != "file":
        raise Refusal(
            "not_a_file", "Ese dato no lleva archivo. Vuelva a la página y adjúntelo donde se pide."
        )
    before = opened.draft.attachments.filter(field=name)
    if opened.draft.attachments.exclude(field=name).count() >= MOST_FILES:
        raise Refusal(
            "too_many_files", sentence("Un trámite lleva hasta %(n)s archivos. Quite alguno.", n=MOST_FILES)
        )
    made, told = kept(harmless(data, spec.accepts), field=name, file_name=file_name, draft=opened.draft)
    attached = drafts.attach(
        public_id=opened.draft.public_id, code=opened.code, name=name, file=made.public_id, told=told
    )
    with transaction.atomic():
        filestore.drop(before.exclude(pk=made.pk))
    return attached


def for_correction(case: Case, name: str, *, file_name: str, data: bytes) -> dict[str, str]:
    """The file as the answer to a datum of a case that waits for its person: "file", "name" and "key".

    It is loose until the correction is sent: only whoever holds its key opens it. A loose one for the same datum goes.
    """
    spec = definitions.pinned(case.definition).definition.data.get(name)
    if spec is None or spec.type != "file":
        raise Refusal(
            "not_a_file", "Ese dato no lleva archivo. Vuelva a la página y adjúntelo donde se pide."
        )
    clean = harmless(data, spec.accepts)
    with transaction.atomic():
        held = Case.objects.select_for_update().get(pk=case.pk)
        if held.state != State.CORRECTION_REQUESTED:
            raise Refusal(
                "not_now", "Esta solicitud ya no espera ese archivo. Vuelva a su página.", status=409
            )
        loose.drop(held, name)
        made, told = kept(clean, field=name, file_name=file_name, case=held)
    return {"file": made.public_id, **told}


def again(case: Case, name: str, *, file: str, key: str, file_name: str) -> dict[str, str] | None:
    """A loose file once more, for a page that carries it; None where it is gone or the key is not its own."""
    found = loose.files(case, name).filter(public_id=file).first()
    try:
        if found is None or not opened_file(found, key):
            return None
    except (Refusal, InvalidTag, ValueError):
        return None
    return {"file": file, "name": _shown(file_name, found.kind), "key": key}


@dataclass(frozen=True)
class Harmless:
    """A file written anew, what it is, and what the scanner said."""

    kind: str
    data: bytes
    verdict: str


def harmless(data: bytes, accepts: tuple[str, ...]) -> Harmless:
    """The file as it may be kept. Raises Refusal.

    It is scanned as it came: what writing anew would drop tells the person that their device has a virus.
    """
    kind, clean = cleaned(data, accepts)
    return Harmless(kind, clean, scanning.scan(data))


def kept(
    file: Harmless,
    *,
    field: str,
    file_name: str,
    draft: Draft | None = None,
    case: Case | None = None,
    residency: str = "",
) -> tuple[Attachment, dict[str, str]]:
    """The row of a file that lies encrypted, and its name and key, which go to where personal data lie."""
    key = AESGCM.generate_key(256)
    made = Attachment(
        public_id=secrets.token_urlsafe(12), draft=draft, case=case, residency=residency, field=field, kind=file.kind, size=len(file.data),
        verdict=file.verdict, added_at=timezone.now(),
    )  # fmt: skip
    sealed = _sealed(file.data, key, made.public_id)
    made.sha256 = sha256(sealed).hexdigest()
    write_whole(path_of(made.public_id), sealed)
    made.save()
    return made, {"name": _shown(file_name, file.kind), "key": to_text(key)}


def photos(case: Case) -> QuerySet[Attachment]:
    """The photos of a case's visit, in the order in which they were taken."""
    return case.attachments.filter(field=VISIT).order_by("pk")


def cleaned(data: bytes, accepts: tuple[str, ...]) -> tuple[str, bytes]:
    """Kind and harmless bytes of a file. Raises Refusal."""
    if not data:
        raise Refusal("empty_file", "El archivo está vacío. Elija otro.")
    if len(data) > MOST_BYTES:
        raise Refusal(
            "file_too_large",
            "El archivo pasa de 10 MB. Tome la foto con menos calidad o divida el PDF.",
            status=413,
        )
    kind = kind_of(data)
    if kind not in (accepts or ("pdf", "image")):
        wanted = either([NAMES_OF_FILES[one] for one in accepts or ("pdf", "image")])
        detail = sentence("Aquí va %(wanted)s; lo que eligió es otra cosa. Cambie el archivo.", wanted=wanted)
        raise Refusal("file_type", detail, status=415)
    return kind, {"image": _image, "pdf": _pdf}.get(kind, bytes)(data)


def kind_of(data: bytes) -> str:
    """By the first bytes, never by the name; "" where it is none of the known kinds."""
    if data[:5] == b"%PDF-":
        return "pdf"
    if (
        data[:3] == b"\xff\xd8\xff"
        or data[:8] == b"\x89PNG\r\n\x1a\n"
        or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
    ):
        return "image"
    if data[:4] == b"AC10" and data[4:6].isdigit():
        return "dwg"
    return "video" if data[4:8] == b"ftyp" else ""


def _image(data: bytes) -> bytes:
    """The picture drawn anew as JPEG, upright, without metadata."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
            if picture.width * picture.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        detail = "La imagen es demasiado grande. Tómela con menos calidad."
        raise Refusal("too_many_pixels", detail, status=413) from error
    except (UnidentifiedImageError, OSError, ValueError, Warning, SyntaxError) as error:
        raise Refusal("bad_image", "La imagen está dañada. Tome la foto otra vez.", status=415) from error
    upright.thumbnail((SIDE, SIDE))
    # Pillow writes a comment or a profile of the original again unless it is taken away.
    upright.info.clear()
    out = BytesIO()
    upright.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _pdf(data: bytes) -> bytes:
    """The PDF written anew without anything that acts or hides."""
    try:
        with pikepdf.open(BytesIO(data)) as found:
            if len(found.pages) > MOST_PAGES:
                raise Refusal(
                    "too_many_pages",
                    sentence("El PDF pasa de %(n)s páginas. Divídalo.", n=MOST_PAGES),
                    status=413,
                )
            _disarm(found)
            out = BytesIO()
            found.save(out, linearize=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    except pikepdf.PasswordError as error:
        raise Refusal(
            "pdf_locked", "El PDF tiene contraseña. Guárdelo sin ella y súbalo otra vez.", status=415
        ) from error
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refusal(
            "bad_pdf", "El PDF está dañado. Expórtelo otra vez desde su programa.", status=415
        ) from error
    return out.getvalue()


def _disarm(found: pikepdf.Pdf) -> None:
    _keep_only(found.Root, DRAWN_BY)
    for page in found.pages:
        _keep_only(page.obj, PAGE_DRAWN_BY)
    if "/Info" in found.trailer:
        del found.trailer["/Info"]
    found.remove_unreferenced_resources()
    for one in found.objects:
        if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            for key in CARRIED_BY:
                if key in one:
                    del one[key]


def _keep_only(one: pikepdf.Object, keys: set[str]) -> None:
    for key in set(one.keys()) - keys:
        del one[key]


def _sealed(data: bytes, key: bytes, public_id: str) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, public_id.encode())


def opened_file(attachment: Attachment, key: str) -> bytes:
    """The bytes of a file with the key that its person gave. Raises NotFound where the file is gone or changed."""
    path = path_of(attachment.public_id)
    sealed = path.read_bytes() if path.is_file() else b""
    if sha256(sealed).hexdigest() != attachment.sha256:
        raise NotFound(
            "file_lost", "El archivo adjunto no está o alguien lo cambió. Avise a la oficina digital."
        )
    return AESGCM(to_bytes(key)).decrypt(sealed[:NONCE], sealed[NONCE:], attachment.public_id.encode())


def _shown(file_name: str, kind: str) -> str:
    """The name as it is shown: without folders or odd characters, with the ending of what it really is."""
    stem = Path(file_name.replace("\\", "/")).stem
    clean = "".join(c for c in stem if c.isprintable() and c not in '<>:"|?*')[:60].strip() or "archivo"
    ending = {"image": "jpg", "video": "mp4"}.get(kind, kind)
    return f"{clean}.{ending}"
