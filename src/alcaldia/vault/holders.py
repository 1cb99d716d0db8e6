"""Public keys of vaults, as the broker certified them."""

from typing import Any

from alcaldia.vault import custodian
from alcaldia.vault.models import Holder
from alcaldia.vault.rules.text64 import to_bytes


def keep_key(told: dict[str, Any]) -> Holder:
    """Keep a subject's public key as the broker certified it. Raises Refusal for any other key."""
    [found] = keep_keys([told])
    return found


def keep_keys(certificates: list[dict[str, Any]]) -> list[Holder]:
    """The same for many; a known subject's key is replaced."""
    for told in certificates:
        custodian.check_certificate(told)
        custodian.check_second(told.get("other"))
    rows = [
        Holder(
            subject=told["subject"], suite=told["suite"], public_key=to_bytes(told["public"]),
            signature=to_bytes(told["signature"]), **_second(told.get("other")),
        )
        for told in certificates
    ]  # fmt: skip
    changed = ["suite", "public_key", "signature", "second_suite", "second_key", "second_signature"]
    Holder.objects.bulk_create(rows, update_conflicts=True, unique_fields=["subject"], update_fields=changed)
    subjects = [row.subject for row in rows]
    return list(Holder.objects.filter(subject__in=subjects))


def _second(told: dict[str, str] | None) -> dict[str, Any]:
    if not told:
        return {}
    return {
        "second_suite": told["suite"], "second_key": to_bytes(told["public"]),
        "second_signature": to_bytes(told["signature"]),
    }  # fmt: skip
