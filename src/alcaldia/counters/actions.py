"""Naming a counter, receiving its slips exactly once, and settling them."""

from hashlib import sha256
from secrets import token_urlsafe

from django.db import transaction
from django.utils import timezone

from alcaldia.counters import events
from alcaldia.counters.models import CounterDevice, OfflineRequest
from alcaldia.counters.rules.slip import Slip
from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act


@transaction.atomic
def add_device(*, town: Municipality, name: str, by: str, channel: str) -> str:
    """A token for a counter of this name, shown once. Raises Refusal where the name is taken or unfit for a slip."""
    if not (1 <= len(name) <= 12 and name.isascii() and name.isalnum() and name == name.upper()):
        raise Refusal(
            "bad_name", "El nombre de la ventanilla son de 1 a 12 letras mayúsculas o cifras, como M1."
        )
    if CounterDevice.objects.filter(municipality=town, name=name).exists():
        raise Refusal(
            "name_taken", f"Ya hay una ventanilla «{name}». Use otro nombre: los números no se repiten."
        )
    # A letter first: a token that began with "-" was read as an option by the counter's own command line.
    token = f"m{token_urlsafe(32)}"
    CounterDevice.objects.create(municipality=town, name=name, token_hash=hash_of(token))
    record(Act(events.DEVICE_ADDED, f"VENTANILLA-{name}", {"name": name}, town), by=by, channel=channel)
    return token


@transaction.atomic
def revoke_device(*, town: Municipality, name: str, by: str, channel: str) -> None:
    """From now on what the machine sends is refused: it was lost or replaced."""
    found = CounterDevice.objects.filter(municipality=town, name=name, revoked_at=None)
    if not found.update(revoked_at=timezone.now()):
        raise Refusal("counter_unknown", f"No hay una ventanilla «{name}» en uso.", status=404)
    record(Act(events.DEVICE_REVOKED, f"VENTANILLA-{name}", {"name": name}, town), by=by, channel=channel)


def hash_of(token: str) -> str:
    return sha256(b"alcaldia counter " + token.encode()).hexdigest()


@transaction.atomic
def receive(slip: Slip, *, device: CounterDevice) -> OfflineRequest:
    """Keep a slip, or find it where it was kept before. Raises Refusal where the same key says something else.

    The device's row is locked: the same slip sent twice at once is one row, on both engines.
    """
    CounterDevice.objects.select_for_update().get(pk=device.pk)
    hashed = digest(slip.body())
    known = OfflineRequest.objects.filter(device=device, key=slip.key).first()
    if known is not None:
        if known.digest != hashed:
            raise Refusal("key_used", "Esa clave ya la usó otra solicitud de esta ventanilla.", status=409)
        return known
    if OfflineRequest.objects.filter(device=device, number=slip.number).exists():
        raise Refusal("number_used", "Ese número ya es de otra solicitud de esta ventanilla.", status=409)
    if not slip.number.startswith(f"{device.name}-"):
        raise Refusal("other_counter", "Ese número no es de esta ventanilla.", status=409)
    made = OfflineRequest.objects.create(
        device=device, digest=hashed, received_at=timezone.now(), **vars(slip)
    )
    act = Act(events.RECEIVED, slip.number, {"sha256": hashed}, device.municipality)
    record(act, by=device.name, channel="counter")
    return made


@transaction.atomic
def settle(*, request: OfflineRequest, folio: str, by: str, channel: str) -> None:
    """The case of this folio came of it. Once."""
    if not folio.strip() or len(folio) > 80:
        raise Refusal("no_folio", "Escriba el folio del expediente que abrió con esta solicitud.")
    found = OfflineRequest.objects.filter(pk=request.pk, folio="")
    if not found.update(folio=folio.strip(), settled_at=timezone.now()):
        raise Refusal("settled", "Esta solicitud ya tiene expediente. Actualice la página.", status=409)
    body = {"number": request.number, "folio": folio.strip()}
    act = Act(events.SETTLED, request.number, body, request.device.municipality)
    record(act, by=by, channel=channel)
