"""SMS by a gateway with one JSON door: POST {"to", "text", "key"} with a bearer token, answered {"id"}.

Most gateways take this as it is or behind ten lines of adapter; docs/manual/avisos.md has the contract.
"""

from collections.abc import Mapping

import httpx

from alcaldia.connectors.gateways import international, post
from alcaldia.notices.rules.templates import Written

LONGEST = 459
"""Three parts of an SMS in the 7-bit alphabet; with letters outside of it the gateway splits more."""


class Sms:
    channel, is_demo = "sms", False

    def __init__(self, client: httpx.Client, section: Mapping[str, str]) -> None:
        self.client, self.section = client, section

    def send(self, address: str, message: Written, *, key: str) -> str:
        body = {"to": f"+{international(address)}", "text": message.text[:LONGEST], "key": key}
        headers = {"Authorization": f"Bearer {self.section.get('token', '')}", "Idempotency-Key": key}
        return str(post(self.client, self.section["url"], body, headers).get("id", ""))

    def check(self) -> list[str]:
        return [
            f"keys/notices.toml: falta {name} en [sms]"
            for name in ("url", "token")
            if not self.section.get(name)
        ]
