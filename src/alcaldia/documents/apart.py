"""One document drawn in a process of its own, whose memory ends with it.

The renderer remembers what it drew for a dozen drawings more (seen in its memory): what is personal is not drawn in
a process that goes on to serve others. Everything travels by pipes: nothing is in arguments, files or messages.
"""

import base64
import json
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from alcaldia.documents import rendering
from alcaldia.kernel.errors import Refusal

SECONDS = 30
SOURCE = Path(__file__).resolve().parents[2]
_one = threading.Lock()
"""One at a time for each process that serves: a crowd waits instead of filling the memory."""


def pdf(
    template: str, texts: dict[str, Any], *, act: bytes, receipt: str, sketch_svg: str, made_at: datetime
) -> bytes:
    """As `rendering.pdf`. Raises Refusal, which says nothing of what was to be drawn."""
    asked = {
        "template": template, "texts": texts, "act": base64.b64encode(act).decode(), "receipt": receipt,
        "sketch_svg": sketch_svg, "made_at": made_at.isoformat(),
    }  # fmt: skip
    command = [sys.executable, "-m", "alcaldia.documents.apart"]
    try:
        with _one:
            done = subprocess.run(
                command, input=json.dumps(asked).encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": str(SOURCE)}, timeout=SECONDS, check=True,
            )  # fmt: skip
    except (subprocess.SubprocessError, OSError):
        detail = "No se pudo dibujar el documento. El acto sigue en el registro; avise a la oficina digital."
        raise Refusal("document_not_drawn", detail) from None
    return done.stdout


def main() -> None:
    """Read what to draw, write the PDF."""
    asked = json.load(sys.stdin.buffer)
    act, made_at = base64.b64decode(asked.pop("act")), datetime.fromisoformat(asked.pop("made_at"))
    sys.stdout.buffer.write(rendering.pdf(act=act, made_at=made_at, **asked))


if __name__ == "__main__":
    main()
