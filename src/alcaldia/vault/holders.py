"""Public keys of vaults, as the broker certified them."""

from alcaldia.vault import custodian
from alcaldia.vault.models import Holder
from alcaldia.vault.rules.text64 import to_bytes


def keep_key(told: dict[str, str]) -> Holder:
    """Keep a subject's public key as the broker certified it. Raises Refusal for any other key."""
    [found] = keep_keys([told])
    return found


def keep_keys(certificates: list[dict[str, str]]) -> list[Holder]:
    """The same for many; a known subject's key is replaced."""
    for told in certificates:
        custodian.check_certificate(told)
    rows = [
        Holder(
            subject=told["subject"], suite=told["suite"], public_key=to_bytes(told["public"]),
            signature=to_bytes(told["signature"]),
        )
        for told in certificates
    ]  # fmt: skip
    changed = ["suite", "public_key", "signature"]
    Holder.objects.bulk_create(rows, update_conflicts=True, unique_fields=["subject"], update_fields=changed)
    subjects = [row.subject for row in rows]
    return list(Holder.objects.filter(subject__in=subjects))
