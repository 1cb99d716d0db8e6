"""Viruses: ClamAV by its INSTREAM protocol (clamd(8)), where the city runs it. Without it a file is marked so.

The EICAR test file is known without any scanner, so that an operator can try the path.
"""

import struct

from django.conf import settings

from alcaldia.kernel import outbound
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.models import Attachment

# In two parts: the whole string in this file would make scanners refuse the program.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CHUNK, SECONDS = 64 * 1024, 20.0


def scan(data: bytes) -> str:
    """ "clean" or "unscanned". Raises Refusal for what carries a virus, and where a configured scanner does not answer."""
    if EICAR in data:
        raise _infected()
    if not settings.CLAMAV:
        return Attachment.Verdict.UNSCANNED
    try:
        answer = _ask(settings.CLAMAV, data)
    except OSError as error:
        detail = (
            "No se pudo revisar el archivo contra virus. Intente en unos minutos; lo demás quedó guardado."
        )
        raise Refusal("scanner_down", detail, status=503) from error
    if b"FOUND" in answer:
        raise _infected()
    return (
        Attachment.Verdict.CLEAN if answer.strip(b"\0 \n").endswith(b"OK") else Attachment.Verdict.UNSCANNED
    )


def _ask(address: str, data: bytes) -> bytes:
    with outbound.line(address, SECONDS) as line:
        line.sendall(b"zINSTREAM\0")
        for at in range(0, len(data), CHUNK):
            part = data[at : at + CHUNK]
            line.sendall(struct.pack("!I", len(part)) + part)
        line.sendall(struct.pack("!I", 0))
        return line.recv(4096)


def _infected() -> Refusal:
    detail = "El archivo trae un virus y no se guardó. Revise su aparato y suba otro archivo."
    return Refusal("infected", detail, status=422)
