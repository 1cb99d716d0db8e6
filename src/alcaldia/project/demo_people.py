"""Accounts of the demo: officials and a citizen, each with a link that registers a passkey in this browser."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from alcaldia.broker import process
from alcaldia.kernel.models import Municipality
from alcaldia.project import environment

if TYPE_CHECKING:
    from alcaldia.identity.models import Official, Person

# user name → role and agency of the post; every agency that a procedure of the first day names has somebody
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
    "ecologia": ("director", "ecologia"),
    "salud": ("reviewer", "salud"),
    "agua": ("director", "agua-y-drenaje"),
    "vialidad": ("reviewer", "vialidad"),
    "seguridad": ("reviewer", "seguridad"),
    "civil": ("director", "registro-civil"),
    "juzgado": ("director", "juzgado-civico"),
    "secretaria": ("director", "secretaria-ayuntamiento"),
    "comercio": ("director", "comercio-y-via-publica"),
    "economia": ("director", "desarrollo-economico"),
    "cultura": ("director", "cultura-y-deporte"),
    "servicios": ("director", "servicios-publicos"),
}
SINCE = date(2025, 1, 1)
CITIZEN = "ciudadana"


def links(town: Municipality) -> dict[str, str]:
    """Name → path of a link that still works: the same until it is used, then a fresh one on the next run.

    It leads to the page to enter once they have a key: no code of the operator's opens an account that has one.
    """
    kept, now = _kept(), {}
    for name in (*OFFICIALS, CITIZEN):
        now[name] = _code(name, town, kept.get(name, ""))
    _keep(now)
    return {name: _path(name, code) for name, code in now.items()}


def _path(name: str, code: str) -> str:
    if name == CITIZEN:
        return f"/cuenta/activar/{code}/" if code else "/cuenta/entrar/"
    return f"/oficina/invitacion/{code}" if code else "/oficina/entrar/"


def _working(code: str) -> str:
    from alcaldia.identity.queries import invitation

    return code if code and invitation(code) is not None else ""


def _code(name: str, town: Municipality, kept: str) -> str:
    """That of their link, "" where they have a key."""
    from alcaldia.identity import actions, queries

    owner = _citizen() if name == CITIZEN else _official(name, town)
    if queries.credential_ids(owner):
        return ""
    return _working(kept) or actions.invite(owner=owner, lasting=True)


def _official(name: str, town: Municipality) -> "Official":
    from alcaldia.identity import offices
    from alcaldia.project.accounts import ensure_post, official_named

    official = official_named(name, "")
    ensure_post(official, town, *OFFICIALS[name], SINCE)
    offices.tell_offices(official)
    return official


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
