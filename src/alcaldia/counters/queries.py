"""Reading the counters' queue."""

from collections.abc import Iterable

from alcaldia.counters.actions import hash_of
from alcaldia.counters.models import CounterDevice, OfflineRequest
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality


def device_of(token: str) -> CounterDevice:
    """The counter of a token. Raises Refusal (401)."""
    found = CounterDevice.objects.select_related("municipality").filter(
        token_hash=hash_of(token), revoked_at=None
    )
    device = found.first() if token else None
    if device is None:
        detail = (
            "Esta ventanilla no está dada de alta o se dio de baja. Pida a la oficina digital un token nuevo."
        )
        raise Refusal("counter_unknown", detail, status=401)
    return device


def waiting(towns: Iterable[Municipality]) -> list[OfflineRequest]:
    """Slips without a case, oldest first."""
    rows = OfflineRequest.objects.select_related("device__municipality").filter(folio="")
    return list(rows.filter(device__municipality__in=towns).order_by("taken_at")[:200])


def one(pk: int, towns: Iterable[Municipality]) -> OfflineRequest:
    """A slip of these municipalities. Raises Refusal (404)."""
    rows = OfflineRequest.objects.select_related("device__municipality")
    found = rows.filter(pk=pk, device__municipality__in=towns).first()
    if found is None:
        raise Refusal("slip_unknown", "No encontramos esa solicitud en su municipio.", status=404)
    return found
