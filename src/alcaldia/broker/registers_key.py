"""The secret of the registers on its way from the web's keys, where it lay once, to the broker's; afterwards the web has none."""

import hmac
import sys

from alcaldia.broker.config import Config
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.keyfiles import write_whole
from alcaldia.vault.rules.text64 import to_bytes

SIZE = 32


def adopt(broker: Broker, *, secret: str) -> None:
    """Keep the secret that the web had; the same again changes nothing. Raises Refusal where another one is in use here."""
    _adopt(broker.config, to_bytes(secret))


def take_over(broker: Broker) -> None:
    """At the start: take it from the web's keys where this user may read them. Elsewhere an operator brings it."""
    path = broker.config.registers_key_of_the_web
    try:
        if not broker.config.second:
            _adopt(broker.config, path.read_bytes())
            path.unlink()
    except FileNotFoundError:
        return
    except (OSError, Refusal, ValueError) as error:
        sys.stderr.write(f"custodio: no tomó la llave de los registros ({type(error).__name__})\n")


def _adopt(config: Config, secret: bytes) -> None:
    if len(secret) != SIZE:
        raise ValueError("not a secret of registers")
    path = config.registers_key
    if not path.exists():
        write_whole(path, secret, mode=0o600)
    elif not hmac.compare_digest(path.read_bytes(), secret):
        detail = "El custodio ya tiene otra llave de los registros y la usa. No se cambió nada; restaure la suya de un respaldo."
        raise Refusal("other_registers_key", detail, status=409)
