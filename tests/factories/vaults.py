"""Citizens and officials with passkeys in software, before the broker that the test session runs."""

import secrets
from typing import Any

from alcaldia.vault import custodian, holders
from alcaldia.vault.rules.text64 import to_text
from tests.factories.custody import Custody, Someone

_ENROLLED: dict[str, Someone] = {}
"""The session's broker outlives the databases of the tests: whoever has a key there keeps it."""


class Broker(Custody):
    """The session's broker, asked as the web and as the operator ask it."""

    def __init__(self) -> None:
        pass

    @property
    def at(self) -> Any:  # type: ignore[override]
        from datetime import UTC, datetime

        return datetime.now(UTC).replace(microsecond=0)

    def ask(self, name: str, /, **given: Any) -> Any:
        return custodian.ask(name, **given)

    def operate(self, name: str, /, **given: Any) -> Any:
        return custodian.ask_as_operator(name, **given)

    def citizen(self) -> Someone:
        """A person with a vault."""
        found = self.person()
        holders.keep_key(found.certificate)
        return found

    def owner(self, account: str, town: str = "pueblo") -> Someone:
        """The person of an imported account, who enrols with the code of their bill; one who did so before enters."""
        told = self.operate("activation", kind="account", value=f"{town} {account}")
        known = _ENROLLED.get(told["subject"])
        if known is None:
            known = Someone(self, told["subject"], {"kind": "code", "code": told["code"]})
            _ENROLLED[known.subject] = known
        else:
            known.token = known.enter()
        return known


def account(
    number: str, parcel: str, *, due: str = "0.00", name: str = "", person: str = ""
) -> dict[str, str]:
    """A row of a file of accounts; by default of somebody nobody else is."""
    return {
        "cuenta": number, "clave": parcel, "identificador": person or f"XF{secrets.token_hex(5)}",
        "titular": name or "Casilda Ficticia", "predial_pagado": "0.00", "predial_pendiente": due,
        "agua_pagada": "0.00", "agua_pendiente": "0.00",
    }  # fmt: skip


def fresh_account() -> str:
    return "U" + to_text(secrets.token_bytes(6)).replace("-", "A").replace("_", "B").upper()
