"""Which companies move money here: the simulated bank where the operator wants it, and those of keys/payments.toml."""

import secrets
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.conf import settings

from alcaldia.connectors import conekta, mercadopago, stripe
from alcaldia.connectors.simulated import SimulatedBank
from alcaldia.connectors.simulated_bank.app import application
from alcaldia.connectors.simulated_bank.bank import Bank
from alcaldia.kernel import outbound
from alcaldia.payments.ports import Provider
from alcaldia.project import environment

PREFIX = "/banco-de-prueba"
# Kind of a section of keys/payments.toml → its adapter and the one address it may speak to.
KINDS: dict[str, tuple[Callable[..., Provider], str]] = {
    "stripe": (stripe.Stripe, stripe.BASE),
    "mercadopago": (mercadopago.MercadoPago, mercadopago.BASE),
    "conekta": (conekta.Conekta, conekta.BASE),
}
Wsgi = Callable[..., Iterable[bytes]]


def providers() -> dict[str, Provider]:
    """Name → provider, ready to be plugged in."""
    found: dict[str, Provider] = {}
    if settings.SIMULATED_BANK:
        one = bank()
        found["simulated"] = SimulatedBank(outbound.inside(application(one, PREFIX)), one.secret, PREFIX)
    for name, section in configured().items():
        kind = section.get("kind", name)
        if kind not in KINDS:
            raise SystemExit(f"keys/payments.toml: no conozco «{kind}». Los que hay: {', '.join(KINDS)}.")
        make, address = KINDS[kind]
        found[name] = make(outbound.client(_only(address)), section, name)
    return found


def _only(address: str) -> Callable[[], list[str]]:
    return lambda: [address]


def bank() -> Bank:
    """The simulated bank of this installation, with its own file and its own secret."""
    home = Path(settings.HOME)
    secret = environment.private_text(home / "keys" / "bank_secret", secrets.token_urlsafe(32))
    return Bank(home / "bank", secret)


def bank_door(city: Wsgi) -> Wsgi:
    """Mounts the bank beside the city's program: its addresses never reach Django, nor the city's the bank."""
    if not settings.SIMULATED_BANK:
        return city
    mounted = application(bank(), PREFIX)

    def door(request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = request.get("PATH_INFO", "")
        ours = path == PREFIX or path.startswith(f"{PREFIX}/")
        return mounted(request, start) if ours else city(request, start)

    return door


def secrets_file() -> Path:
    return Path(settings.HOME) / "keys" / "payments.toml"


def configured() -> dict[str, dict[str, str]]:
    """The sections of keys/payments.toml, one a provider; none where there is no file."""
    path = secrets_file()
    if not path.is_file():
        return {}
    return {
        name: {key: str(value) for key, value in section.items()}
        for name, section in tomllib.loads(path.read_text(encoding="utf-8")).items()
        if isinstance(section, dict)
    }
