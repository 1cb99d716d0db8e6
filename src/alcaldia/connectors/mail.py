"""E-mail by the city's own SMTP server: STARTTLS or TLS from the start, always with time limits (RFC 5321, 3207)."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from alcaldia.notices.ports import BadAddress, NotSent
from alcaldia.notices.rules.templates import Written

PATIENCE = 10.0
PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


@dataclass(frozen=True)
class Server:
    """Where mail is handed in. `kind`: smtp (STARTTLS), smtps, or smtp+plain for a server on this machine."""

    kind: str
    host: str
    port: int
    user: str
    password: str
    sender: str


def read_server(url: str, sender: str) -> Server:
    """From smtp://user:pass@host:587. Raises ValueError with what is wrong, in Spanish."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("se escribe como smtp://usuario:clave@servidor:587, o smtps:// para TLS directo")
    if parts.scheme == "smtp+plain" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("smtp+plain:// no cifra: sólo sirve para un servidor de esta misma máquina")
    if "@" not in sender:
        raise ValueError("falta de quién sale el correo: ALCALDIA_SMTP_FROM=avisos@su-municipio.gob.mx")
    port = parts.port or PORTS[parts.scheme]
    return Server(parts.scheme, parts.hostname, port, unquote(parts.username or ""),
                  unquote(parts.password or ""), sender)  # fmt: skip


def connect(server: Server) -> smtplib.SMTP:
    """A session that may hand mail in. Raises OSError, SMTPException."""
    context = ssl.create_default_context()
    if server.kind == "smtps":
        line: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
    else:
        line = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    try:
        if server.kind == "smtp":
            line.starttls(context=context)
        if server.user:
            line.login(server.user, server.password)
    except (OSError, smtplib.SMTPException):
        line.close()
        raise
    return line


class Mail:
    channel, is_demo = "email", False

    def __init__(self, server: Server, connect: Callable[[Server], smtplib.SMTP] = connect) -> None:
        self.server, self.connect = server, connect

    def send(self, address: str, message: Written, *, key: str) -> str:
        """The Message-ID, which is the same for the same key."""
        made = self.made(address, message, key)
        try:
            with self.connect(self.server) as line:
                line.send_message(made)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0] if error.recipients else 450
            # 5xx of the recipient is for ever (RFC 5321, 4.2.1); 4xx is greylisting or a full box.
            raise (BadAddress if code >= 500 else NotSent)(str(code)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(type(error).__name__) from error
        return str(made["Message-ID"])

    def made(self, address: str, message: Written, key: str) -> EmailMessage:
        """The letter. Raises BadAddress for what no header takes."""
        mail = EmailMessage()
        domain = self.server.sender.rpartition("@")[2].strip("> ")
        try:
            mail["To"] = Address(addr_spec=address)
        except (ValueError, IndexError) as error:
            raise BadAddress("not an address") from error
        mail["From"], mail["Subject"] = self.server.sender, message.title
        mail["Date"] = formatdate(localtime=False)
        mail["Message-ID"] = f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail

    def check(self) -> list[str]:
        try:
            with self.connect(self.server):
                return []
        except (smtplib.SMTPException, OSError) as error:
            return [
                f"El correo no sale: {self.server.host}:{self.server.port} contestó {type(error).__name__}. Revise ALCALDIA_SMTP."
            ]
