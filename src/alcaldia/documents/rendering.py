"""Typst in one process: texts and files in, tagged PDF/A-3a (also PDF/UA-1) out.

Everything that comes from people travels as JSON through `sys.inputs` and is printed as text:
no markup is ever built from it. The compiler reads nothing but layouts/ and fonts/.
"""

import json
import os
import re
import threading
import unicodedata
import warnings
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
import typst

from alcaldia.kernel.errors import Refusal

# One page gains nothing from typst's thread pool: 51 ms of processor per document with one thread, 54 with two
# (measured), and two workers on two cores would fight over it. Read when the first document is drawn.
os.environ.setdefault("RAYON_NUM_THREADS", "1")

HERE = Path(__file__).parent
LAYOUTS = HERE / "layouts"
STANDARDS: Any = ["a-3a", "ua-1"]
# What the embedded fonts can show. PDF/A forbids a glyph that is not there, so anything else (control and
# direction characters, emoji, other scripts) is printed as U+FFFD; the attached act keeps the original.
_NOT_SHOWN = re.compile(
    "[^\n\u0020-\u007e\u00a0-\u00ac\u00ae-\u017f\u0391-\u03a1\u03a3-\u03a9\u03b1-\u03c9\u0410-\u044f"
    "\u2010-\u2015\u2018-\u201e\u2020-\u2022\u2026\u2030\u2032\u2033\u2039\u203a\u2044\u20ac\u2116\u2122\u2190-\u2193"
    "\u2212\u2248\u2260\u2264\u2265\u2713\u2715\u2717]"
)
# Any of the eight masks of ISO/IEC 18004 reads; choosing the prettiest for each document took 10 ms of 67 (measured).
QR_MASK = 3
_lock = threading.Lock()
_compilers: list[tuple[int, typst.Compiler]] = []


def _compiler() -> typst.Compiler:
    # typst's thread pool does not live on in a forked child: it would wait for ever (seen), so it is refused.
    if not _compilers:
        fonts = [HERE / "fonts"]
        made = typst.Compiler(root=LAYOUTS, font_paths=fonts, ignore_system_fonts=True)
        _compilers.append((os.getpid(), made))
    born, compiler = _compilers[0]
    if born != os.getpid():
        raise RuntimeError(
            "documents cannot be drawn in a fork of a process that drew one: start workers by spawn"
        )
    return compiler


def pdf(
    template: str, texts: dict[str, Any], *, act: bytes, receipt: str, sketch_svg: str, made_at: datetime
) -> bytes:
    """The PDF of one document with act and receipt attached. Raises Refusal where it cannot be drawn."""
    return draw(
        template,
        texts,
        sketch_svg=sketch_svg,
        made_at=made_at,
        attached={"act": act.decode(), "receipt": receipt},
    )


def draw(
    template: str,
    texts: dict[str, Any],
    *,
    sketch_svg: str,
    made_at: datetime,
    attached: dict[str, str] | None = None,
) -> bytes:
    """One layout filled with texts; `stamp.verify_url` among them becomes the QR. Raises Refusal as `pdf` does."""
    layout = LAYOUTS / f"{template}.typ"
    if not template.isidentifier() or template.startswith("_") or not layout.is_file():
        raise Refusal(
            "template_unknown", f"No existe el formato «{template}». Elija uno de los formatos instalados."
        )
    inputs = {
        "texts": json.dumps(printable(texts), ensure_ascii=False),
        "sketch": printable(sketch_svg),
        "qr": qr(texts["stamp"]["verify_url"]),
        **(attached or {}),
    }
    try:
        with _lock, warnings.catch_warnings():
            warnings.simplefilter("ignore", typst.TypstWarning)
            made = _compiler().compile(
                layout,
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=STANDARDS,
                timestamp=made_at.replace(microsecond=0),
            )
    except typst.TypstError as error:
        raise Refusal(
            "document_not_drawn",
            "No se pudo dibujar el documento. El acto sigue en el registro; avise a la oficina digital.",
            cause=error.message,
        ) from error
    assert isinstance(made, bytes)  # noqa: S101
    return made


def printable(value: Any) -> Any:
    """The same texts with only characters that the fonts can show."""
    if isinstance(value, str):
        return _NOT_SHOWN.sub("\ufffd", unicodedata.normalize("NFC", value.replace("\r", "").expandtabs(1)))
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}
    return [printable(item) for item in value] if isinstance(value, list) else value


def qr(address: str) -> str:
    """The QR code of an address as SVG."""
    out = BytesIO()
    segno.make(address, error="m", micro=False, mask=QR_MASK).save(
        out, kind="svg", border=0, xmldecl=False, svgns=True
    )
    return out.getvalue().decode()
