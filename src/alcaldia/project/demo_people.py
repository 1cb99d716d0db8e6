"""Accounts of the demo: officials and a citizen, each with a link that registers a passkey in this browser."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from alcaldia.broker import process
from alcaldia.kernel.models import Municipality
from alcaldia.project import environment

if TYPE_CHECKING:
    from alcaldia.identity.models import Person

# user name → role and agency of the post
OFFICIALS = {
    "planeacion": ("planner", ""),
    "catastro": ("cadastre", "catastro"),
    "tesoreria": ("treasury", "tesoreria"),
    "caja": ("cashier", "tesoreria"),
    "ventanilla": ("clerk", ""),
    "registro": ("registrar", ""),
    "licencias": ("director", "padron-y-licencias"),
    "urbano": ("director", "desarrollo-urbano"),
    "proteccion": ("inspector", "proteccion-civil"),
    "ecologia": ("reviewer", "ecologia"),
    "salud": ("reviewer", "salud"),
}
SINCE = date(2025, 1, 1)
CITIZEN = "ciudadana"


def links(town: Municipality) -> dict[str, str]:
    """Name → path of a link that still works: the same until it is used, then a fresh one on the next run.

    The citizen's leads to the page to enter once they have a key: no code of the operator's opens an account that has one.
    """
    kept, now = _kept(), {}
    for name in (*OFFICIALS, CITIZEN):
        now[name] = _working(kept.get(name, "")) or _fresh(name, town)
    _keep(now)
    door = dict.fromkeys(OFFICIALS, "/oficina/invitacion/{}") | {CITIZEN: "/cuenta/activar/{}/"}
    return {name: door[name].format(code) if code else "/cuenta/entrar/" for name, code in now.items()}


def _working(code: str) -> str:
    from alcaldia.identity.queries import invitation

    return code if code and invitation(code) is not None else ""


def _fresh(name: str, town: Municipality) -> str:
    from alcaldia.identity import actions
    from alcaldia.project.accounts import ensure_post, official_named

    if name == CITIZEN:
        citizen = _citizen()
        return "" if citizen.passkeys.exists() else actions.invite(owner=citizen, lasting=True)
    official = official_named(name, "")
    ensure_post(official, town, *OFFICIALS[name], SINCE)
    return actions.invite(owner=official, lasting=True)


def citizen_among(accounts: list[dict[str, str]]) -> str:
    """Who the citizen's link is of: somebody with two parcels, one paid and one in debt, to try both."""
    owned: dict[str, list[dict[str, str]]] = {}
    for row in accounts:
        owned.setdefault(row["identificador"], []).append(row)
    paid = {who: {row["predial_pendiente"] == "0.00" for row in rows} for who, rows in owned.items()}
    return next(who for who, rows in owned.items() if len(rows) == 2 and len(paid[who]) == 2)


def choose_citizen(account: dict[str, str], slug: str) -> None:
    """Keep who the citizen is, by an account of theirs that is already in a vault."""
    from alcaldia.vault import custodian

    value = f"{slug} {account['cuenta']}"
    with process.running(environment.home() / "broker", environment.public_url()):
        subject = custodian.ask_as_operator("activation", kind="account", value=value)["subject"]
    environment.private_text(environment.home() / "keys" / "demo_citizen", subject)


def _citizen() -> "Person":
    from alcaldia.identity import actions
    from alcaldia.identity.models import Person

    path = environment.home() / "keys" / "demo_citizen"
    subject = path.read_text(encoding="utf-8") if path.is_file() else ""
    return Person.objects.filter(public_id=subject).first() or actions.create_person()


def _file() -> Path:
    return environment.home() / "keys" / "demo_links"


def _kept() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _keep(codes: dict[str, str]) -> None:
    """Readable by its owner only: each is a way in."""
    _file().unlink(missing_ok=True)
    environment.private_text(_file(), json.dumps(codes))
