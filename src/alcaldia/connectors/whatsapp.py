"""WhatsApp Cloud API: a template message, as Meta's documentation of version 21 writes it.

A business may only begin a conversation with a template that Meta approved; ours has two places, title and text.
Written from what Meta publishes of its format, without an exchange to compare with; never run against a live account.
"""

from collections.abc import Mapping

import httpx

from alcaldia.connectors.gateways import international, post
from alcaldia.notices.rules.templates import Written

BASE = "https://graph.facebook.com"
VERSION = "v21.0"


class WhatsApp:
    channel, is_demo = "whatsapp", False

    def __init__(self, client: httpx.Client, section: Mapping[str, str]) -> None:
        self.client, self.section = client, section

    def send(self, address: str, message: Written, *, key: str) -> str:
        url = f"{BASE}/{VERSION}/{self.section['phone_id']}/messages"
        told = post(self.client, url, self.body(address, message, key), self.headers())
        sent = told.get("messages") or [{}]
        return str(sent[0].get("id", ""))

    def body(self, address: str, message: Written, key: str) -> dict[str, object]:
        """The request. A parameter of a template takes no line breaks."""
        places = [{"type": "text", "text": " ".join(one.split())} for one in (message.title, message.text)]
        return {
            "messaging_product": "whatsapp", "to": international(address), "type": "template",
            "template": {"name": self.section["template"], "language": {"code": self.section.get("language", "es_MX")},
                         "components": [{"type": "body", "parameters": places}]},
            "biz_opaque_callback_data": key,
        }  # fmt: skip

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.section.get('token', '')}"}

    def check(self) -> list[str]:
        wanted = ("phone_id", "token", "template")
        return [
            f"keys/notices.toml: falta {name} en [whatsapp]" for name in wanted if not self.section.get(name)
        ]
