"""People without a key: the code of their own request opens a vault for that request, and only that.

It is the lowest assurance: whoever holds the paper is believed. A permit given so carries the broker's own
seal in place of a passkey's signature, names one case, and never opens data of anybody's account.
"""

from typing import Any

from alcaldia.broker import grants, onetime, seals, subjects
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import Refusal

KIND = "case"
YEARS = 10
"""How long the code of a request opens its data; erasing them ends it sooner."""


def open_coded(
    broker: Broker, *, subject: str, code: str, send: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A new vault that this code opens, with the permits of its request; returns the certificate of its key.

    The same subject and code again give the same certificate. Raises Refusal where custody is split: the
    second broker has nothing to check; and for any account but a person's: nobody becomes an official or a kiosk by a code
    that the web brought.
    """
    if subject[:2] != "p_":
        raise Refusal(
            "persons_only",
            "Con el código de una solicitud sólo se abre la bóveda de una persona.",
            status=403,
        )
    if broker.guardian is not None:
        detail = "Aquí la custodia está dividida y los datos personales sólo se reciben con llave de acceso. Entre con la suya."
        raise Refusal("needs_key", detail, status=403)
    if broker.store.one("SELECT 1 FROM subject WHERE subject = ?", subject):
        _check_owner(broker, subject, code)
    else:
        with broker.store.transaction() as connection:
            subjects.create(broker, connection, subject)
            until = broker.now().replace(year=broker.now().year + YEARS, month=1, day=1).isoformat()
            onetime.insert(connection, code, KIND, until, subject=subject)
    if send is not None:
        _keep(broker, send, subject)
    return subjects.certificate(broker, subject)


def _keep(broker: Broker, send: dict[str, Any], subject: str) -> None:
    found = grants.read(send)
    if found.grants[0].person != subject:
        raise Refusal("other_person", "Esos permisos son de otra persona.", status=403)
    grants.keep_sealed(broker, found, seals.seal(broker, found))


def enter_coded(broker: Broker, *, code: str) -> dict[str, str]:
    """A session for whoever holds the code: they see their data, who looked, and can take permits back."""
    subject = onetime.owner(broker, code, {KIND})
    return {"subject": subject, "token": subjects.session_of(broker, subject)}


def _check_owner(broker: Broker, subject: str, code: str) -> None:
    if onetime.owner(broker, code, {KIND}) != subject:
        raise Refusal("bad_code", "Ese código es de otra solicitud.", status=403)
