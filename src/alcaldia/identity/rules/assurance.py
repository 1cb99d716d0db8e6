"""How sure the city is of who is there: four levels, one order."""

from collections.abc import Iterable
from enum import IntEnum


class Assurance(IntEnum):
    """NONE: nobody. CODE: a code reached them. PASSKEY: their own device. VERIFIED: and the city saw who they are."""

    NONE = 0
    CODE = 1
    PASSKEY = 2
    VERIFIED = 3


LABELS = {
    Assurance.NONE: "Sin identificar",
    Assurance.CODE: "Con un código",
    Assurance.PASSKEY: "Con su llave de acceso",
    Assurance.VERIFIED: "Con su llave y su identidad comprobada",
}


def of_session(proved: Assurance, proofs: Iterable[Assurance]) -> Assurance:
    """What a login proved, raised by a proof of identity only when the login was by passkey.

    A code that was intercepted must not inherit what the person once proved with their papers.
    """
    if proved < Assurance.PASSKEY:
        return proved
    return max([proved, *proofs])
