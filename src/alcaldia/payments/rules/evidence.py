"""What is kept of a provider's message: enough to ask the provider about it, and nothing of who paid.

Providers send along name, e-mail, telephone, address and card of the payer. A list of what may stay, not of what must
go: a member that a provider invents tomorrow is left out.
"""

import json
from hashlib import sha256
from typing import Any

from alcaldia.kernel.canonical import canonical

KEPT = frozenset(
    [
        "id",
        "object",
        "type",
        "kind",
        "action",
        "event",
        "status",
        "payment_status",
        "status_detail",
        "key",
        "reference",
        "client_reference_id",
        "external_reference",
        "charge",
        "charge_id",
        "payment",
        "payment_id",
        "payment_intent",
        "order_id",
        "amount",
        "cents",
        "returned",
        "amount_total",
        "amount_refunded",
        "transaction_amount",
        "transaction_amount_refunded",
        "currency",
        "currency_id",
        "created",
        "created_at",
        "date_created",
        "date_approved",
        "date_last_updated",
        "paid_at",
        "updated_at",
        "at",
        "disputed",
        "livemode",
        "live_mode",
        "api_version",
    ]
)
INSIDE = frozenset(
    ["data", "object", "latest_charge", "payment_intent", "charges", "metadata", "transaction_details"]
)
"""Members that are gone into; what lies in them is held to the same list."""
LONGEST, DEEPEST = 160, 6


def kept(raw: bytes) -> bytes:
    """Canonical JSON: "sha256" of the whole message, as the provider can show it, and "told", the part that may stay."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    told = _of(found, DEEPEST) if isinstance(found, dict) else None
    return canonical({"sha256": sha256(raw).hexdigest(), "told": told})


def _of(value: Any, depth: int) -> Any:
    """The harmless part of a JSON value; None where there is none."""
    if isinstance(value, dict) and depth:
        found = {name: _of(one, depth - 1) for name, one in value.items() if _may_stay(name, one)}
        return {name: one for name, one in found.items() if one is not None}
    if isinstance(value, list) and depth:
        return [_of(one, depth - 1) for one in value if isinstance(one, dict)]
    return str(value)[:LONGEST] if isinstance(value, str | int | float) else None


def _may_stay(name: str, value: Any) -> bool:
    return name in (INSIDE if isinstance(value, dict | list) else KEPT)
