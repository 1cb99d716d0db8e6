"""Which channels tell people here: the city's SMTP server, the gateways of keys/notices.toml; in the demo, its own mailbox."""

import tomllib
from pathlib import Path

from django.conf import settings

from alcaldia.connectors import mail, sms, whatsapp
from alcaldia.connectors.simulated_post import SimulatedPost
from alcaldia.kernel import outbound
from alcaldia.notices import accounts
from alcaldia.notices.ports import Sender

DEMO = ("email", "sms", "whatsapp")


def senders() -> dict[str, Sender]:
    """Channel → sender, ready to be plugged in. A wrong setting stops the program with a sentence."""
    if settings.DEMO:
        path = Path(settings.HOME) / "run" / "post.jsonl"
        return {channel: SimulatedPost(channel, path) for channel in DEMO}
    found: dict[str, Sender] = {}
    if settings.SMTP:
        try:
            found["email"] = mail.Mail(mail.read_server(settings.SMTP, settings.SMTP_FROM))
        except ValueError as error:
            raise SystemExit(f"ALCALDIA_SMTP: {error}.") from error
    gateways = configured()
    if "sms" in gateways:
        url = gateways["sms"].get("url", "")
        found["sms"] = sms.Sms(outbound.client(lambda: [url]), gateways["sms"])
    if "whatsapp" in gateways:
        found["whatsapp"] = whatsapp.WhatsApp(outbound.client(lambda: [whatsapp.BASE]), gateways["whatsapp"])
    return found


class AccountPost:
    """Implements `alcaldia.vault.ports.MessageSender`: by the address that the person left in their account, if any."""

    def send(self, *, subject: str, kind: str, text: str, path: str, key: str) -> None:
        del kind
        accounts.queue(subject=subject, text=text, path=path, key=key)


def configured() -> dict[str, dict[str, str]]:
    """The sections of keys/notices.toml, one a channel; none where there is no file."""
    path = Path(settings.HOME) / "keys" / "notices.toml"
    if not path.is_file():
        return {}
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: {key: str(value) for key, value in one.items()}
        for name, one in read.items()
        if isinstance(one, dict)
    }
