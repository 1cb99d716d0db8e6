"""Spare keys as the web knows them: what the person is about to sign, and handing it to the broker. No key passes but once."""

from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.vault import custodian
from alcaldia.vault.rules import codes, spare
from alcaldia.vault.rules.spare import DEVICE, HELP, MAKE, PAPER, PERSON, REMOVE, Act, BadAct

DOORS = {MAKE: "make_spare", REMOVE: "remove_spare", HELP: "help_restore"}
"""Where each act goes once it is signed."""


def mine(token: str) -> dict[str, Any]:
    """The person's spares and what may be done with them (see the broker's `spares.mine`). Raises Refusal."""
    return dict(custodian.ask("my_spares", token=token))


def draft_make(person: str, kind: str, given: dict[str, str]) -> Act:
    """A spare to be made: `given` has the trusted person's code, or what the browser made. Raises Refusal."""
    about = {
        PAPER: dict,
        DEVICE: lambda: {name: given.get(name, "") for name in ("public", "credential", "salt")},
        PERSON: lambda: {"code": codes.mark(given.get("code", ""))},
    }.get(kind)
    if about is None:
        raise _not_one()
    return _draft(Act(MAKE, person, _nonce(person), kind, about()))


def draft(what: str, person: str, id: str) -> Act:
    """REMOVE or HELP over one spare. Raises Refusal."""
    return _draft(Act(what, person, _nonce(person), "", {"spare": id}))


def read(told: Any) -> Act:
    """The act that a form carried. Raises Refusal."""
    try:
        return spare.read_act(told)
    except BadAct as error:
        raise _not_one() from error


def do(act: Act, assertion: dict[str, Any], *, token: str) -> str:
    """Hand over what the person signed; the code of a new spare on paper, "" otherwise. Raises Refusal."""
    told = custodian.ask(DOORS[act.what], act=act.body(), assertion=assertion, token=token)
    return str(told["code"]) if act.what == MAKE else ""


def restore(*, token: str, code: str = "", secret: str = "") -> None:
    """Open again what the broker lost, by a code on paper or by a device's secret. Raises Refusal."""
    custodian.ask("restore", token=token, code=code, secret=secret)


def ask_help(id: str, *, token: str) -> None:
    """Ask the trusted person of this spare. Raises Refusal."""
    custodian.ask("ask_help", spare=id, token=token)


def trust_code(token: str) -> str:
    """A one-use code for whoever wants to name the person of this session. Raises Refusal."""
    return str(custodian.ask("trust_code", token=token))


def _nonce(person: str) -> str:
    return str(custodian.ask("challenge", purpose="spare", subject=person))


def _draft(act: Act) -> Act:
    return read(act.body())


def _not_one() -> Refusal:
    return Refusal("bad_act", "La página no está completa. No cambió nada; vuelva a empezar.", status=422)
