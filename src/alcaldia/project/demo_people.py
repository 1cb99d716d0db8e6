"""Accounts of the demo: officials and a citizen, each with a link that registers a passkey in this browser."""

import json
from datetime import date
from pathlib import Path

from alcaldia.kernel.models import Municipality
from alcaldia.project import environment

# user name → post
OFFICIALS = {
    "planeacion": "planner",
    "catastro": "cadastre",
    "tesoreria": "treasury",
    "ventanilla": "clerk",
    "registro": "registrar",
}
SINCE = date(2025, 1, 1)
CITIZEN = "ciudadana"


def links(town: Municipality) -> dict[str, str]:
    """Name → path of a link that still works: the same until it is used, then a fresh one on the next run."""
    kept, now = _kept(), {}
    for name in (*OFFICIALS, CITIZEN):
        now[name] = _working(kept.get(name, "")) or _fresh(name, town)
    _keep(now)
    door = dict.fromkeys(OFFICIALS, "/oficina/invitacion/{}") | {CITIZEN: "/cuenta/activar/{}/"}
    return {name: door[name].format(code) for name, code in now.items()}


def _working(code: str) -> str:
    from alcaldia.identity.queries import invitation

    return code if code and invitation(code) is not None else ""


def _fresh(name: str, town: Municipality) -> str:
    from alcaldia.identity import actions
    from alcaldia.project.accounts import ensure_post, official_named

    if name == CITIZEN:
        return actions.invite(owner=actions.create_person(), lasting=True)
    official = official_named(name, "")
    ensure_post(official, town, OFFICIALS[name], SINCE)
    return actions.invite(owner=official, lasting=True)


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
